from __future__ import annotations
from base64 import b64encode
from collections.abc import Mapping
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
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

def signed_in(given: Mapping[str, str], accepted: Credentials, *, online: bool) -> bool:
    ...

def same(given: str, expected: str) -> bool:
    ...
