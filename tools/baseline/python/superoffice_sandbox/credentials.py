from __future__ import annotations
from base64 import b64encode
from collections.abc import Mapping
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import Protocol
import attrs
from superoffice_api.facts import Security

@attrs.frozen
class Credentials:
    user: str = 'tje0'
    password: str = 'Tje0'
    so_ticket: str = '7T:sandbox-ticket'
    token: str = '8A:sandbox-token'
    xsrf_token: str = 'sandbox-xsrf'
    session: str = 'sandbox-session'
    app_token: str = 'sandbox-app'

class Issued(Protocol):

    @property
    def sessions(self) -> WebSessions:
        ...

    def app_token(self, value: str) -> bool:
        ...

    def bearer(self, token: str) -> bool:
        ...

    def ticket(self, ticket: str, app_token: str | None) -> bool:
        ...

class WebSessions(Protocol):

    def accepts(self, session: str, xsrf: str) -> bool:
        ...

def signed_in(given: Mapping[str, str], accepted: Credentials, issued: Issued, *, online: bool) -> bool:
    ...

def cookie(header: str, name: str) -> str:
    ...

def same(given: str, expected: str) -> bool:
    ...
