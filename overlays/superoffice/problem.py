"""A value of a response that did not decode."""

from __future__ import annotations

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
        raw = repr(self.value)
        shown = raw if len(raw) <= 200 else raw[:200] + "..."
        return f"{where}, {self.field or 'as a whole'}: {shown} does not decode ({self.reason})"
