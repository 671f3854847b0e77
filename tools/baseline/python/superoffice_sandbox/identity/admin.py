from __future__ import annotations
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
import attrs
import msgspec
if TYPE_CHECKING:
    from .service import Identity

def describe(identity: Identity) -> dict[str, Any]:
    ...

def carry_out(identity: Identity, content: bytes) -> dict[str, Any] | None:
    ...
