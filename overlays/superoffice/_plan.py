"""From what a user gives as ids to the ids that are asked for."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, SupportsIndex

from .errors import InvalidIdError

MAX_ID = 2**31 - 1  # TicketId is an int32


def ticket_id(value: SupportsIndex) -> int:
    """Take anything that is an integer (numpy's and pandas' too) as a ticket's id, and refuse the rest."""
    if type(value) is int:
        number = value
    elif isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InvalidIdError(
            f"{value!r} is a {type(value).__name__}, not a ticket's id; give a whole number, for text int(...)"
        )
    else:
        number = operator.index(value)
    if not 0 < number <= MAX_ID:
        raise InvalidIdError(f"{number} cannot be a ticket's id; ids are whole numbers from 1 to {MAX_ID}")
    return number


def ticket_ids(values: Iterable[SupportsIndex]) -> list[int]:
    """Check every id, in order; raises `InvalidIdError` for the first that is none."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise InvalidIdError(
            f"get_many takes several ids, such as [439, 829], not {values!r}; for one use get({values!r})"
        )
    given: list[Any] = list(values)
    if set(map(type, given)) == {int} and min(given) > 0 and max(given) <= MAX_ID:
        return given  # the usual list, without a call for each id
    return [ticket_id(value) for value in given]
