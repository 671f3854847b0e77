from __future__ import annotations
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict
from superoffice_api.facts import RequestMediaType, ResponseMediaType
from ._renewal import RenewingAuth
from .auth import Auth, BasicAuth, BearerAuth, SoTicketAuth, hidden
from .errors import ConfigurationError
from .hooks import Hooks
from .locale import Locale
from .retries import Retries, Timeout
from .tenant import Environment, Tenant
if TYPE_CHECKING:
    import httpx
    from .keeping import Keeping
SITE, TOKEN, SO_TICKET = ('SUPEROFFICE_SITE', 'SUPEROFFICE_TOKEN', 'SUPEROFFICE_SOTICKET')
TENANT, ENVIRONMENT = ('SUPEROFFICE_TENANT', 'SUPEROFFICE_ENVIRONMENT')
USER, PASSWORD, APP_TOKEN = ('SUPEROFFICE_USER', 'SUPEROFFICE_PASSWORD', 'SUPEROFFICE_APP_TOKEN')
SYSTEM_USER, KEY_FILE = ('SUPEROFFICE_SYSTEM_USER_TOKEN', 'SUPEROFFICE_PRIVATE_KEY_FILE')
PASSPHRASE, KEEP = ('SUPEROFFICE_PRIVATE_KEY_PASSPHRASE', 'SUPEROFFICE_KEEP')
CREDENTIALS = (TOKEN, SO_TICKET, USER, SYSTEM_USER)

class Given(dict[str, str]):

    def __repr__(self) -> str:
        ...

    @classmethod
    def of(cls, environ: Mapping[str, str] | None) -> Given:
        ...

class Options(TypedDict, total=False):
    site: str | Tenant | None
    auth: Auth | RenewingAuth | None
    app_token: str | None
    locale: Locale
    timeout: float | Timeout
    retries: Retries | int | None
    calls_per_second: float | None
    max_concurrency: int
    call_size: int
    max_response_bytes: int
    content_type: RequestMediaType | None
    accept: ResponseMediaType | None
    hooks: Hooks | None
    transport: httpx.BaseTransport | httpx.AsyncBaseTransport | None
    allow_http: bool

def settings(environ: Mapping[str, str] | None=None, *, site: str | Tenant | None=None) -> dict[str, Any]:
    ...

def environment(named: str) -> Environment:
    ...
