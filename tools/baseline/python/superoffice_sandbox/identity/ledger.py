from __future__ import annotations
import threading
from hashlib import sha256
from math import inf
from secrets import token_urlsafe
from typing import Final, Generic, TypeVar
import attrs
from ..clock import Clock
T = TypeVar('T')

@attrs.define(eq=False)
class _Entry(Generic[T]):
    holder: T
    ends: float

class Ledger(Generic[T]):

    def __init__(self, clock: Clock, prefix: str='', *, seconds: float | None=None, sliding: bool=False) -> None:
        ...

    def issue(self, holder: T) -> str:
        ...

    def find(self, secret: str) -> T | None:
        ...

    def clear(self) -> None:
        ...
