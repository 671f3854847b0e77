"""The sandbox as an ASGI application: guards, faults, authentication, media types, errors."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from superoffice_api.api.ticket.get_tickets import build
from superoffice_api.models import GetTicketsRequest

from . import admin, page
from .agent import get_tickets
from .behaviour import Behaviour
from .conformance.routes import routes as conformance_routes
from .credentials import Credentials, cookie, signed_in
from .errors import RefusedError
from .faults import CUT, HEADER, Fault
from .guard import check_headers, check_length, check_sender, read_body
from .identity.routes import base_of, xsrf_cookie
from .identity.routes import routes as identity_routes
from .identity.tenant import names_tenant
from .media import response_type
from .responses import error_response, null_response, respond, typed_response
from .state import SandboxState
from .store import Store, StoreError


class SandboxApp(SandboxState):
    """The ASGI application, with what a test may set and read.

    >>> app = superoffice_sandbox.create_app(tickets=0)
    >>> app.fault("status", status=503)
    >>> app.close()
    """

    def __init__(
        self,
        store: Store,
        behaviour: Behaviour | None = None,
        credentials: Credentials | None = None,
        *,
        record_secrets: bool = False,
        loopback_only: bool = False,
    ) -> None:
        super().__init__(store, behaviour or Behaviour(), credentials or Credentials(), record_secrets=record_secrets)
        self._loopback_only = loopback_only
        self._calls: deque[float] = deque()
        self._numbers = count(1)
        call = build(GetTicketsRequest(ticket_ids=[]))
        handlers: Mapping[Any, Any] = {
            RefusedError: _without_thread(self._refused),
            StoreError: _without_thread(self._failed),
            HTTPException: _without_thread(self._not_found),
            ClientDisconnect: _without_thread(_disconnected),
            Exception: _without_thread(self._failed),
        }
        self._app = Starlette(
            routes=[
                Route(call.target, self._get_tickets, methods=[call.method]),
                Route("/{tenant}" + call.target, self._of_tenant, methods=[call.method]),
                *admin.routes(self),
                *page.routes(self),
                *identity_routes(self),
                *conformance_routes(self),
            ],
            exception_handlers=handlers,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, and record it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, recorded = bytearray(), False
        request = Request(scope)
        request_id = f"sandbox-{next(self._numbers)}"

        def record(status: int) -> None:
            nonlocal recorded
            recorded = True
            self.requests.add(
                method=request.method,
                path=request.url.path,
                query=request.url.query,
                headers=_lower(request),
                body=bytes(body),
                status_code=status,
                request_id=request_id,
            )

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body.extend(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            if message["type"] == CUT:
                record(0)
                return
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("X-Request-Id", request_id)
                if not recorded:
                    record(message["status"])  # before the client has the response, so that it finds the request
            await send(message)

        refusal = self._check_request(request)
        try:
            await (refusal or self._app)(scope, received, sent)
        finally:
            if not recorded:
                record(0)

    def _check_request(self, request: Request) -> Response | None:
        try:
            check_headers(request.headers.raw)
            if self._loopback_only:
                check_sender(request.headers.get("host", ""), request.headers.get("origin"))
            check_length(request.headers.get("content-length"))
        except RefusedError as error:
            return self._refused(request, error)
        return None

    async def _of_tenant(self, request: Request) -> Response:
        if not names_tenant(request.path_params["tenant"]):
            raise HTTPException(404)
        return await self._get_tickets(request)

    async def _get_tickets(self, request: Request) -> Response:
        content = await read_body(request)  # first, so that it is recorded in any case
        shape = self.behaviour.error_shape
        return await respond(self._fault(request), request, content, shape, self._tickets)

    async def _tickets(self, request: Request, content: bytes) -> Response:
        behaviour = self.behaviour
        if behaviour.maintenance:
            raise RefusedError(503, "The service is unavailable.", "The site is under maintenance.")
        self._throttle(behaviour.calls_per_second)
        if behaviour.slow:
            await asyncio.sleep(behaviour.slow)
        issuer = self.identity.issuer
        issuer.tenant.check(request.path_params.get("tenant"), base_of(request))
        headers = _lower(request)
        online = behaviour.app_token == "required"  # noqa: S105 - a variant, not a token
        if not signed_in(headers, self.credentials, issuer, online=online):
            raise RefusedError(
                401,
                "Authorization has been denied for this request.",
                "The credentials were not accepted.",
                headers={"WWW-Authenticate": "Basic"},
            )
        media_type = response_type(request.headers.get("accept"))
        select = [value for key, value in request.query_params.multi_items() if key.casefold() == "$select"]
        found = get_tickets(self.store, behaviour, headers, select, content)
        made = typed_response(found.tickets, media_type, "ArrayOfTicket", 200, {"SO-TimeZone": found.zone})
        xsrf = issuer.sessions.refreshed(cookie(headers.get("cookie", ""), "session")) if "cookie" in headers else None
        if xsrf is not None:
            made.headers.append("Set-Cookie", xsrf_cookie(xsrf))
        return made

    def _fault(self, request: Request) -> Fault | None:
        asked = request.headers.get(HEADER)
        if asked is None:
            return self.faults.take()
        try:
            return Fault.parse(asked)  # for this request alone: anybody may send one, signed in or not
        except ValueError as error:
            raise RefusedError(400, "The fault is not known.", f"X-Sandbox-Fault: {error}") from None

    def _throttle(self, limit: int | None) -> None:
        if limit is None:
            return
        now = time.monotonic()
        while self._calls and self._calls[0] <= now - 1:
            self._calls.popleft()
        if len(self._calls) >= limit:
            detail = f"At most {limit} calls a second."
            raise RefusedError(429, "Too many requests.", detail, headers={"Retry-After": "1"})
        self._calls.append(now)

    def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedError)  # noqa: S101 - registered for this class alone
        in_200 = error.agent and self.behaviour.errors_in_200 != "off"
        if in_200 and self.behaviour.errors_in_200 == "null":
            return null_response(request)
        return error_response(request, error, self.behaviour.error_shape, 200 if in_200 else error.status)

    def _failed(self, request: Request, error: Exception) -> Response:
        detail = str(error) if isinstance(error, StoreError) else "See the sandbox's own output."
        return self._refused(request, RefusedError(500, "An error has occurred.", detail))

    def _not_found(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
        detail = f"There is no resource for {request.method} {request.url.path}."
        text = "The method is not allowed." if error.status_code == 405 else "No HTTP resource was found."
        return self._refused(request, RefusedError(error.status_code, text, detail, headers=error.headers or {}))


def _without_thread(
    handler: Callable[[Request, Exception], Response],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return handler(request, error)  # starlette runs a plain function in a thread, which stays

    return handle


def _disconnected(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # the client is gone


def _lower(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
