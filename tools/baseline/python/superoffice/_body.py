from __future__ import annotations
import time
import zlib
from typing import TYPE_CHECKING, Any, Final
from ._exchange import Outgoing
from .errors import CallTimeoutError, ConnectionBrokenError, ResponseTooLargeError, TransportError
if TYPE_CHECKING:
    import httpx

class Body:

    def __init__(self, out: Outgoing, limit: int, remaining: float) -> None:
        ...

    def begin(self, answer: httpx.Response) -> None:
        ...

    def add(self, part: bytes) -> None:
        ...

    def whole(self) -> bytes:
        ...
