"""An answer's body, within its largest size and the time that is left."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from superoffice_runtime import Response

from ._exchange import Outgoing
from ._http import PLACE
from .errors import CallTimeoutError, ConnectionBrokenError, ResponseTooLargeError, TransportError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("superoffice")
_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to say that a gzip header comes first
_READ: Final = frozenset({"gzip", "x-gzip", "deflate"})
# The other codings that there are. A name that is none, such as utf-8 or none, is ignored, as httpx ignores it.
_NOT_READ: Final = frozenset({"aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"})
_LAYERS: Final = 5  # of compression in one another; each costs time and memory
_BODILESS: Final = frozenset({204, 205})  # successes that have no body, whatever their headers say
_LOOK_THERE: Final = "look what answers in the server's place, such as a proxy; gzip is what was asked for"


class _Layer:
    """Undoes one layer of compression, and passes on what comes of it; no layer may grow past the limit."""

    def __init__(self, coding: str, passes_on: Callable[[bytes], None], room: Callable[[int], int]) -> None:
        self._coding = coding
        self._passes_on = passes_on
        self._room = room
        self._size = 0
        self._zlib: Any = None

    @property
    def ended(self) -> bool:
        """Whether its data came to their end."""
        return self._zlib is not None and bool(self._zlib.eof)

    def add(self, part: bytes) -> None:
        while part:
            if self._zlib is None or self._zlib.eof:  # a body may be several gzip files, one after the other
                self._zlib = zlib.decompressobj(_GZIP if self._coding != "deflate" else _deflated(part))
            found = self._zlib.decompress(part, self._room(self._size) + 1)
            self._size += len(found)
            self._room(self._size)
            self._passes_on(found)
            part = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail


def _deflated(first: bytes) -> int:
    """Tell the two kinds of deflate apart: with zlib's header, as the standard has it, and without, as some send it."""
    return zlib.MAX_WBITS if first[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS


class Body:
    """Collects an answer's body, within its largest size and the time that is left.

    It decompresses by itself: httpx would decompress all of what it has read at once, however much that becomes.
    """

    def __init__(self, out: Outgoing, limit: int, remaining: float) -> None:
        self._out = out
        self._limit = limit if out.largest is None else min(limit, out.largest)
        self._deadline = time.monotonic() + remaining
        self._answer: httpx.Response | None = None
        self._parts: list[bytes] = []
        self._came = False
        self._size = 0
        self._layers: list[_Layer] = []
        self._add: Callable[[bytes], None] = self._take

    def begin(self, answer: httpx.Response) -> None:
        """Note that the response came, and look at how the body is compressed."""
        if self._out.turn is not None:
            self._out.turn.answered()
        self._answer = answer
        if (place := answer.extensions.pop(PLACE, None)) is not None:
            answer.headers["location"] = place
        if answer.is_stream_consumed or "content-encoding" not in answer.headers:
            return  # a transport for tests has read it already, and decompressed it
        codings = [coding.strip().lower() for coding in answer.headers["content-encoding"].split(",")]
        if unread := next((coding for coding in codings if coding in _NOT_READ), None):
            raise self._not_read(f"as {unread!r}, which was not asked for")
        codings = [coding for coding in codings if coding in _READ]
        if len(codings) > _LAYERS:
            raise self._not_read(f"{len(codings)} times over")
        for coding in codings:  # in the order in which the server applied them
            self._layers.append(_Layer(coding, self._add, self._room))
            self._add = self._layers[-1].add

    def add(self, part: bytes) -> None:
        """Take the next part as it came."""
        if time.monotonic() > self._deadline:
            raise CallTimeoutError("the answer did not end within the time allowed", ids=self._out.ids)
        self._came = True
        try:
            self._add(part)
        except zlib.error as error:
            raise self._corrupt(str(error)) from None

    def _take(self, part: bytes) -> None:
        self._size += len(part)
        self._room(self._size)
        self._parts.append(part)

    def _room(self, size: int) -> int:
        """Return how many bytes more there may be; raises `ResponseTooLargeError` where there are too many."""
        if size > self._limit:
            raise ResponseTooLargeError(f"the answer grew past {self._limit:,} bytes", ids=self._out.ids)
        return self._limit - size

    def _corrupt(self, said: str) -> TransportError:
        return ConnectionBrokenError(f"the answer could not be decompressed: {said}", ids=self._out.ids)

    def _not_read(self, how: str) -> TransportError:
        error = ConnectionBrokenError(f"the answer came compressed {how}", ids=self._out.ids, advice=_LOOK_THERE)
        error.repeatable = False
        return error

    def whole(self, answer: httpx.Response) -> Response:
        """Return the answer with its whole body."""
        empty = not self._came and answer.status_code in _BODILESS
        if not empty and not all(layer.ended for layer in self._layers):
            raise self._corrupt("it was cut off")
        return self._response(answer)

    def failed(self, error: TransportError) -> Response | TransportError:
        """Return what an answer is whose body failed: one of a failure stays what its status says, whatever came."""
        if self._answer is None or self._answer.is_success:
            return error
        log.debug("the body of a %d was not read: %s", self._answer.status_code, error.args[0])
        return self._response(self._answer)

    def _response(self, answer: httpx.Response) -> Response:
        content = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return Response(answer.status_code, answer.headers, content)
