from __future__ import annotations
from collections.abc import Awaitable, Callable
from typing import TypeAlias
import attrs

@attrs.frozen(kw_only=True)
class CallEvent:
    method: str
    path: str
    ids: tuple[int, ...]
    attempt: int
    status: int | None = None
    elapsed: float | None = None
    wait: float | None = None
    error: Exception | None = None
Hook: TypeAlias = Callable[[CallEvent], Awaitable[None] | None]

@attrs.frozen(kw_only=True)
class Hooks:
    before: Hook | None = None
    after: Hook | None = None
    on_retry: Hook | None = None
    on_slow: Hook | None = None
