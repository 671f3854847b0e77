"""Faults, recorded requests and authentication for a test in another process, which sends the admin token."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .credentials import same
from .errors import RefusedError
from .faults import Fault
from .guard import read_body
from .identity.admin import carry_out, describe
from .state import SandboxState

HEADER = "X-Sandbox-Admin"


def routes(state: SandboxState) -> list[Route]:
    """Make the routes `/sandbox/faults`, `/sandbox/requests` and `/sandbox/identity`."""

    def admit(request: Request) -> None:
        if not same(request.headers.get(HEADER, ""), state.admin_token):
            raise RefusedError(403, "The request is forbidden.", f"{HEADER} must carry the sandbox's admin token.")

    async def faults(request: Request) -> Response:
        admit(request)
        if request.method == "DELETE":
            state.faults.clear()
            return Response(status_code=204)
        try:
            fault = Fault.parse((await read_body(request)).decode())
        except ValueError as error:
            raise RefusedError(400, "The fault is not known.", str(error)) from None
        state.faults.add(fault)
        return Response(status_code=204)

    async def requests(request: Request) -> Response:
        admit(request)
        if request.method == "DELETE":
            state.requests.clear()
            return Response(status_code=204)
        return JSONResponse(msgspec.to_builtins(list(state.requests)))

    async def identity(request: Request) -> Response:
        admit(request)
        if request.method == "GET":
            return JSONResponse(describe(state.identity))
        try:
            given = carry_out(state.identity, await read_body(request))
        except ValueError as error:
            raise RefusedError(400, "It cannot be done.", str(error)) from None
        return Response(status_code=204) if given is None else JSONResponse(given)

    return [
        Route("/sandbox/faults", faults, methods=["POST", "DELETE"]),
        Route("/sandbox/requests", requests, methods=["GET", "DELETE"]),
        Route("/sandbox/identity", identity, methods=["GET", "POST"]),
    ]
