"""Masks: names in a request or response, flags in a program. Unknown names are not lost."""

from __future__ import annotations

from enum import IntFlag
from typing import Generic, Self, TypeVar

import attrs

F = TypeVar("F", bound="OpenFlag")


@attrs.frozen
class Mask(Generic[F]):
    """A mask that was read: the flags it names, and the names that the OpenAPI document does not know.

    `flag in mask` asks for all bits of a flag. `str` returns the names as they came.

    >>> from superoffice_api.flags import TableRights
    >>> mask = TableRights.parse("Select, Update")
    >>> TableRights.UPDATE in mask, TableRights.DELETE in mask, str(mask)
    (True, False, 'Select, Update')
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
        >>> rights = TableRights.parse("Select, Update, Levitate")
        >>> TableRights.UPDATE in rights, TableRights.DELETE in rights, rights.unknown
        (True, False, ('Levitate',))
        """
        bits = {name.casefold(): bit for name, bit in cls.wire_names().items()}
        total = 0
        unknown: list[str] = []
        for name in (part.strip() for part in (mask or "").split(",")):
            if name.casefold() in bits:
                total |= bits[name.casefold()]
            elif name:
                unknown.append(name)
        return Mask(cls(total), tuple(unknown), mask or "")
