"""What goes to a server and what comes back, without a way to send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True, gc=False):
    """One HTTP request to a path below a site.

    `target` is the path with the encoded query. Headers are without sign-in; `repr` leaves out the body, which may hold
    people's data.

    >>> Request("POST", "/api/v1/Pets?page=2", {"Accept": "application/json"}, b"[1]")
    Request(POST /api/v1/Pets?page=2, 3 bytes)
    """

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.target}, {len(self.content)} bytes)"

    def __rich_repr__(self) -> list[Any]:  # msgspec's own shows all
        return [self.method, self.target, len(self.content)]


class Response(msgspec.Struct, frozen=True):
    """One HTTP response. `headers` is read without regard to case; `repr` leaves out headers and body.

    >>> Response(200, {"content-type": "application/json"}, b"[]")
    Response(200, 2 bytes)
    """

    status: int
    headers: Mapping[str, str]
    content: bytes

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.content)} bytes)"

    def __rich_repr__(self) -> list[Any]:  # msgspec's own shows all
        return [self.status, len(self.content)]
