"""The sandbox as an ASGI application: guards, faults, sign-in, media types, errors."""

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

from superoffice_api.api.ticket.get_tickets import build
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

TRANSPORT = "superoffice_sandbox.transport"
_HANGING_UP = "superoffice_sandbox.hanging_up"  # a message of our own, which goes no further than the record
_HTML = b"<!doctype html><title>Service Unavailable</title><h1>The service is unavailable.</h1>"
_GARBAGE = b'[{"TicketId": 12\x00\xff\xfe'


class SandboxApp(Core):
    """The ASGI application, with what a test may set and look at.

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
        call = build(GetTicketsRequest(ticket_ids=[]))
        handlers: Mapping[Any, Any] = {
            RefusedError: _quickly(self._refused),
            StoreError: _quickly(self._broken),
            HTTPException: _quickly(self._nowhere),
            ClientDisconnect: _quickly(_gone),
            Exception: _quickly(self._broken),
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
        """Answer a request, and record it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, recorded = bytearray(), False
        request = Request(scope)

        def record(status: int) -> None:
            nonlocal recorded
            recorded = True
            self.requests.add(
                method=request.method,
                path=request.url.path,
                query=request.url.query,
                headers=_lower(request),
                body=bytes(body),
                status=status,
            )

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body.extend(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            if message["type"] == _HANGING_UP:
                record(0)
                return
            if message["type"] == "http.response.start" and not recorded:
                record(message["status"])  # first, so that who has the answer finds the request
            await send(message)

        refusal = self._turned_away(request)
        try:
            await (refusal or self._app)(scope, received, sent)
        finally:
            if not recorded:
                record(0)

    def _turned_away(self, request: Request) -> Response | None:
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
        content = await read_body(request)  # first, so that it is recorded whatever comes of it
        return await self.under(self._fault(request), request, content, self._tickets)

    async def under(
        self,
        fault: Fault | None,
        request: Request,
        content: bytes,
        handler: Callable[[Request, bytes], Awaitable[Response]],
    ) -> Response:
        """Let a handler answer, or the fault that strikes the call."""
        if fault is not None and fault.kind != "cut":
            struck = await self._strike(fault, request)
            if struck is not None:
                return struck
        made = await handler(request, content)
        if fault is not None and fault.kind == "cut":
            return HungUp(request, bytes(made.body), made.headers["Content-Type"])
        return made

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
        online = behaviour.app_token == "required"  # noqa: S105 - a choice, no token
        if not signed_in(headers, self.credentials, issuer, online=online):
            raise RefusedError(
                401,
                "Authorization has been denied for this request.",
                "The sign-in was not accepted.",
                headers={"WWW-Authenticate": "Basic"},
            )
        media_type = answer_type(request.headers.get("accept"))
        select = [value for key, value in request.query_params.multi_items() if key.casefold() == "$select"]
        answer = get_tickets(self.store, behaviour, headers, select, content)
        made = _response(answer.tickets, media_type, "ArrayOfTicket", 200, {"SO-TimeZone": answer.zone})
        xsrf = issuer.sessions.renewed(cookie(headers.get("cookie", ""), "session")) if "cookie" in headers else None
        if xsrf is not None:
            made.headers.append("Set-Cookie", xsrf_cookie(xsrf))
        return made

    def _fault(self, request: Request) -> Fault | None:
        asked = request.headers.get(HEADER)
        if asked is None:
            return self.faults.take()
        try:
            return Fault.parse(
                asked
            )  # which strikes this request alone: anybody may send one, with credentials or without
        except ValueError as error:
            raise RefusedError(400, "The fault is not known.", f"X-Sandbox-Fault: {error}") from None

    async def _strike(self, fault: Fault, request: Request) -> Response | None:
        after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        match fault.kind:
            case "delay":
                await asyncio.sleep(fault.seconds)
                return None
            case "reset":
                return HungUp(request, b"", "", reset=True)
            case "garbage":
                return Response(_GARBAGE, 200, {"Content-Type": "application/json; charset=utf-8"})
            case "html":
                return Response(_HTML, fault.status, {"Content-Type": "text/html; charset=utf-8", **after})
            case "null":
                return _response(None, _acceptable(request), "ArrayOfTicket", 200, {})
            case _:
                error = RefusedError(fault.status, "The call failed.", "It was asked to.", headers=after)
                return self._error(request, error, 200 if fault.kind == "error" else fault.status)

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

    def _error(self, request: Request, error: RefusedError, status: int) -> Response:
        body = error.body(self.behaviour.error_shape)
        return _response(body, _acceptable(request), "ErrorInfo", status, error.headers)

    def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedError)  # noqa: S101 - registered for this class alone
        if error.agent and self.behaviour.errors_in_200 == "null":
            return _response(None, _acceptable(request), "ArrayOfTicket", 200, {})
        return self._error(
            request, error, 200 if error.agent and self.behaviour.errors_in_200 != "off" else error.status
        )

    def _broken(self, request: Request, error: Exception) -> Response:
        detail = str(error) if isinstance(error, StoreError) else "The sandbox's own output says more."
        return self._refused(request, RefusedError(500, "An error has occurred.", detail))

    def _nowhere(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
        detail = f"No resource answers to {request.method} {request.url.path}."
        text = "The method is not allowed." if error.status_code == 405 else "No HTTP resource was found."
        return self._refused(request, RefusedError(error.status_code, text, detail, headers=error.headers or {}))


class HungUp(Response):
    """The first half of an answer, or nothing of it, before the connection goes."""

    def __init__(self, request: Request, content: bytes, media_type: str, *, reset: bool = False) -> None:
        super().__init__(content, media_type=media_type or None)
        self._transport: asyncio.Transport | None = request.scope.get(TRANSPORT)
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the half, and hang up."""
        await send({"type": _HANGING_UP})  # first, so that who sees the connection go finds the request
        if not self._reset:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        await hang_up(self._transport, reset=self._reset)


def _quickly(handler: Callable[[Request, Exception], Response]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return handler(request, error)  # a plain function would go to a thread, which stays

    return handle


def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it


def _lower(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _acceptable(request: Request) -> str:
    return choose(request.headers.get("accept")) or RESPONSE_TYPES[0]


def _response(
    value: Any, media_type: str, shape: Literal["ArrayOfTicket", "ErrorInfo"], status: int, headers: Mapping[str, str]
) -> Response:
    body = write(value, media_type, shape)
    return Response(
        body, status, {"Content-Type": f"{media_type}; charset=utf-8", "X-Content-Type-Options": "nosniff", **headers}
    )
