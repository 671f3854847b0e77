from __future__ import annotations
import os
from collections.abc import Mapping
from typing import Any
from .auth import Auth, BasicAuth, BearerAuth, SoTicketAuth
from .errors import ConfigurationError
from .tenant import Environment, Tenant
SITE, TOKEN, SO_TICKET = ('SUPEROFFICE_SITE', 'SUPEROFFICE_TOKEN', 'SUPEROFFICE_SOTICKET')
TENANT, ENVIRONMENT = ('SUPEROFFICE_TENANT', 'SUPEROFFICE_ENVIRONMENT')
USER, PASSWORD, APP_TOKEN = ('SUPEROFFICE_USER', 'SUPEROFFICE_PASSWORD', 'SUPEROFFICE_APP_TOKEN')

def settings(environ: Mapping[str, str] | None=None, *, site: str | None=None) -> dict[str, Any]:
    ...
