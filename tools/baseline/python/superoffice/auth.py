from __future__ import annotations
from base64 import b64encode
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Literal, Protocol, Self, TypeAlias, cast
import attrs
from superoffice_api.facts import Security, SecurityScheme
from ._cookies import XSRF_COOKIE, XSRF_INPUT, after, hidden_input
from ._headers import SentHeaders
from ._renewal import AuthStep, Await, Credential, RenewingAuth
from .errors import ConfigurationError, SignInError
TokenFunction: TypeAlias = Callable[[], str | Awaitable[str]]

class Auth(Protocol):

    def headers(self) -> Mapping[str, str]:
        ...

class _Secret(str):
    __slots__ = ()

    def __repr__(self) -> str:
        ...

def hidden(secret: str | None) -> str | None:
    ...

def app_token_header(token: str) -> tuple[str, str]:
    ...

def check_text(owner: str, name: str, value: object) -> None:
    ...

@attrs.frozen
class BasicAuth:
    user: str = attrs.field(validator=_is_text)
    password: str = attrs.field(repr=False, validator=_is_text)

    def headers(self) -> Mapping[str, str]:
        ...

@attrs.frozen
class SoTicketAuth:
    ticket: str = attrs.field(repr=False, validator=[_is_text, _is_credential_alone])

    def headers(self) -> Mapping[str, str]:
        ...

@attrs.frozen
class BearerAuth:
    token: str = attrs.field(repr=False, validator=[_is_text, _is_credential_alone])

    def headers(self) -> Mapping[str, str]:
        ...

@attrs.frozen
class _Token:
    value: Any = attrs.field(repr=False)

class TokenAuth(RenewingAuth):

    def __init__(self, function: TokenFunction, *, scheme: Literal['Bearer', 'SoTicket']='Bearer') -> None:
        self.scheme = ...
        ...

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        ...

    def __repr__(self) -> str:
        ...

class XsrfAuth(RenewingAuth):
    scheme = Security.XSRF_TOKEN
    keeps_cookies = True

    def __init__(self, token: str, cookies: Mapping[str, str]) -> None:
        ...

    @classmethod
    def from_cookies(cls, cookies: Mapping[str, str]) -> Self:
        ...

    @classmethod
    def from_page(cls, page: str, cookies: Mapping[str, str]) -> Self:
        ...

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        ...

    def received(self, url: str, cookies: Sequence[str]) -> None:
        ...

    def __repr__(self) -> str:
        ...

@attrs.frozen(kw_only=True)
class _Session(Credential):
    token: str = attrs.field(repr=False)
    cookies: Mapping[str, str] = attrs.field(repr=False)

    @classmethod
    def of(cls, token: str, cookies: Mapping[str, str]) -> Self:
        ...
