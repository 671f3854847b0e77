"""Media types: the one of a request, and the one to respond in."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeAlias

from superoffice_api.api.ticket.get_tickets import ACCEPTS, CONTENT_TYPES

from .errors import RefusedError

REQUEST_TYPES: Final = CONTENT_TYPES
RESPONSE_TYPES: Final = ACCEPTS
_CHARSETS = {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "iso-8859-1", "windows-1252"}
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
Syntax: TypeAlias = Literal["json", "xml", "form"]


class BodyType(NamedTuple):
    """How a request's body is written."""

    syntax: Syntax
    charset: str | None


def syntax_of(media_type: str) -> Syntax:
    """Return the syntax of a media type; the patch types hold ordinary JSON.

    >>> syntax_of("text/xml"), syntax_of("application/merge-patch+json")
    ('xml', 'json')
    """
    if media_type.endswith("/xml"):
        return "xml"
    return "form" if media_type == "application/x-www-form-urlencoded" else "json"


def _split(text: str) -> tuple[str, dict[str, str]]:
    name, *parts = text.split(";")
    pairs = (part.partition("=") for part in parts)
    return name.strip().lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}


def body_type(content_type: str) -> BodyType:
    """Read a Content-Type header.

    >>> body_type("Text/JSON; charset=UTF-8")
    BodyType(syntax='json', charset='utf-8')
    """
    name, parameters = _split(content_type)
    charset = parameters["charset"].lower() if "charset" in parameters else None
    if name not in REQUEST_TYPES:
        raise RefusedError(415, "The request's media type is not supported.", f"Content-Type {name or 'is missing'}.")
    if charset is not None and charset not in _CHARSETS:
        raise RefusedError(415, "The request's media type is not supported.", f"Charset {charset}.")
    return BodyType(syntax_of(name), charset)


def choose(accept: str | None) -> str | None:
    """Return the media type to respond in by an Accept header, None if it accepts none of ours.

    The quality of a type is that of the most specific range that fits; of equals the header's first one wins.

    >>> choose("text/*;q=0.5, application/xml;q=0.9, */*;q=0.1")
    'application/xml'
    """
    if accept is None or not accept.strip():
        return RESPONSE_TYPES[0]
    ranges = [_split(part) for part in accept.split(",") if part.strip()]
    best: tuple[float, int, int] | None = None
    chosen: str | None = None
    for place, media_type in enumerate(RESPONSE_TYPES):
        fitting = (media_type, f"{media_type.split('/')[0]}/*", "*/*")
        found = min(((fitting.index(name), at) for at, (name, _) in enumerate(ranges) if name in fitting), default=None)
        if found is None:
            continue
        given = ranges[found[1]][1].get("q", "1")
        quality = float(given) if _QUALITY.fullmatch(given) else 1.0
        # Types that one wildcard fits come in our own order.
        rank = (-quality, found[1], place)
        if quality > 0 and (best is None or rank < best):
            best, chosen = rank, media_type
    return chosen


def response_type(accept: str | None) -> str:
    """Return the media type to respond in, or refuse."""
    chosen = choose(accept)
    if chosen is None:
        raise RefusedError(
            406, "No media type that the request accepts is available.", f"Available: {', '.join(RESPONSE_TYPES)}."
        )
    return chosen
