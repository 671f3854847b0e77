"""Enumerations to which a server may add values at any time."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class OpenStrEnum(StrEnum):
    """A text enumeration that matches without regard to case and keeps values it does not know.

    An unknown value is an instance of the class with `is_known` False. It equals, hashes and is written as the text
    that came; it is not added to the members, so a server cannot grow the class without bound.

    >>> class Colour(OpenStrEnum):
    ...     RED = "Red"
    >>> Colour("red") is Colour.RED
    True
    >>> Colour("Mauve").is_known, str(Colour("Mauve")), len(Colour)
    (False, 'Mauve', 1)
    """

    @property
    def is_known(self) -> bool:
        """Whether the value is one that the document lists."""
        return type(self).__members__.get(self._name_) is self

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        folded = value.casefold()
        for member in cls:
            if member._value_.casefold() == folded:
                return member
        # Python calls this only for values that no member has, so the instance is made anew each time.
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    def __reduce_ex__(self, proto: object) -> tuple[type[Self], tuple[str]]:
        return type(self), (self._value_,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self._name_}" if self.is_known else f"{type(self).__name__}({self._value_!r})"
