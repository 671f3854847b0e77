from __future__ import annotations
from enum import IntFlag
from typing import Generic, Self, TypeVar
import attrs
F = TypeVar('F', bound='OpenFlag')

@attrs.frozen
class Mask(Generic[F]):
    flags: F
    unknown: tuple[str, ...] = ()
    text: str = attrs.field(default='', repr=False, eq=False)

    def __contains__(self, flag: F) -> bool:
        ...

    def __str__(self) -> str:
        ...

class OpenFlag(IntFlag):

    @classmethod
    def wire_names(cls) -> dict[str, int]:
        ...

    @classmethod
    def parse(cls, mask: str | None) -> Mask[Self]:
        ...
