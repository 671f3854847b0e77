"""A value of a response that did not decode."""

from __future__ import annotations

from typing import Any, cast

import attrs


@attrs.frozen
class Problem:
    """A value that did not decode: which ticket and field, the raw value, and what is wrong with it.

    `ticket_id` is None where even that could not be read; `position` is the place in the response. Where `fatal`, the
    whole ticket could not be read; else the field became None, or, where it is `TicketId`, the ticket is missing.

    >>> str(Problem(439, "Priority", "high", "Expected `int | null`, got `str`", position=0))
    "ticket 439, Priority: 'high' does not decode (Expected `int | null`, got `str`)"
    """

    ticket_id: int | None
    field: str | None
    value: object
    reason: str
    position: int
    fatal: bool = False

    def __str__(self) -> str:
        where = f"ticket {self.ticket_id}" if self.ticket_id is not None else f"element {self.position} of the response"
        raw = short_repr(self.value, 201)
        shown = raw if len(raw) <= 200 else raw[:200] + "..."
        return f"{where}, {self.field or 'as a whole'}: {shown} does not decode ({self.reason})"


@attrs.frozen
class NotListed(Problem):
    """How many problems of a response are not listed, since there are too many."""

    def __str__(self) -> str:
        return f"and {self.value:,} more {self.reason}"


def short_repr(value: object, most: int, depth: int = 100) -> str:
    """Return a value's `repr`, at most `most` characters of it, without making the rest of a long one.

    >>> short_repr({"a": ["b"] * 10**6}, 16)
    "{'a': ['b', 'b',"
    """
    most = max(most, 0)
    if isinstance(value, str | bytes):
        return repr(value[:most])[:most]
    if not isinstance(value, dict | list):
        return repr(value)[:most]
    start, end = "{}" if isinstance(value, dict) else "[]"
    for each in cast("Any", value if depth else ()):
        start += ", " if len(start) > 1 else ""
        start += short_repr(each, most - len(start), depth - 1)
        if isinstance(value, dict):
            start += ": " + short_repr(cast("dict[Any, object]", value).get(each), most - len(start) - 2, depth - 1)
        if len(start) >= most:
            break
    return (start + end)[:most]
