"""Settings from environment variables, the same ones for programs and the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from superoffice_api.facts import RequestMediaType, ResponseMediaType

from ._renewal import RenewingAuth
from .auth import Auth, BasicAuth, BearerAuth, SoTicketAuth
from .errors import ConfigurationError
from .hooks import Hooks
from .locale import Locale
from .retries import Retries, Timeout
from .tenant import Environment, Tenant

if TYPE_CHECKING:
    import httpx

SITE, TOKEN, SO_TICKET = "SUPEROFFICE_SITE", "SUPEROFFICE_TOKEN", "SUPEROFFICE_SOTICKET"
TENANT, ENVIRONMENT = "SUPEROFFICE_TENANT", "SUPEROFFICE_ENVIRONMENT"
USER, PASSWORD, APP_TOKEN = "SUPEROFFICE_USER", "SUPEROFFICE_PASSWORD", "SUPEROFFICE_APP_TOKEN"


class Options(TypedDict, total=False):
    """What a client takes, as its class describes it; no site is that of the environment."""

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


def settings(environ: Mapping[str, str] | None = None, *, site: str | Tenant | None = None) -> dict[str, Any]:
    """Give a client's `site`, `auth` and `app_token`; raises `ConfigurationError` where they contradict each other."""
    given = os.environ if environ is None else environ
    return {"site": site or _site(given), "auth": _auth(given), "app_token": given.get(APP_TOKEN) or None}


def _site(given: Mapping[str, str]) -> str | Tenant:
    address, context, environment = given.get(SITE), given.get(TENANT), given.get(ENVIRONMENT)
    if address and context:
        raise ConfigurationError(f"{SITE} and {TENANT} are both set; set only one of them")
    if context:
        return Tenant(context, environment=Environment.named(environment or "online"))
    if not address:
        raise ConfigurationError(
            f"no site was named; set {SITE}, such as https://crm.example.com, or {TENANT}, such as Cust12345"
        )
    return address


def _auth(given: Mapping[str, str]) -> Auth | None:
    present = [name for name in (TOKEN, SO_TICKET, USER) if given.get(name)]
    if len(present) > 1:
        raise ConfigurationError(f"{' and '.join(present)} are both set; set only the one to sign in with")
    if bool(given.get(USER)) != bool(given.get(PASSWORD)):
        raise ConfigurationError(f"{USER} and {PASSWORD} belong together; set both or neither")
    if not present:
        return None
    if present == [TOKEN]:
        return BearerAuth(given[TOKEN])
    if present == [SO_TICKET]:
        return SoTicketAuth(given[SO_TICKET])
    return BasicAuth(given[USER], given[PASSWORD])
