from __future__ import annotations
import random
import threading
import time
from collections import deque
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
import attrs
from ._fork import renew_after_fork
from .errors import ConfigurationError

@attrs.frozen(kw_only=True)
class Retries:
    attempts: int = 4
    budget: float = 60.0
    base: float = 0.5
    cap: float = 20.0
    max_retry_after: float = 60.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})

    def __attrs_post_init__(self) -> None:
        ...

    def wait(self, attempt: int, retry_after: float | None) -> float | None:
        ...

def parse_retry_after(value: str | None) -> float | None:
    ...

@attrs.frozen(kw_only=True)
class Timeout:
    connect: float = 10.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 30.0
    total: float = 120.0

    def __attrs_post_init__(self) -> None:
        ...

    @classmethod
    def of(cls, value: Any) -> Timeout:
        ...

class RateLimiter:

    def __init__(self, calls_per_second: float) -> None:
        ...

    def renew(self) -> None:
        ...

    def reserve(self, now: float | None=None) -> float:
        ...
