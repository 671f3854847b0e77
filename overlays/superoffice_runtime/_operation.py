"""An endpoint as a value: typed arguments become a `Request`, a `Response` becomes a typed result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Generic, ParamSpec, TypeVar, cast
from urllib.parse import quote

import msgspec

P = ParamSpec("P")
T = TypeVar("T")


class Operation(msgspec.Struct, Generic[P, T], frozen=True, kw_only=True):
    """One endpoint of the document, without I/O.

    `build` makes the request from the endpoint's own arguments, `decode` reads the answer to it (a 2xx; it raises
    `msgspec.ValidationError` or `msgspec.DecodeError` for content of another shape), and `json` gives the answer as
    JSON, whatever media type it came in. Past `slow_threshold` seconds the server's operators count a call as slow
    (None: the document says nothing). A `safe` one only reads, so it may be repeated even where an earlier attempt may
    have been carried out. `headers` are those arguments of `build` that become headers; `content_types` and `accepts`
    are the media types in which its body may go out and its answer may be asked for (none: `build` has no such
    argument).

    >>> pets = Operation(
    ...     name="GetPets",
    ...     build=lambda owner: build_request("GET", f"/owners/{segment(owner)}/pets"),
    ...     decode=lambda response: msgspec.json.decode(response.content, type=list[str]),
    ...     json=lambda response: response.content,
    ...     safe=True,
    ... )
    >>> pets.build(7).target, pets.decode(Response(200, {}, b'["Rex"]'))
    ('/owners/7/pets', ['Rex'])
    """

    name: str
    build: Callable[P, Request]
    decode: Callable[[Response], T]
    json: Callable[[Response], bytes]
    slow_threshold: float | None = None
    safe: bool = False
    headers: frozenset[str] = frozenset()
    content_types: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def _target(path: str, query: tuple[tuple[str, str], ...]) -> str:
    # "$", "," and "/" stay as they are, so that a $select looks on the wire as it does on the endpoint's page.
    return path + "?" + "&".join(f"{quote(name, safe='$')}={quote(value, safe='$,/')}" for name, value in query)


def build_request(
    method: str,
    path: str,
    *,
    query: Iterable[tuple[str, str | None]] = (),
    headers: Iterable[tuple[str, str | None]] = (),
    content: bytes = b"",
) -> Request:
    """Make a request, leaving out what is None.

    >>> build_request("GET", "/x", query=[("$select", "a,b/c"), ("page", None)]).target
    '/x?$select=a,b/c'
    """
    given = tuple((name, value) for name, value in query if value is not None)
    return Request(
        method,
        _target(path, given) if given else path,
        {name: value for name, value in headers if value is not None},
        content,
    )


def text(value: object) -> str | None:
    """Write a parameter's value as the wire has it: None stays None, a list is joined by commas.

    >>> text(["a", "b"]), text(True), text(7), text(None), text(date(2026, 11, 3))
    ('a,b', 'true', '7', None, '2026-11-03')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, Iterable):
        return ",".join(str(text(item)) for item in cast("Iterable[object]", value))
    return str(value)


def repeated(name: str, values: Iterable[object] | None) -> Iterator[tuple[str, str | None]]:
    """Write a list as a query has it that repeats the name for each item.

    >>> list(repeated("id", [1, 2]))
    [('id', '1'), ('id', '2')]
    """
    return ((name, text(value)) for value in values or ())


def segment(value: object) -> str:
    """Write a parameter's value as one step of a path; raises ValueError for what would lead to another path.

    >>> segment("a/b"), segment(439)
    ('a%2Fb', '439')
    """
    written = text(value) or ""
    if written in ("", ".", ".."):
        raise ValueError(f"{written!r} cannot be a step of a path")
    return quote(written, safe="")


def read_nothing(response: Response) -> None:
    """Read the answer of an operation without a result; raises `msgspec.ValidationError` where it holds something.

    >>> read_nothing(Response(204, {}, b""))
    >>> read_nothing(Response(200, {}, b"[]"))
    Traceback (most recent call last):
    msgspec.ValidationError: Expected nothing, got content
    """
    if response.content.removeprefix(b"\xef\xbb\xbf").strip() not in (b"", b"null"):
        raise msgspec.ValidationError("Expected nothing, got content")


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
