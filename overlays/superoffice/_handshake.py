"""Closes a connection whose TLS handshake is cancelled: httpcore closes it for errors alone."""

from __future__ import annotations

from typing import Any


class SafeNetwork:
    """An async network whose connections do not stay open after that."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **options: Any) -> _Stream:
        return _Stream(await self._inner.connect_tcp(*args, **options))


class _Stream:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def start_tls(self, *args: Any, **options: Any) -> _Stream:
        try:
            return _Stream(await self._inner.start_tls(*args, **options))
        except BaseException:
            import anyio

            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
