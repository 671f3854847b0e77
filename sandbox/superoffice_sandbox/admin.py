"""What a test in another process may ask of the sandbox, with the admin token: faults, recorded requests, sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .credentials import same
from .errors import RefusedError
from .faults import Fault
from .guard import read_body
from .identity.admin import carry_out, describe

if TYPE_CHECKING:
    from .core import Core

HEADER = "X-Sandbox-Admin"


def routes(core: Core) -> list[Route]:
    """Make the routes `/sandbox/faults`, `/sandbox/requests` and `/sandbox/identity`."""

    def admit(request: Request) -> None:
        if not same(request.headers.get(HEADER, ""), core.admin_token):
            raise RefusedError(403, "The request is forbidden.", f"{HEADER} must carry the sandbox's admin token.")

    async def faults(request: Request) -> Response:
        admit(request)
        if request.method == "DELETE":
            core.faults.clear()
            return Response(status_code=204)
        try:
            fault = Fault.parse((await read_body(request)).decode())
        except ValueError as error:
            raise RefusedError(400, "The fault is not known.", str(error)) from None
        core.faults.add(fault)
        return Response(status_code=204)

    async def requests(request: Request) -> Response:
        admit(request)
        if request.method == "DELETE":
            core.requests.clear()
            return Response(status_code=204)
        return JSONResponse(msgspec.to_builtins(list(core.requests)))

    async def identity(request: Request) -> Response:
        admit(request)
        if request.method == "GET":
            return JSONResponse(describe(core.identity))
        try:
            given = carry_out(core.identity, await read_body(request))
        except ValueError as error:
            raise RefusedError(400, "It cannot be done.", str(error)) from None
        return Response(status_code=204) if given is None else JSONResponse(given)

    return [
        Route("/sandbox/faults", faults, methods=["POST", "DELETE"]),
        Route("/sandbox/requests", requests, methods=["GET", "DELETE"]),
        Route("/sandbox/identity", identity, methods=["GET", "POST"]),
    ]
