"""What httpcore's async connections lack: an end where a TLS handshake is cancelled, and a server's word on it.

With TLS 1.3 a server that refuses the handshake, for want of a client's certificate, says so when the client has made
it and writes already. asyncio and trio drop what has come as soon as a write fails, so that a new connection is
listened to first, and a request written in one piece.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

_LOOK: Final = 0.001  # seconds for which a new connection is listened to before it is written to


class SafeNetwork:
    """An async network of such connections."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **options: Any) -> _Stream:
        return _Stream(await self._inner.connect_tcp(*args, **options))


class _Stream:
    """Writes a request in one piece, when its answer is waited for."""

    def __init__(self, inner: Any, *, shaken: bool = False) -> None:
        self._inner = inner
        self._shaken = shaken  # whether the handshake was made just now
        self._unsent = b""
        self._ahead = b""
        self._timeout: float | None = None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        self._timeout = timeout

    async def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        if self._unsent:
            await self._send(max_bytes)
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        return await self._inner.read(max_bytes, timeout)

    async def _send(self, max_bytes: int) -> None:
        from httpcore import ReadTimeout, WriteError

        unsent, self._unsent = self._unsent, b""
        if self._shaken:
            self._shaken = False
            with suppress(ReadTimeout):
                self._ahead = await self._inner.read(max_bytes, _LOOK)
        with suppress(WriteError):  # as httpcore does: an answer may have come all the same
            await self._inner.write(unsent, self._timeout)

    async def start_tls(self, *args: Any, **options: Any) -> _Stream:
        try:
            return _Stream(await self._inner.start_tls(*args, **options), shaken=True)
        except BaseException:
            import anyio

            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
