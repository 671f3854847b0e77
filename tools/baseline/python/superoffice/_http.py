from __future__ import annotations
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from ._exchange import Outgoing
from ._site import LOOPBACK
from ._version import __version__
from ._wire_log import veil
from .errors import CallTimeoutError, ClientClosedError, ConfigurationError, ConnectionBrokenError, ConnectionFailedError, TlsError, TransportError
if TYPE_CHECKING:
    import httpx
C = TypeVar('C', 'httpx.Client', 'httpx.AsyncClient')

@lru_cache(maxsize=256)
def parsed_url(url: str) -> httpx.URL:
    ...

@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    ...

def made(kind: type[C], transport: Any, connections: int) -> C:
    ...

def lay_over(client: httpx.Client | httpx.AsyncClient, layer: Callable[[Any], Any]) -> None:
    ...

def request_of(out: Outgoing, remaining: float) -> httpx.Request:
    ...

def transport_error(error: Exception, out: Outgoing) -> TransportError:
    ...

class Sender:
    _sends, _takes = ('handle_request', 'an httpx.BaseTransport, such as httpx.HTTPTransport()')

    def __init__(self, transport: Any, max_concurrency: int, max_response_bytes: int) -> None:
        self.max_concurrency = ...
        ...

    def check_open(self) -> None:
        ...

def caused(error: TransportError, cause: BaseException) -> TransportError:
    ...
