"""Which sign-in goes with which site: refuses what the server would, and says what to use."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from superoffice_api.facts import Security

from ._renewal import RenewingAuth
from .auth import Auth, BasicAuth, SoTicketAuth
from .errors import ConfigurationError
from .tenant import DOMAIN, Environment, Tenant

_STAGE: Final = re.compile(r"stage\d*" + re.escape(DOMAIN))


def check_fit(site: str | Tenant, auth: Auth | RenewingAuth | None, app_token: str | None) -> None:
    """Raise `ConfigurationError` for sign-in that the site's kind of installation does not take.

    An address outside superoffice.com tells nothing for certain: a gateway may stand before either kind.
    """
    host = "" if isinstance(site, Tenant) else urlsplit(site).hostname or ""
    named = getattr(auth, "tenant", None)
    if isinstance(site, Tenant) and isinstance(named, Tenant) and not _same(site, named):
        raise ConfigurationError(f"auth= signs in to {named!r}, and the client reads {site!r}; give both the same one")
    if _STAGE.fullmatch(host):
        Environment.named("stage")
    if not isinstance(site, Tenant) and not host.endswith(DOMAIN):
        return
    if isinstance(auth, BasicAuth):
        raise ConfigurationError(
            "user name and password sign in to on-site installations only; online use OAuthAuth, SystemUserAuth, "
            "TokenAuth or BearerAuth, or SoTicketAuth with app_token=, at a terminal superoffice login"
        )
    if app_token is None and _is_ticket(auth):
        raise ConfigurationError(
            "online a SuperOffice ticket must come with the application's secret; give app_token=, at a terminal "
            "SUPEROFFICE_APP_TOKEN"
        )


def _same(one: Tenant, other: Tenant) -> bool:
    return (one.context.lower(), one.environment.url) == (other.context.lower(), other.environment.url)


def _is_ticket(auth: Auth | RenewingAuth | None) -> bool:
    if isinstance(auth, RenewingAuth):
        return auth.scheme == Security.SO_TICKET and not auth.brings_app_token
    return isinstance(auth, SoTicketAuth)
