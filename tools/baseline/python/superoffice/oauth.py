from __future__ import annotations
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit
import attrs
import msgspec
from superoffice_api.facts import Security
from superoffice_runtime import Response
from ._flow import LATER, Kept, Secretive, answered, load, of_tenant, save, serves, shown, trusted
from ._jwt import KeySet
from ._renewal import Ask, AuthStep, Credential, RenewingAuth
from .auth import hidden
from .errors import ConfigurationError, SignInError
from .keeping import Keeping
if TYPE_CHECKING:
    from .tenant import Tenant

class Metadata(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str

    def check(self, base: str) -> None:
        ...

class Tokens(Kept):
    access_token: str
    refresh_token: str | None = None

class _Reply(Secretive):
    access_token: str
    expires_in: float = _SECONDS
    refresh_token: str | None = None
    id_token: str | None = None

class _Refusal(Secretive):
    error: str = ''
    error_description: str = ''

class Form(dict[str, str]):

    def __repr__(self) -> str:
        ...

@attrs.frozen(kw_only=True)
class Attempt:
    state: str = attrs.field(repr=False)
    nonce: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)

    @classmethod
    def begin(cls) -> Self:
        ...

    def address(self, metadata: Metadata, client_id: str, redirect: str) -> str:
        ...

    def accepts(self, query: str) -> bool:
        ...

    def code(self, query: str) -> str:
        ...

class OAuthAuth(RenewingAuth):
    scheme = Security.BEARER

    def __init__(self, tenant: Tenant, client_id: str, *, client_secret: str | None=None, refresh_token: str | None=None, keeping: Keeping | None=None) -> None:
        self.tenant = ...
        self.client_id = ...
        ...

    def __repr__(self) -> str:
        ...

    @property
    def kept_as(self) -> str:
        ...

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        ...

    def discovered(self) -> Generator[AuthStep, Any, Metadata]:
        ...

    def redeemed(self, attempt: Attempt, code: str, redirect: str) -> Generator[AuthStep, Any, Credential]:
        ...

def origin(address: str) -> str:
    ...
