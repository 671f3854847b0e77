"""What a test in another process may ask of the sandbox, with the admin token: faults, recorded requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .credentials import same
from .errors import RefusedError
from .faults import Fault

if TYPE_CHECKING:
    from .core import Core

HEADER = "X-Sandbox-Admin"


def routes(core: Core) -> list[Route]:
    """Make the routes `/sandbox/faults` and `/sandbox/requests`."""

    def admit(request: Request) -> None:
        if not same(request.headers.get(HEADER, ""), core.admin_token):
            raise RefusedError(403, "The request is forbidden.", f"{HEADER} must carry the sandbox's admin token.")

    async def faults(request: Request) -> Response:
        admit(request)
        if request.method == "DELETE":
            core.faults.clear()
            return Response(status_code=204)
        from .app import read_body

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

    return [
        Route("/sandbox/faults", faults, methods=["POST", "DELETE"]),
        Route("/sandbox/requests", requests, methods=["GET", "DELETE"]),
    ]
