from __future__ import annotations
from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, Unpack
import attrs
from superoffice_api.facts import RequestMediaType, ResponseMediaType
from superoffice_runtime import Operation
from ._core import Core, as_retries, checked_hooks, checked_size, make_core
from ._env import Given, Options, settings
from ._renewal import RenewingAuth
from ._send import SyncSender
from ._tickets import Tickets
from .auth import Auth, hidden
from .hooks import Hooks
from .locale import NOTHING_SET, Locale, checked_locale
from .retries import Retries, Timeout
from .tenant import Tenant
if TYPE_CHECKING:
    import httpx
    from ._send_async import AsyncSender
    from ._tickets_async import AsyncTickets
S = TypeVar('S', SyncSender, 'AsyncSender')
P = ParamSpec('P')
T = TypeVar('T')
DEFAULT_CALL_SIZE = 100
DEFAULT_TIMEOUT = Timeout()
DEFAULT_RETRIES = Retries()
DEFAULT_CALLS_PER_SECOND = 10.0
DEFAULT_MAX_CONCURRENCY = 8
DEFAULT_MAX_RESPONSE_BYTES = 256 * 1024 * 1024

class _Client(Generic[S]):
    _core: Core
    _sender: S

    @property
    def site(self) -> str:
        ...

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None=None, **options: Unpack[Options]) -> Self:
        ...

    def with_options(self, *, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, call_size: int | None=None, hooks: Hooks | None=None) -> Self:
        ...

    def __repr__(self) -> str:
        ...

class SuperOffice(_Client[SyncSender]):

    def __init__(self, site: str | Tenant, *, auth: Auth | RenewingAuth | None=None, app_token: str | None=None, locale: Locale=NOTHING_SET, timeout: float | Timeout=DEFAULT_TIMEOUT, retries: Retries | int | None=DEFAULT_RETRIES, calls_per_second: float | None=DEFAULT_CALLS_PER_SECOND, max_concurrency: int=DEFAULT_MAX_CONCURRENCY, call_size: int=DEFAULT_CALL_SIZE, max_response_bytes: int=DEFAULT_MAX_RESPONSE_BYTES, content_type: RequestMediaType | None=None, accept: ResponseMediaType | None=None, hooks: Hooks | None=None, transport: httpx.BaseTransport | None=None, allow_http: bool=False) -> None:
        ...

    @property
    def tickets(self) -> Tickets:
        ...

    def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        ...

    def close(self) -> None:
        ...

    def __enter__(self) -> Self:
        ...

    def __exit__(self, *_: object) -> None:
        ...

class AsyncSuperOffice(_Client['AsyncSender']):

    def __init__(self, site: str | Tenant, *, auth: Auth | RenewingAuth | None=None, app_token: str | None=None, locale: Locale=NOTHING_SET, timeout: float | Timeout=DEFAULT_TIMEOUT, retries: Retries | int | None=DEFAULT_RETRIES, calls_per_second: float | None=DEFAULT_CALLS_PER_SECOND, max_concurrency: int=DEFAULT_MAX_CONCURRENCY, call_size: int=DEFAULT_CALL_SIZE, max_response_bytes: int=DEFAULT_MAX_RESPONSE_BYTES, content_type: RequestMediaType | None=None, accept: ResponseMediaType | None=None, hooks: Hooks | None=None, transport: httpx.AsyncBaseTransport | None=None, allow_http: bool=False) -> None:
        ...

    @property
    def tickets(self) -> AsyncTickets:
        ...

    async def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        ...

    async def close(self) -> None:
        ...

    async def __aenter__(self) -> Self:
        ...

    async def __aexit__(self, *_: object) -> None:
        ...
