from __future__ import annotations
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from ._http import lay_over
from ._stop import Stop
if TYPE_CHECKING:
    import httpx

class Clock(threading.local):
    ends = float('inf')
    stop: Stop | None = None

    def left(self, timeout: float | None) -> float:
        ...

    def watched(self, stream: Any) -> AbstractContextManager[None]:
        ...

class _Stream:

    def __init__(self, inner: Any, clock: Clock) -> None:
        ...

    def read(self, max_bytes: int, timeout: float | None=None) -> Any:
        ...

    def write(self, buffer: bytes, timeout: float | None=None) -> None:
        ...

    def start_tls(self, *args: Any, timeout: float | None=None, **options: Any) -> _Stream:
        ...

    def __getattr__(self, name: str) -> Any:
        ...

class _Network:

    def __init__(self, inner: Any, clock: Clock) -> None:
        ...

    def connect_tcp(self, *args: Any, timeout: float | None=None, **options: Any) -> _Stream:
        ...

def hold(client: httpx.Client, clock: Clock) -> None:
    ...
