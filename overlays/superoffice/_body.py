"""An answer's body, within its largest size and the time that is left."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Any, Final

from ._exchange import Outgoing
from .errors import CallTimeoutError, ConnectionBrokenError, ResponseTooLargeError, TransportError

if TYPE_CHECKING:
    import httpx

_SHOWN: Final = 300  # characters of what a server sent
_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to say that a gzip header comes first


class Body:
    """Collects an answer's body, within its largest size and the time that is left.

    It decompresses by itself: httpx would decompress all of what it has read at once, however much that becomes.
    """

    def __init__(self, out: Outgoing, limit: int, remaining: float) -> None:
        self._out = out
        self._limit = limit if out.largest is None else min(limit, out.largest)
        self._deadline = time.monotonic() + remaining
        self._parts: list[bytes] = []
        self._size = 0
        self._gzip: Any = None

    def begin(self, answer: httpx.Response) -> None:
        """Look at how the body is compressed."""
        coding = answer.headers.get("content-encoding", "identity").strip().lower()
        if answer.is_stream_consumed or coding in ("identity", ""):
            return  # a transport for tests has read it already, and decompressed it
        if coding not in ("gzip", "x-gzip"):
            coding = self._out.cleaner()(coding)[:_SHOWN]
            error = ConnectionBrokenError(f"the answer came compressed as {coding!r}, not gzip", ids=self._out.ids)
            error.repeatable = False
            raise error
        self._gzip = zlib.decompressobj(_GZIP)

    def add(self, part: bytes) -> None:
        """Take the next part as it came."""
        if time.monotonic() > self._deadline:
            raise CallTimeoutError("the answer did not end within the time allowed", ids=self._out.ids)
        if self._gzip is None:
            self._take(part)
        else:
            try:
                self._decompress(part)
            except zlib.error as error:
                raise self._corrupt(str(error)) from None

    def _decompress(self, part: bytes) -> None:
        while part:
            if self._gzip.eof:  # a body may be several gzip files, one after the other
                self._gzip = zlib.decompressobj(_GZIP)
            self._take(self._gzip.decompress(part, self._limit - self._size + 1))
            part = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail

    def _take(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise ResponseTooLargeError(f"the answer grew past {self._limit:,} bytes", ids=self._out.ids)
        self._parts.append(part)

    def _corrupt(self, said: str) -> TransportError:
        return ConnectionBrokenError(f"the answer could not be decompressed: {said}", ids=self._out.ids)

    def whole(self) -> bytes:
        """Give the whole body."""
        if self._gzip is not None and not self._gzip.eof:
            raise self._corrupt("it was cut off")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
