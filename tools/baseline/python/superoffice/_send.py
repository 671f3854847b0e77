from __future__ import annotations
import inspect
import threading
import time
from collections.abc import Generator
from concurrent import futures
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar
from superoffice_runtime import Response
from ._body import Body
from ._deadline import Clock, hold
from ._exchange import Function, Outcome, Outgoing, Send, Step, Wait
from ._fork import renew_after_fork
from ._http import Sender, caused, made, request_of, transport_error
from ._once import Hold
from ._stop import LOOK, Stop
from ._wire_log import OURS
from .errors import ConfigurationError, TransportError
if TYPE_CHECKING:
    import httpx
T = TypeVar('T')

class SyncSender(Sender):

    def __init__(self, transport: httpx.BaseTransport | None, max_concurrency: int, max_response_bytes: int) -> None:
        ...

    def renew(self) -> None:
        ...

    def run(self, exchange: Generator[Step, Any, T], out: Outgoing) -> T:
        ...

    def close(self) -> None:
        ...

def hold_on(step: Hold, stop: Stop | None) -> None:
    ...

def called(step: Function) -> Outcome:
    ...
