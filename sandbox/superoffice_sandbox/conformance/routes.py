"""The judge over HTTP, for clients in other languages.

*Write an SDK in your language*, in the documentation, says how it is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import RefusedError
from ..guard import read_body
from .case import Outcome
from .case import Response as Answer
from .compare import Sent
from .judge import Verdict

if TYPE_CHECKING:
    from ..core import Core

_JSON: Final = "application/json; charset=utf-8"
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_LAST = 0.5  # seconds after the last report in which a request too many is still seen


def routes(core: Core) -> list[Route]:
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
                for case in core.conformance.cases.values()
            ]
        )

    async def report(request: Request) -> Response:
        if request.method == "DELETE":
            core.conformance.clear()
            return Response(status_code=204)
        return _json(_account(core))

    async def finish(_: Request) -> Response:
        asyncio.get_running_loop().call_soon(core.conformance.end)
        return _json(_account(core))

    async def outcome(request: Request) -> Response:
        try:
            reported = msgspec.json.decode(await read_body(request), type=Outcome)
        except msgspec.MsgspecError as error:
            raise RefusedError(400, "The outcome cannot be read.", str(error)) from None
        try:
            result = core.conformance.report(_known(core, request), reported)
        except ValueError as error:
            raise RefusedError(409, "The outcome is known.", str(error)) from None
        if core.conformance.complete:
            asyncio.get_running_loop().call_later(_LAST, core.conformance.end)
        return _json(result)

    async def answer(request: Request) -> Response:
        from ..app import HungUp

        sent = Sent(
            method=request.method,
            path="/" + request.path_params["rest"],
            query=request.url.query,
            headers=_headers(request),
            body=await read_body(request),
        )
        given = core.conformance.answer(_known(core, request), sent)
        if given is None:
            raise RefusedError(400, "The case allows no more requests.", f"This was the one too many: {sent.method}.")
        if given.connection == "silent":
            return _Silent()
        if given.connection is not None:
            return HungUp(request, given.content, _JSON, reset=given.connection == "reset")
        return _made(given)

    return [
        Route("/conformance/cases", cases),
        Route("/conformance/report", report, methods=["GET", "DELETE"]),
        Route("/conformance/finish", finish, methods=["POST"]),
        Route("/conformance/{id}/outcome", outcome, methods=["POST"]),
        Route("/conformance/{id}/{rest:path}", answer, methods=_METHODS),
    ]


def _known(core: Core, request: Request) -> str:
    id_: str = request.path_params["id"]
    if id_ not in core.conformance.cases:
        raise RefusedError(404, "The case is not known.", f"There is no conformance case {id_}.")
    return id_


def _account(core: Core) -> dict[str, object]:
    results = core.conformance.results()
    verdicts = [one.verdict for one in results]
    counts = {verdict.replace(" ", "_"): verdicts.count(verdict) for verdict in get_args(Verdict)}
    return {**counts, "cases": results}


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def _headers(request: Request) -> Mapping[str, str]:
    """Give the headers; one that came twice has both its values."""
    return {name: ", ".join(request.headers.getlist(name)) for name in request.headers}


def _made(given: Answer) -> Response:
    headers = {"Content-Type": _JSON} if given.status != 204 else {}
    return Response(given.content, given.status, {**headers, **given.headers})


class _Silent(Response):
    """No answer, until the client goes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait: the request has been read, so that the next that comes is the client's leaving."""
        await receive()
