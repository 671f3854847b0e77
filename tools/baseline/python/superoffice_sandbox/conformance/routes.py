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

def routes(core: Core) -> list[Route]:
    ...

class _Silent(Response):

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ...
