from __future__ import annotations
from enum import Enum
from typing import Any, cast, dataclass_transform
import msgspec

@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False, repr_omit_defaults=True):

    def to_dict(self, *, wire: bool=False) -> dict[str, object]:
        ...

    def __hash__(self) -> int:
        ...
