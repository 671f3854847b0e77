from __future__ import annotations
from collections.abc import Sequence
from datetime import tzinfo
from importlib import import_module
from typing import TYPE_CHECKING, Any
import msgspec
from ._extras import extra
if TYPE_CHECKING:
    from arro3.core import RecordBatch, Schema
    from .batch import Problem

class Layout(msgspec.Struct, frozen=True):
    kind: Any
    zone: tzinfo | None = None
    naive: bool = False
    strict: bool = False

    def schema(self, *, wire: bool) -> Schema:
        ...

    def record_batch(self, tickets: Sequence[Any], *, wire: bool) -> tuple[RecordBatch, list[Problem]]:
        ...

    def __reduce__(self) -> tuple[Any, ...]:
        ...
