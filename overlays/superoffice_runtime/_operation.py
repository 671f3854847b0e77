"""An endpoint as a value: what it asks is a `Request`, and its `Operation` reads the `Response`."""

from __future__ import annotations

import codecs
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from numbers import Number
from types import MappingProxyType
from typing import Any, Final, Generic, Protocol, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

import msgspec

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_NOTHING: Final[Mapping[str, str | None]] = MappingProxyType({})
_UTF8 = ("", "utf-8", "utf8", "us-ascii")
# Codecs that Python has for itself: no charset of the web, and some warn, or take very long.
_NO_CHARSETS = {"idna", "mbcs", "oem", "palmos", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}


class Operation(msgspec.Struct, Generic[T_co], frozen=True, kw_only=True):
    """One endpoint of the OpenAPI document, without I/O.

    `decode` reads a response with a 2xx status; it raises `msgspec.ValidationError` or `msgspec.DecodeError` for
    another shape. `json` returns its content as JSON, whatever its media type. Past `slow_threshold` seconds the
    server's operators count a call as slow. A `safe` operation only reads, so it may be sent again even where it may
    have been carried out. `headers` are the arguments of its `build` that become headers, with the headers' names.

    >>> pets = Operation(name="GetPets", decode=lambda came: came.content.decode(), json=lambda came: came.content)
    >>> pets.decode(Response(200, {}, b"[]"))
    '[]'
    """

    name: str
    decode: Callable[[Response], T_co]
    json: Callable[[Response], bytes]
    slow_threshold: float | None = None
    safe: bool = False
    headers: Mapping[str, str] = {}


class Client(Protocol):
    """Whatever can send a request and read its response as the operation's result: what `sync` functions take."""

    def send(self, operation: Operation[T], request: Request, /) -> T: ...


class AsyncClient(Protocol):
    """A client that sends without blocking: what `asyncio` functions take."""

    def send(self, operation: Operation[T], request: Request, /) -> Awaitable[T]: ...


@lru_cache(maxsize=256)
def _target(path: str, query: tuple[tuple[str, str], ...]) -> str:
    # "$", "," and "/" stay as they are, so that a $select is sent as the endpoint's page shows it.
    return path + "?" + "&".join(f"{quote(name, safe='$')}={quote(value, safe='$,/')}" for name, value in query)


_NO_LIST: Final = dict, bytes  # whose items no server would understand


def text(value: object, name: str = "a parameter") -> str | None:
    """Write a parameter's value as it is sent: a list is joined by commas. Raises TypeError for what cannot be one.

    >>> text(["a", "b"]), text(True), text(7), text(None), text(date(2026, 11, 3))
    ('a,b', 'true', '7', None, '2026-11-03')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if hasattr(value, "__iter__") and not issubclass(type(value), _NO_LIST):  # quicker than an Iterable
        return ",".join([str(text(item, name)) for item in cast("Iterable[object]", value)])
    if not isinstance(value, (Number, UUID)):
        raise TypeError(f"{name} must be a text, a number, a date or a list of these, not a {type(value).__name__}")
    return str(value)


def listed(values: object) -> object:
    """Return a list of any kind, which may be readable once only, as a tuple; another value as it is.

    >>> listed(iter([1, 2])), listed("a,b")
    ((1, 2), 'a,b')
    """
    many = hasattr(values, "__iter__") and not issubclass(type(values), (str, *_NO_LIST))
    return tuple(cast("Iterable[object]", values)) if many else values


def repeated(name: str, values: object) -> tuple[tuple[str, object], ...]:
    """Return a list's values for a query, with the name before each.

    >>> repeated("id", [1, 2])
    (('id', 1), ('id', 2))
    """
    many = listed(values)
    return tuple((name, value) for value in (cast("tuple[object, ...]", many) if isinstance(many, tuple) else (many,)))


def _segment(value: object) -> str:
    written = text(value, "a step of the path") or ""
    if written in ("", ".", ".."):
        raise ValueError(f"{written!r} cannot be a step of a path")
    return quote(written, safe="")


def read_nothing(response: Response) -> None:
    """Read the response to an operation without a result; raises `msgspec.ValidationError` where it holds something.

    >>> read_nothing(Response(204, {}, b""))
    """
    if response.content.removeprefix(b"\xef\xbb\xbf").strip() not in (b"", b"null"):
        raise msgspec.ValidationError("Expected nothing, got content")


class Request(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What an operation asks of a server: a path below a site, parameters and a body, written when it is sent.

    `path` is a string, or alternately a part of it and the value of a step. `encode` writes the body in one of
    `content_types`. What is None may still be set by the client that sends it. `repr` leaves out the body.

    >>> request = Request(method="POST", path=("/owners/", "a/b", "/pets"), query=(("page", "2"), ("name", None)))
    >>> request, request.headers, request.content
    (Request(POST /owners/a%2Fb/pets?page=2), {'Accept': 'application/json'}, b'')
    """

    method: str
    path: str | tuple[object, ...]
    query: tuple[tuple[str, object], ...] = ()
    parameters: tuple[tuple[str, object], ...] = ()
    body: object = None
    encode: Callable[[object, str], bytes] | None = None
    content_types: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    charset: str = ""
    content_type: str | None = None
    accept: str | None = None

    @property
    def target(self) -> str:
        """The path with the encoded query; raises ValueError or TypeError for a value that cannot stand there."""
        path = self.path
        if not isinstance(path, str):
            path = "".join(_segment(step) if place % 2 else str(step) for place, step in enumerate(path))
        given = [(name, written) for name, value in self.query if (written := text(value, name)) is not None]
        return _target(path, tuple(given)) if given else path

    @property
    def headers(self) -> dict[str, str]:
        """The headers, without credentials."""
        return self.write()[0]

    @property
    def content(self) -> bytes:
        """The body as it is sent; raises ValueError as `write` does."""
        return self.write()[1]

    def write(self, preferred: Mapping[str, str | None] = _NOTHING) -> tuple[dict[str, str], bytes]:
        """Return headers and content; `preferred` has headers for what is None here, media types among them.

        Raises ValueError for a body that its media type cannot hold, TypeError for what is not a header's value.

        >>> Request(method="GET", path="/", parameters=(("SO-Language", None),)).write({"SO-Language": "en"})[0]
        {'Accept': 'application/json', 'SO-Language': 'en'}
        """
        headers, content = {"Accept": "application/json"}, b""
        if self.accepts:
            headers["Accept"] = (self.accept or _known(preferred.get("Accept"), self.accepts)) + self.charset
        if self.encode is not None:
            media = self.content_type or _known(preferred.get("Content-Type"), self.content_types)
            headers["Content-Type"] = media + self.charset
            content = self.encode(self.body, media)
        for name, value in self.parameters:
            given = preferred.get(name) if value is None else text(value, name)
            if given is not None:
                headers[name] = given
        return headers, content

    def __repr__(self) -> str:
        return f"Request({self.method} {self.target})"

    def __rich_repr__(self) -> list[Any]:  # msgspec's own shows all
        return [self.method, self.target]


def _known(preferred: str | None, known: tuple[str, ...]) -> str:
    return preferred if preferred in known else known[0]


def in_utf8(content: bytes, content_type: str) -> bytes:
    """Return content in UTF-8, without a byte order mark, from a media type's charset; as it came where that fails."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    if charset.replace("_", "-") in _UTF8:
        return content
    try:
        if codecs.lookup(charset).name.replace("_", "-") in _NO_CHARSETS:
            return content
        return content.decode(charset).removeprefix("\ufeff").encode()
    except (LookupError, ValueError):
        return content  # what cannot be read so is told by the decoding


class Response(msgspec.Struct, frozen=True):
    """One HTTP response. `headers` is read without regard to case; `repr` leaves out headers and body.

    >>> response = Response(200, {"content-type": "application/json"}, b"[]")
    >>> response, response.text, response.json()
    (Response(200, 2 bytes), '[]', [])
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as text, in the charset that it names."""
        return in_utf8(self.content, self.headers.get("content-type", "")).decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the content, decoded from JSON; raises ValueError where it is not JSON."""
        return msgspec.json.decode(self.text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.status_code}, {len(self.content)} bytes)"

    def __rich_repr__(self) -> list[Any]:  # msgspec's own shows all
        return [self.status_code, len(self.content)]
