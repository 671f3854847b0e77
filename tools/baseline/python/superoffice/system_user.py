from __future__ import annotations
import time
from collections.abc import Generator
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
import msgspec
from superoffice_api.facts import Security
from ._flow import CLAIM, Kept, Secretive, answered, load, of_tenant, save, serves, shown, trusted
from ._jwt import KeySet
from ._private_key import load_private_key, signed
from ._renewal import Ask, AuthStep, Credential, RenewingAuth
from .auth import app_token_header, hidden
from .errors import ConfigurationError, SignInError
from .keeping import Keeping
if TYPE_CHECKING:
    from .tenant import Tenant
TICKET_SECONDS: Final = 6 * 3600.0

class _Ticket(Kept):
    ticket: str

class _Request(Secretive, rename='pascal'):
    signed_system_token: str
    application_token: str
    context_identifier: str
    return_token_type: str

class _Reply(Secretive, rename='pascal'):
    is_successful: bool = False
    token: str | None = None
    error_message: str | None = None

class SystemUserAuth(RenewingAuth):
    scheme = Security.SO_TICKET
    brings_app_token = True

    def __init__(self, tenant: Tenant, *, system_token: str, private_key: str, app_token: str, passphrase: str | None=None, keeping: Keeping | None=None) -> None:
        self.tenant = ...
        ...

    def __repr__(self) -> str:
        ...

    @property
    def kept_as(self) -> str:
        ...

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        ...
