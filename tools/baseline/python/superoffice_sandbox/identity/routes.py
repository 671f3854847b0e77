from __future__ import annotations
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias
import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from ..credentials import cookie, same
from ..guard import read_body
from . import oauth, pages
from .issuer import LOGIN
from .oauth import OAuthError
from .service import SESSION_PATH, Part
from .session import COOKIE, XSRF_COOKIE
from .system_user import authenticate
if TYPE_CHECKING:
    from ..app import SandboxApp
Handler: TypeAlias = Callable[[Request, bytes], Awaitable[Response]]

def base_of(request: Request) -> str:
    ...

def routes(app: SandboxApp) -> list[Route]:
    ...

def xsrf_cookie(value: str) -> str:
    ...
