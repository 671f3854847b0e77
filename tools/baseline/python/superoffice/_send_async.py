from __future__ import annotations
import inspect
import os
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar, cast
from superoffice_runtime import Response
from ._await import called, hold_on
from ._body import Body
from ._exchange import Function, Outgoing, Send, Step, Wait
from ._handshake import SafeNetwork
from ._http import Sender, caused, lay_over, made, request_of, transport_error
from ._once import Hold
from ._wire_log import OURS
from .errors import CallTimeoutError, TransportError
if TYPE_CHECKING:
    import anyio
    import httpx
T = TypeVar('T')

class _Home(threading.local):

    def __init__(self) -> None:
        self.loop: object = ...
        self.free: list[httpx.AsyncClient] = ...
        self.made: list[httpx.AsyncClient] = ...
        self.slots: anyio.Semaphore | None = ...
        self.kept: AsyncGenerator[None] | None = ...
        ...

class AsyncSender(Sender):
    _sends, _takes = ('handle_async_request', 'an httpx.AsyncBaseTransport, such as httpx.AsyncHTTPTransport()')

    def __init__(self, transport: httpx.AsyncBaseTransport | None, max_concurrency: int, max_response_bytes: int) -> None:
        ...

    async def run(self, exchange: Generator[Step, Any, T], out: Outgoing) -> T:
        ...

    async def close(self) -> None:
        ...
