"""What the OpenAPI document says of a field, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import attrs


@attrs.frozen
class Field:
    """A field of an object of the OpenAPI document, and what is known of it.

    `path` is its API name and `attribute` its name in Python; `/` leads into a nested object. `sentinels` says what
    special values, as text, stand for; `references` is the table an id points to; `unit` and `clock` say what a count
    of time counts. `members` are the fields of a nested object. `repeats` marks a text that many tickets share.

    >>> str(TicketFields.table_right / "Mask"), TicketFields.time_to_reply.unit
    ('TableRight/Mask', 'minutes')
    """

    path: str
    attribute: str
    type: str
    description: str
    unit: Literal["minutes", "seconds"] | None = None
    clock: Literal["priority", "24x7"] | None = None
    references: str | None = None
    sentinels: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    read_only: bool = False
    evidence: str | None = None
    members: Mapping[str, Field] | None = attrs.field(default=None, repr=False, hash=False)
    repeats: bool = False

    def __truediv__(self, name: str) -> Field:
        """Return a field of the nested object, by API name or attribute, or any key of a map; else raise KeyError."""
        if self.type.startswith("map of "):
            path = f"{self.path}/{name}"
            return Field(path, name, self.type.removeprefix("map of "), f"The entry {name}.", members=self.members)
        found = next((field for field in (self.members or {}).values() if name in (field.path, field.attribute)), None)
        if found is None:
            raise KeyError(f"{self.path} has no field {name!r}; it has {sorted(self.members or ())}")
        return attrs.evolve(found, path=f"{self.path}/{found.path}")

    def duration(self, holder: object) -> timedelta | None:
        """Return this field of a ticket as a time span, or the longest there is; None where it is null.

        Raises TypeError for a field that does not count time.

        >>> TicketFields.time_to_reply.duration(client.tickets.get(1234))
        datetime.timedelta(seconds=7200)
        """
        if self.unit is None:
            raise TypeError(f"{self.path} does not count time, so it has no duration")
        value: int | None = getattr(holder, self.attribute)
        if value is None:
            return None
        try:
            return timedelta(**{self.unit: value})
        except OverflowError:
            return timedelta.max if value > 0 else timedelta.min

    def meaning(self, holder: object) -> str | None:
        """Return what this field's value stands for where it is a special one, such as "unassigned"; else None.

        >>> TicketFields.connect_id.meaning(client.tickets.get(1234))
        'not connected'
        """
        value = getattr(holder, self.attribute)
        if value is not None:
            return self.sentinels.get(str(value))
        return self.sentinels.get("year 1", self.sentinels.get("null"))

    def __str__(self) -> str:
        return self.path


def fields_of(holder: type) -> dict[str, Field]:
    """Return the fields of a generated class by API name."""
    return {value.path: value for value in vars(holder).values() if isinstance(value, Field)}
