from __future__ import annotations
import re
from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlencode
import attrs
from ..credentials import same
from .issuer import LOGIN, Grant
from .keys import base64url
if TYPE_CHECKING:
    from .application import Application
    from .issuer import Issuer

@attrs.define(eq=False)
class OAuthError(Exception):
    error: str
    description: str
    status: int = 400
    back: str | None = None

    def body(self) -> dict[str, str]:
        ...

@attrs.frozen(kw_only=True)
class Asked:
    application: Application
    redirect_uri: str
    challenge: str
    nonce: str | None
    state: str | None

def discovery(base: str) -> dict[str, Any]:
    ...

def fields(text: str) -> dict[str, str]:
    ...

def asked(issuer: Issuer, query: str) -> Asked:
    ...

def consent(issuer: Issuer, asked: Asked) -> str:
    ...

def denied(asked: Asked) -> str:
    ...

def sent_back(redirect_uri: str, members: dict[str, str], state: str | None) -> str:
    ...

def tokens(issuer: Issuer, content: bytes, content_type: str, authorization: str, base: str) -> dict[str, Any]:
    ...
