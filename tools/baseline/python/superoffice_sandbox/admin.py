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
HEADER = 'X-Sandbox-Admin'

def routes(core: Core) -> list[Route]:
    ...
