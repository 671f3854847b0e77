from __future__ import annotations
from html import escape
from starlette.responses import Response
from ..credentials import Credentials
from .session import XSRF_INPUT

def consent(application: str, tenant: str, redirect_uri: str, shown: Credentials, *, wrong: bool) -> Response:
    ...

def failed(description: str) -> Response:
    ...

def sign_in(shown: Credentials, *, wrong: bool) -> Response:
    ...

def signed_in(user: str, xsrf: str) -> Response:
    ...
