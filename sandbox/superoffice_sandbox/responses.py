"""HTTP responses: tickets, errors, and what a fault makes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from .behaviour import ErrorShape
from .bodies import write
from .errors import RefusedError
from .faults import CutResponse, Fault
from .media import RESPONSE_TYPES, choose

Handler: TypeAlias = Callable[[Request, bytes], Awaitable[Response]]
_HTML = b"<!doctype html><title>Service Unavailable</title><h1>The service is unavailable.</h1>"
_GARBAGE = b'[{"TicketId": 12\x00\xff\xfe'


def typed_response(
    value: Any, media_type: str, shape: Literal["ArrayOfTicket", "ErrorInfo"], status: int, headers: Mapping[str, str]
) -> Response:
    """Write a value in a media type."""
    body = write(value, media_type, shape)
    return Response(
        body, status, {"Content-Type": f"{media_type}; charset=utf-8", "X-Content-Type-Options": "nosniff", **headers}
    )


def null_response(request: Request) -> Response:
    """Return 200 with null."""
    return typed_response(None, _acceptable(request), "ArrayOfTicket", 200, {})


def error_response(request: Request, error: RefusedError, shape: ErrorShape, status: int) -> Response:
    """Return an error in a media type that the request accepts, or else in JSON."""
    return typed_response(error.body(shape), _acceptable(request), "ErrorInfo", status, error.headers)


async def respond(
    fault: Fault | None, request: Request, content: bytes, shape: ErrorShape, handler: Handler
) -> Response:
    """Return the handler's response, or what the fault makes of it."""
    if fault is not None and fault.kind not in ("delay", "cut"):
        return _fault_response(fault, request, shape)
    if fault is not None and fault.kind == "delay":
        await asyncio.sleep(fault.delay)
    response = await handler(request, content)
    if fault is not None and fault.kind == "cut":
        return CutResponse(request, bytes(response.body), response.headers["Content-Type"])
    return response


def _fault_response(fault: Fault, request: Request, shape: ErrorShape) -> Response:
    after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    match fault.kind:
        case "reset":
            return CutResponse(request, b"", "", reset=True)
        case "garbage":
            return Response(_GARBAGE, 200, {"Content-Type": "application/json; charset=utf-8"})
        case "html":
            return Response(_HTML, fault.status, {"Content-Type": "text/html; charset=utf-8", **after})
        case "status" | "body" if fault.body or fault.kind == "body":
            status = 200 if fault.kind == "body" else fault.status
            return Response(fault.body, status, {"Content-Type": "application/json; charset=utf-8", **after})
        case "null":
            return null_response(request)
        case _:
            error = RefusedError(fault.status, "The call failed.", "It was asked to.", headers=after)
            return error_response(request, error, shape, 200 if fault.kind == "error" else fault.status)


def _acceptable(request: Request) -> str:
    return choose(request.headers.get("accept")) or RESPONSE_TYPES[0]
