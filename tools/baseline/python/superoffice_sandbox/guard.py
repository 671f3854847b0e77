from __future__ import annotations
from collections.abc import Iterable
from ipaddress import ip_address
from starlette.requests import Request
from .errors import RefusedError
MAX_BODY = 1000000
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32000

def is_loopback(host: str) -> bool:
    ...

def check_headers(raw: Iterable[tuple[bytes, bytes]]) -> None:
    ...

def check_sender(host: str, origin: str | None) -> None:
    ...

def check_length(length: str | None) -> None:
    ...

async def read_body(request: Request) -> bytes:
    ...

def too_large() -> RefusedError:
    ...
