"""Requests that are refused unread: those of web pages elsewhere, and those that are too large."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from starlette.requests import Request

from .errors import RefusedError

MAX_BODY = 1_000_000
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_000


def is_loopback(host: str) -> bool:
    """Return True if only this machine can reach an address to listen on.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_headers(raw: Iterable[tuple[bytes, bytes]]) -> None:
    """Refuse headers that are too many or too large."""
    sizes = [len(name) + len(value) for name, value in raw]
    if len(sizes) > MAX_HEADERS or sum(sizes) > MAX_HEADER_BYTES:
        raise RefusedError(
            431, "The request's headers are too large.", f"At most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes."
        )


def check_sender(host: str, origin: str | None) -> None:
    """Refuse what a web page elsewhere sends: any page can make a browser call this machine.

    Host shows a page whose owner points its name at this machine; Origin shows any other page.
    """
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    if not is_loopback(name.removeprefix("[").removesuffix("]")):
        raise RefusedError(421, "The request was misdirected.", "Host must name this machine itself.")
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        raise RefusedError(403, "The request is forbidden.", "Pages of other sites may not call the sandbox.")


def check_length(length: str | None) -> None:
    """Refuse a body whose Content-Length is too large."""
    if length is not None and (not length.isdigit() or len(length) > 18 or int(length) > MAX_BODY):
        raise RefusedError(413, "The request is too large.", f"A body has at most {MAX_BODY} bytes.")


async def read_body(request: Request) -> bytes:
    """Read the body, up to the limit."""
    content = bytearray()
    async for chunk in request.stream():
        content.extend(chunk)
        check_length(str(len(content)))
    return bytes(content)
