"""openapi-core checks what our client sends and how the sandbox responds, in every test.

The sandbox and the transports that tests inject are watched while a test runs; what they saw is validated when the
test has ended, so that a failure belongs to the test that caused it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx
import pytest
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory
from openapi_schema_validator import OAS30ReadValidator
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from superoffice_api.api.ticket.get_tickets import build
from superoffice_api.models import GetTicketsRequest
from superoffice_api.shapes import SHAPES
from superoffice_runtime.xml import XmlError, read_xml
from superoffice_sandbox import app as app_module
from superoffice_sandbox import responses
from superoffice_sandbox.app import SandboxApp
from superoffice_sandbox.behaviour import Behaviour
from superoffice_sandbox.faults import Fault
from superoffice_sandbox.identity import routes as identity_routes

OURS = "superoffice-sdk/"
HOST = "http://sandbox"
BROKEN = {"garbage", "html", "cut", "reset", "body"}
"""Faults whose responses may be wrong on purpose."""
SAMPLE = 3
"""How many tickets of a long response are checked; the same code writes all of them."""
_struck: ContextVar[list[str]] = ContextVar("struck")


class Seen(NamedTuple):
    """One call as it was sent; without a response if it came from a test's own transport."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int = 0
    answered: tuple[tuple[str, str], ...] = ()
    answer: bytes = b""
    behaviour: Behaviour = Behaviour()
    struck: tuple[str, ...] = ()


def _enum(validator: Any, values: list[Any], instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    # The document says nullable beside an enum that does not list null. OpenAPI 3.0.3 wants it listed, but then the
    # model generator takes null for a value, and Prism, which adds null by itself, no longer validates anything.
    if instance is None and schema.get("nullable"):
        return
    if instance not in values:
        yield ValidationError(f"{instance!r} is not one of {values!r}")


def _sampled(value: Any) -> Any:
    return value[:SAMPLE] if isinstance(value, list) else value


def _read_json(content: bytes, **parameters: str) -> Any:
    return _sampled(json.loads(content.decode(parameters.get("charset", "utf-8"))))


def _read_xml(content: bytes, **parameters: str) -> Any:
    root = re.search(rb"<(\w+)", content.partition(b"?>")[2])
    shape = {b"Error": "ErrorInfo", b"ArrayOfTicket": "ArrayOfTicket"}.get(root[1] if root else b"")
    try:
        return _sampled(read_xml(content, shape or "GetTicketsRequest", SHAPES))
    except XmlError as error:
        raise ValueError(str(error)) from error


class Checker:
    """Watches, and validates what it saw."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._lock = threading.Lock()
        self.seen: list[Seen] = []
        self._known: dict[Seen, list[str]] = {}
        self._path = build(GetTicketsRequest(ticket_ids=[])).target
        served = {**document, "servers": [{"url": HOST}]}
        validators = SchemaValidatorsFactory(extend(OAS30ReadValidator, {"enum": _enum}))
        types = document["paths"][self._path]["post"]["requestBody"]["content"]
        readers = {name: _read_xml if name.endswith("/xml") else _read_json for name in types if "form" not in name}

        config = Config(schema_validators_factory=validators, extra_media_type_deserializers=readers)
        self._openapi = OpenAPI.from_dict(served, config)

    def add(self, seen: Seen) -> None:
        """Keep a call of the endpoint; other paths are the sandbox's own and in no document."""
        if seen.method == "POST" and seen.path.endswith(self._path):
            with self._lock:
                self.seen.append(seen._replace(path=self._path))

    def problems(self) -> list[str]:
        """Validate what was seen since the last time."""
        with self._lock:
            seen, self.seen = self.seen, []
        found: list[str] = []
        for each in dict.fromkeys(seen):
            if each not in self._known:
                self._known[each] = [*self._of_request(each), *self._of_answer(each)]
            found += self._known[each]
        return found

    def _request(self, seen: Seen) -> MockRequest:
        headers = dict(seen.headers)
        if "x-xsrf-token" not in headers:  # a client that was given no sign-in sends none; the rest still counts
            headers.setdefault("authorization", "Bearer none")
        return MockRequest(
            HOST,
            seen.method,
            seen.path,
            args=dict(parse_qsl(seen.query, keep_blank_values=True)),
            headers=headers,
            data=seen.body,
            content_type=headers.get("content-type", ""),
        )

    def _of_request(self, seen: Seen) -> list[str]:
        if not dict(seen.headers).get("user-agent", "").startswith(OURS):
            return []
        errors = self._openapi.request_validator.iter_errors(self._request(seen))
        return [f"request {seen.body[:200]!r} {seen.headers}: {_said(error)}" for error in errors]

    def _of_answer(self, seen: Seen) -> list[str]:
        if not seen.status or BROKEN & {*seen.struck} or self._in_words(seen):
            return []
        headers = dict(seen.answered)
        answer = MockResponse(seen.answer, seen.status, headers, headers.get("content-type", ""))
        errors = self._openapi.response_validator.iter_errors(self._request(seen), answer)
        return [f"answer {seen.status} {seen.answer[:200]!r}: {_said(error)}" for error in errors]

    def _in_words(self, seen: Seen) -> bool:
        """Return True if the response is one that the OpenAPI document describes in prose: its schema is of success."""
        told = seen.behaviour
        failed = told.errors_in_200 != "off" or told.no_ids == "null" or {"null", "error"} & {*seen.struck}
        not_array = seen.status == 200 and not re.match(rb"\s*\[|<\?xml[^>]*>\s*<ArrayOfTicket>", seen.answer)
        return bool(failed and not_array) or (seen.status == 200 and told.missing == "null")


def _said(error: BaseException) -> str:
    cause = error.__cause__ or error
    inner = [f"{found.json_path}: {found.message[:200]}" for found in getattr(cause, "schema_errors", ())]
    return f"{error} {'; '.join(inner)}"


def _texts(raw: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw)


def watch(patch: pytest.MonkeyPatch, checker: Checker) -> None:
    """Let the checker see every call of a sandbox in this process, and every request to an injected transport."""
    call, respond, handle = SandboxApp.__call__, responses.respond, httpx.MockTransport.handle_request
    handle_async = httpx.MockTransport.handle_async_request

    async def respond_seen(fault: Fault | None, *given: Any) -> Response:
        if fault is not None:
            _struck.get([]).append(fault.kind)
        return await respond(fault, *given)

    async def called(app: SandboxApp, scope: Scope, receive: Receive, send: Send) -> None:
        body, answer, start = bytearray(), bytearray(), dict[str, Any]()
        struck: list[str] = []
        whole = True
        _struck.set(struck)

        async def received() -> Message:
            nonlocal whole
            message = await receive()
            body.extend(message.get("body", b""))
            whole = whole and message["type"] == "http.request"
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            answer.extend(message.get("body", b""))
            # A request that was cut off is not checked, and nobody reads its response.
            if whole and message["type"] == "http.response.body" and not message.get("more_body"):
                request = (scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
                answered = (start["status"], _texts(start["headers"]), bytes(answer), app.behaviour, tuple(struck))
                checker.add(Seen(*request, _texts(scope["headers"]), bytes(body), *answered))
            await send(message)

        await call(app, scope, received, sent)

    def seen(request: httpx.Request) -> None:
        path, _, query = request.url.raw_path.decode("latin-1").partition("?")
        checker.add(Seen(request.method, path, query, _texts(request.headers.raw), request.content))

    def handled(transport: httpx.MockTransport, request: httpx.Request) -> httpx.Response:
        seen(request)
        return handle(transport, request)

    async def handled_async(transport: httpx.MockTransport, request: httpx.Request) -> httpx.Response:
        await request.aread()
        seen(request)
        return await handle_async(transport, request)

    patch.setattr(SandboxApp, "__call__", called)
    for caller in (app_module, identity_routes):
        patch.setattr(caller, "respond", respond_seen)
    patch.setattr(httpx.MockTransport, "handle_request", handled)
    patch.setattr(httpx.MockTransport, "handle_async_request", handled_async)
