"""Collects the body of a response within its largest size and its time, and sees where the response ends. No I/O."""

from __future__ import annotations

import logging
import re
import ssl
import time
import zlib
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import attrs

from superoffice_runtime import Response

from .. import errors
from .attempts import PreparedRequest, Result, log

if TYPE_CHECKING:
    import httpx

_HTTPX_LOG: Final = logging.getLogger("httpx")
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_END: Final = b"0\r\n\r\n"  # of a body in chunks
_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to say that a gzip header comes first
_READ: Final = frozenset({"gzip", "x-gzip", "deflate"})
# The other codings that there are. A name that is not a coding, such as utf-8, is ignored, as httpx ignores it.
_NOT_READ: Final = frozenset({"aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"})
_PIECE: Final = 1024 * 1024  # bytes that are decompressed between looks at the time
_LAYERS: Final = 5  # of compression in one another; each costs time and memory
_BODILESS: Final = frozenset({204, 205})  # successes that have no body, whatever their headers say


class Framed:
    """A connection that notes where a response ends: httpcore takes what came with it for the response to the next."""

    def __init__(self) -> None:
        self._came = b""
        self._at = 0  # how much of that was handed on
        self._in_head = True
        self._is_http = False  # as what a SOCKS proxy says is not
        self._last = b""  # what was handed on last
        self._size = 0  # bytes that were handed on since the head

    def asks(self) -> None:
        """Note that a request is sent, which a head responds to."""
        self._in_head, self._is_http = True, False

    def begins_body(self) -> None:
        """Note that the head was read: the rest is the body."""
        self._in_head, self._last, self._size = False, b"", 0

    def ahead(self) -> bool:
        """Return whether something that came was not handed on yet."""
        return self._at < len(self._came)

    def hand_on(self, came: bytes | None = None) -> bytes:
        """Return what came, or what is left of it: a head to its end, and a body as it is."""
        if came is not None:
            self._came, self._at = came, 0
        part = self._came[self._at :] if self._at else self._came
        if self._in_head:
            self._is_http = self._is_http or b"HTTP/".startswith(part[:5])
            if self._is_http and (end := _BLANK_LINE.search(part)):
                part = part[: end.end()]
        self._at += len(part)
        self._last = part
        self._size += len(part)
        return part

    def has_more(self, size: int, tls: object, *, in_chunks: bool) -> bool:
        """Return whether more came than a response whose body has this many bytes on the wire; true where in doubt."""
        ends = self._last.endswith(_END) and b"HTTP/1" not in self._last if in_chunks else self._size == size
        if not ends or self.ahead():
            return True
        if isinstance(tls, ssl.SSLObject):  # who fills it empties the socket, which shows nothing of what it holds
            with suppress(ssl.SSLWantReadError):
                tls.read(1)
                return True
        return False


@attrs.define
class _Layer:
    coding: str
    zlib: Any = None  # once something came
    size: int = 0  # bytes that came of it


class Body:
    """Collects a response's body, within its largest size and the time that is left.

    It decompresses by itself: httpx would decompress all of what it has read at once, however much that becomes.
    """

    def __init__(self, out: PreparedRequest, limit: int) -> None:
        self.error: errors.APIConnectionError | None = None
        self._out = out
        self._limit = limit if out.largest is None else min(limit, out.largest)
        self._response: Any = None  # httpx's, once it came
        self._stream: Any = None  # the connection on which it came, if that is ours
        self._content = BytesIO()
        self._raw = 0  # bytes of the body on the wire
        self._layers: list[_Layer] = []  # in the order in which the server applied them

    @property
    def begun(self) -> bool:
        """True once a response has begun to come."""
        return self._response is not None

    def begin(self, response: httpx.Response) -> None:
        """Note that the response came, and look at how the body is compressed."""
        if self._out.cookies is not None:
            self._out.cookies[:] = response.headers.get_list("set-cookie")
        if self._out.turn is not None:
            self._out.turn.responded()
        self._response = response
        stream = response.extensions.get("network_stream")
        if isinstance(stream, Framed):
            self._stream = stream
            stream.begins_body()
        shown = response.http_version, response.status_code, response.reason_phrase
        _HTTPX_LOG.info('HTTP Request: %s %s "%s %d %s"', self._out.method, self._out.url, *shown)  # as its clients do
        encoding = response.headers.get("content-encoding")
        if encoding is None or response.is_stream_consumed or response.status_code in _BODILESS:
            return  # a transport for tests has read it already, and decompressed it
        codings = [coding.strip().lower() for coding in encoding.split(",")]
        self._layers = [_Layer(coding) for coding in codings if coding in _READ]
        odd = [f"as {coding!r}, which was not asked for" for coding in codings if coding in _NOT_READ]
        if len(self._layers) > _LAYERS:
            odd.append(f"{len(self._layers)} times over")
        if odd:
            error = self._broken(
                f"the response was compressed {odd[0]}", f"{errors.LOOK_THERE}; gzip is what was asked for"
            )
            error.repeatable = False
            raise error

    def add(self, part: bytes) -> None:
        """Take the next part as it came."""
        self._raw += len(part)
        try:
            self._take(part, len(self._layers))
        except zlib.error as error:
            raise self._broken(f"the response could not be decompressed: {error}") from None

    def end(self) -> None:
        """Raise `ConnectionBrokenError` where compressed data did not come to their end."""
        if not all(layer.zlib is not None and layer.zlib.eof for layer in self._layers):
            raise self._broken("the response could not be decompressed: it was cut off")

    def may_have_more(self) -> bool:
        """Return whether more than this response came, or may have come, on its connection."""
        if (stream := self._stream) is None:  # nothing was connected: what tests patch httpx with responded
            return False
        tls, in_chunks = stream.get_extra_info("ssl_object"), "transfer-encoding" in self._response.headers
        return bool(stream.has_more(self._raw, tls, in_chunks=in_chunks))

    def result(self) -> Result:
        """Return the response, or the error; a failure whose body failed too stays what its status says."""
        response = self._response
        if self.error is not None:
            if response is None or response.is_success:
                return self.error
            log.debug("the body of a %d was not read: %s", response.status_code, self.error.args[0])
        return Response(response.status_code, response.headers, self._content.getvalue())

    def _take(self, part: bytes, layers: int) -> None:
        if time.monotonic() > self._out.ends:
            raise errors.APITimeoutError("the response did not end within the time allowed", ids=self._out.ids)
        if not layers:
            self._checked(self._content.tell() + len(part))
            self._content.write(part)
            return
        layer = self._layers[layers - 1]
        found = b""
        while part or len(found) == _PIECE:  # the last piece may have been all that there was room for
            if layer.zlib is None or layer.zlib.eof:  # a body may be several gzip files, one after the other
                # The standard's deflate has a header, which some leave out.
                plain = zlib.MAX_WBITS if part[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS
                layer.zlib = zlib.decompressobj(plain if layer.coding == "deflate" else _GZIP)
            found = layer.zlib.decompress(part, _PIECE)
            layer.size = self._checked(layer.size + len(found))
            self._take(found, layers - 1)
            part = layer.zlib.unused_data if layer.zlib.eof else layer.zlib.unconsumed_tail
            if layer.zlib.eof:
                found = b""

    def _checked(self, size: int) -> int:
        if size > self._limit:
            raise errors.ResponseTooLargeError(f"the response grew past {self._limit:,} bytes", ids=self._out.ids)
        return size

    def _broken(self, what: str, advice: str | None = None) -> errors.APIConnectionError:
        return errors.ConnectionBrokenError(what, ids=self._out.ids, advice=advice)
