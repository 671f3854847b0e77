from __future__ import annotations
import json
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from .credentials import Credentials
from .errors import RefusedError
from .seed import document
if TYPE_CHECKING:
    from .core import Core

def routes(core: Core) -> list[Route]:
    ...
