"""The judge over HTTP, for clients in other languages.

See *Write an SDK in your language* in the documentation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import RefusedError
from ..faults import CutResponse
from ..guard import read_body
from ..state import SandboxState
from .case import Outcome
from .case import Response as CaseResponse
from .compare import Sent
from .judge import Verdict

_JSON: Final = "application/json; charset=utf-8"
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_GRACE = 0.5  # seconds after the last report, in which a request too many is still noticed


def routes(state: SandboxState) -> list[Route]:
    """Make the routes below `/conformance`."""

    async def cases(request: Request) -> Response:
        site = f"{request.url.scheme}://{request.headers['host']}/conformance"
        return _json(
            [
                {
                    "id": case.id,
                    "title": case.title,
                    "site": f"{site}/{case.id}",
                    "client": case.client,
                    "call": case.call,
                    "report": case.members,
                }
                for case in state.conformance.cases.values()
            ]
        )

    async def report(request: Request) -> Response:
        if request.method == "DELETE":
            state.conformance.clear()
            return Response(status_code=204)
        return _json(_report(state))

    async def finish(_: Request) -> Response:
        asyncio.get_running_loop().call_soon(state.conformance.end)
        return _json(_report(state))

    async def outcome(request: Request) -> Response:
        try:
            reported = msgspec.json.decode(await read_body(request), type=Outcome)
        except msgspec.MsgspecError as error:
            raise RefusedError(400, "The outcome cannot be read.", str(error)) from None
        try:
            result = state.conformance.report(_known(state, request), reported)
        except ValueError as error:
            raise RefusedError(409, "The outcome is known.", str(error)) from None
        if state.conformance.complete:
            asyncio.get_running_loop().call_later(_GRACE, state.conformance.end)
        return _json(result)

    async def case_request(request: Request) -> Response:
        sent = Sent(
            method=request.method,
            path="/" + request.path_params["rest"],
            query=request.url.query,
            headers=_headers(request),
            body=await read_body(request),
        )
        given = state.conformance.respond(_known(state, request), sent)
        if given is None:
            raise RefusedError(400, "The case allows no more requests.", f"This {sent.method} was one too many.")
        if given.connection == "silent":
            return _Silent()
        if given.connection is not None:
            return CutResponse(request, given.content, _JSON, reset=given.connection == "reset")
        return _case_response(given)

    return [
        Route("/conformance/cases", cases),
        Route("/conformance/report", report, methods=["GET", "DELETE"]),
        Route("/conformance/finish", finish, methods=["POST"]),
        Route("/conformance/{id}/outcome", outcome, methods=["POST"]),
        Route("/conformance/{id}/{rest:path}", case_request, methods=_METHODS),
    ]


def _known(state: SandboxState, request: Request) -> str:
    id_: str = request.path_params["id"]
    if id_ not in state.conformance.cases:
        raise RefusedError(404, "The case is not known.", f"There is no conformance case {id_}.")
    return id_


def _report(state: SandboxState) -> dict[str, object]:
    results = state.conformance.results()
    verdicts = [one.verdict for one in results]
    counts = {verdict.replace(" ", "_"): verdicts.count(verdict) for verdict in get_args(Verdict)}
    return {**counts, "cases": results}


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def _headers(request: Request) -> Mapping[str, str]:
    """Return the headers; a repeated one has all its values."""
    return {name: ", ".join(request.headers.getlist(name)) for name in request.headers}


def _case_response(given: CaseResponse) -> Response:
    headers = {"Content-Type": _JSON} if given.status != 204 else {}
    return Response(given.content, given.status, {**headers, **given.headers})


class _Silent(Response):
    """No response, until the client closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait: after the request, the next message is that the client is gone."""
        await receive()
