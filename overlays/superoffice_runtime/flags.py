"""Masks: names in a request or response, flags in a program. Unknown names are not lost."""

from __future__ import annotations

from enum import IntFlag
from typing import Generic, Self, TypeVar

import attrs

F = TypeVar("F", bound="OpenFlag")


@attrs.frozen
class Mask(Generic[F]):
    """The flags that a mask names, and names that the OpenAPI document does not know; `str` returns them as they came.

    >>> from superoffice_api.flags import TableRights
    >>> TableRights.UPDATE in TableRights.parse("Select, Update")
    True
    """

    flags: F
    unknown: tuple[str, ...] = ()
    text: str = attrs.field(default="", repr=False, eq=False)

    def __contains__(self, flag: F) -> bool:
        return flag in self.flags

    def __str__(self) -> str:
        return self.text


class OpenFlag(IntFlag):
    """Flags that are sent as names joined by commas. A server may have more of them."""

    @classmethod
    def wire_names(cls) -> dict[str, int]:
        """Return the API names with their bits; generated classes have them."""
        return {member.name or "": member.value for member in cls}

    @classmethod
    def parse(cls, mask: str | None) -> Mask[Self]:
        """Read a mask as a server sends it; names match without regard to case, None and blank name nothing.

        >>> from superoffice_api.flags import TableRights
        >>> str(TableRights.parse("Select, Levitate")), TableRights.parse("Select, Levitate").unknown
        ('Select, Levitate', ('Levitate',))
        """
        bits = {name.casefold(): bit for name, bit in cls.wire_names().items()}
        names = [name.strip() for name in (mask or "").split(",") if name.strip()]
        total = 0
        for name in names:
            total |= bits.get(name.casefold(), 0)
        return Mask(cls(total), tuple(name for name in names if name.casefold() not in bits), mask or "")
