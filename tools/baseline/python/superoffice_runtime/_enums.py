from __future__ import annotations
from enum import StrEnum
from typing import Self

class OpenStrEnum(StrEnum):

    @property
    def is_known(self) -> bool:
        ...

    def __reduce_ex__(self, proto: object) -> tuple[type[Self], tuple[str]]:
        ...

    def __repr__(self) -> str:
        ...
