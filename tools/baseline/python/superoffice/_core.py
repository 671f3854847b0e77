from __future__ import annotations
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any, Final, TypedDict, get_args
import attrs
from superoffice_api.facts import RequestMediaType, ResponseMediaType, Security
from superoffice_runtime import Operation, Request
from ._exchange import Exchange, Outgoing, exchange
from ._fit import check_fit
from ._headers import SIGN_IN_HEADERS, SentHeaders, check_headers
from ._renewal import RenewingAuth
from ._site import checked_site, is_loopback
from .auth import Auth, app_token_header
from .errors import ConfigurationError, InvalidInputError
from .hooks import Hooks
from .locale import DEFAULT, Locale, checked_locale
from .retries import RateLimiter, Retries, Timeout
from .tenant import Tenant
if TYPE_CHECKING:
    from ._signin import SignIn
Headers = Mapping[str, str | None]

class Media(TypedDict, total=False):
    content_type: RequestMediaType
    accept: ResponseMediaType

@attrs.frozen(kw_only=True)
class Core:
    site: str | Tenant
    auth: Auth | RenewingAuth | None
    app_token: str | None = attrs.field(repr=False)
    locale: Locale
    timeout: Timeout
    retries: Retries
    call_size: int
    media: Media
    hooks: Hooks | None
    limiter: RateLimiter | None
    readable: bool = False

    def locale_for(self, locale: Locale | None) -> Locale:
        ...

    def arguments(self, operation: Operation[..., Any], locale: Locale) -> dict[str, Any]:
        ...

    def outgoing(self, request: Request, ids: Sequence[int]=(), *, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, slow: float | None=None, safe: bool=False) -> Outgoing:
        ...

    def exchange(self, out: Outgoing) -> Exchange:
        ...

def make_core(site: str | Tenant, *, auth: Auth | RenewingAuth | None, app_token: str | None, locale: Locale, timeout: float | Timeout, retries: Retries | int | None, calls_per_second: float | None, call_size: int, content_type: RequestMediaType | None, accept: ResponseMediaType | None, hooks: Hooks | None, allow_http: bool) -> Core:
    ...

def checked_hooks(given: object) -> Hooks | None:
    ...

def as_retries(given: Retries | int | None) -> Retries:
    ...

def checked_size(given: int, name: str) -> int:
    ...

def asks_for_offset(locale: Locale) -> bool:
    ...

def assumed_zone(locale: Locale) -> tzinfo | None:
    ...
