from __future__ import annotations
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
import attrs

@attrs.frozen
class Field:
    path: str
    attribute: str
    type: str
    description: str
    unit: Literal['minutes', 'seconds'] | None = None
    clock: Literal['priority', '24x7'] | None = None
    references: str | None = None
    sentinels: Mapping[str, str] = attrs.field(factory=_no_sentinels, hash=False)
    read_only: bool = False
    evidence: str | None = None
    members: Mapping[str, Field] | None = attrs.field(default=None, repr=False, hash=False)
    repeats: bool = False

    def __truediv__(self, name: str) -> Field:
        ...

    def duration(self, holder: object) -> timedelta | None:
        ...

    def meaning(self, holder: object) -> str | None:
        ...

    def __str__(self) -> str:
        ...

def fields_of(holder: type) -> dict[str, Field]:
    ...
