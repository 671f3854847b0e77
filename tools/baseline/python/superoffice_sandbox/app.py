from __future__ import annotations
import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send
from superoffice_api.api.ticket.get_tickets import get_tickets as operation
from superoffice_api.models import GetTicketsRequest
from . import admin, page
from .agent import get_tickets
from .behaviour import Behaviour
from .bodies import write
from .conformance.routes import routes as conformance_routes
from .core import Core
from .credentials import Credentials, cookie, signed_in
from .errors import RefusedError
from .faults import HEADER, Fault, hang_up
from .guard import check_headers, check_length, check_sender, read_body
from .identity.routes import base_of, xsrf_cookie
from .identity.routes import routes as identity_routes
from .identity.tenant import names_tenant
from .media import RESPONSE_TYPES, answer_type, choose
from .store import Store, StoreError
TRANSPORT = 'superoffice_sandbox.transport'

class SandboxApp(Core):

    def __init__(self, store: Store, behaviour: Behaviour | None=None, credentials: Credentials | None=None, *, record_secrets: bool=False, loopback_only: bool=False) -> None:
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ...

    async def under(self, fault: Fault | None, request: Request, content: bytes, handler: Callable[[Request, bytes], Awaitable[Response]]) -> Response:
        ...

class HungUp(Response):

    def __init__(self, request: Request, content: bytes, media_type: str, *, reset: bool=False) -> None:
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ...
