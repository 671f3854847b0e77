from __future__ import annotations
import inspect
import threading
import time
from typing import TYPE_CHECKING, Any
from superoffice_runtime import Response
from ._body import Body
from ._deadline import Clock, hold
from ._exchange import Exchange, Outgoing, Send, Step, Wait
from ._fork import renew_after_fork
from ._http import Sender, caused, made, parsed_url, step_timeouts, transport_error
from .errors import ConfigurationError, TransportError
if TYPE_CHECKING:
    import httpx

class SyncSender(Sender):

    def __init__(self, transport: httpx.BaseTransport | None, max_concurrency: int, max_response_bytes: int) -> None:
        ...

    def renew(self) -> None:
        ...

    def run(self, exchange: Exchange, out: Outgoing) -> Response:
        ...

    def close(self) -> None:
        ...
