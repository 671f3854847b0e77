from __future__ import annotations
import inspect
import os
import threading
import time
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any
from superoffice_runtime import Response
from ._body import Body
from ._exchange import Exchange, Outgoing, Send, Step, Wait
from ._http import Sender, caused, made, parsed_url, step_timeouts, transport_error
from .errors import CallTimeoutError, TransportError
if TYPE_CHECKING:
    import anyio
    import httpx

class _Home(threading.local):

    def __init__(self) -> None:
        self.loop: object = ...
        self.free: list[httpx.AsyncClient] = ...
        self.made: list[httpx.AsyncClient] = ...
        self.slots: anyio.Semaphore | None = ...
        self.kept: AsyncGenerator[None] | None = ...
        ...

class AsyncSender(Sender):

    def __init__(self, transport: httpx.AsyncBaseTransport | None, max_concurrency: int, max_response_bytes: int) -> None:
        ...

    async def run(self, exchange: Exchange, out: Outgoing) -> Response:
        ...

    async def close(self) -> None:
        ...
