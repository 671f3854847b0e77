from __future__ import annotations
from collections.abc import Mapping
from typing import Any
import attrs
from .behaviour import ErrorShape

@attrs.define(eq=False)
class RefusedError(Exception):
    status: int
    message: str
    detail: str
    agent: bool = False
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def body(self, shape: ErrorShape) -> dict[str, Any]:
        ...

def invalid(detail: str) -> RefusedError:
    ...
