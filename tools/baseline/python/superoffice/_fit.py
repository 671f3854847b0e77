from __future__ import annotations
import re
from typing import Final
from urllib.parse import urlsplit
from superoffice_api.facts import Security
from ._renewal import RenewingAuth
from .auth import Auth, BasicAuth, SoTicketAuth
from .errors import ConfigurationError
from .tenant import DOMAIN, Environment, Tenant

def check_fit(site: str | Tenant, auth: Auth | RenewingAuth | None, app_token: str | None) -> None:
    ...
