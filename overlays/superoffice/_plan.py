"""From what a user gives as ids to the ids that are asked for."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, SupportsIndex

from .errors import InvalidIdError

MAX_ID = 2**31 - 1  # TicketId is an int32
GAPS = "where a column has gaps, leave its empty rows out first: in pandas, ids.dropna().astype(int)"


def ticket_id(value: SupportsIndex) -> int:
    """Take anything that is an integer (numpy's and pandas' too) as a ticket's id, and refuse the rest."""
    if type(value) is int:
        number = value
    else:
        try:
            number = operator.index(_no_bool(value))
        except TypeError:  # an array of several has an __index__, too, but no number for it
            raise InvalidIdError(
                f"{value!r} is a {type(value).__name__}, not a ticket's id; {_remedy(value)}"
            ) from None
    if not 0 < number <= MAX_ID:
        raise InvalidIdError(f"{number} cannot be a ticket's id; ids are whole numbers from 1 to {MAX_ID}")
    return number


def _no_bool(value: SupportsIndex) -> SupportsIndex:
    if isinstance(value, bool):
        raise TypeError
    return value


def _remedy(value: object) -> str:
    return GAPS if value is None or isinstance(value, float) else "give a whole number, for text int(...)"


def ticket_ids(values: Iterable[SupportsIndex]) -> list[int]:
    """Check every id, in order; raises `InvalidIdError` for the first that is none."""
    ids, wrong = sound_ids(each_id(values, "get_many"), 0)
    if wrong is not None:
        raise wrong
    return ids


def sound_ids(values: Iterable[Any], start: int) -> tuple[list[int], InvalidIdError | None]:
    """Give the ids before the first that is none, and what is wrong with that one; places count from `start`."""
    given = list(values)
    if set(map(type, given)) == {int} and min(given) > 0 and max(given) <= MAX_ID:
        return given, None  # the usual list, without a call for each id
    ids: list[int] = []
    try:
        for value in given:
            ids.append(ticket_id(value))  # noqa: PERF401 - what was good before a bad one is needed
    except InvalidIdError as error:
        return ids, error.at(start + len(ids))
    return ids, None


def each_id(values: Any, method: str) -> Iterable[SupportsIndex]:
    """Refuse what cannot hold several ids; a column of a table is read as Arrow hands it over."""
    if hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
        from ._id_column import column

        values = column(values)
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        one = repr(values) if hasattr(values, "__index__") else "439" if isinstance(values, (str, bytes)) else None
        way = f"; for one use get({one})" if one else ""
        raise InvalidIdError(f"{method} takes several ids, such as [439, 829], not {values!r}{way}")
    several: Iterable[SupportsIndex] = values
    return several
