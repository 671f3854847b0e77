"""Holds a sync call to its total time, and lets another thread end it.

httpx bounds each read from a connection, not their sum, so a server that drips could stretch a call without end.
"""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from ._http import lay_over
from ._stop import Stop

if TYPE_CHECKING:
    import httpx

_LEAST = 0.001  # a socket takes 0 for "do not wait at all", which is another error than a timeout


class Clock(threading.local):
    """When the call that this thread makes has to end."""

    ends = float("inf")
    stop: Stop | None = None

    def left(self, timeout: float | None) -> float:
        """Shorten a step's timeout to what is left of the call."""
        left = max(self.ends - time.monotonic(), _LEAST)
        return left if timeout is None else min(timeout, left)

    def watched(self, stream: Any) -> AbstractContextManager[None]:
        """Let the call's stop, if it has one, end what waits on a connection."""
        return nullcontext() if self.stop is None else self.stop.waiting_on(stream.get_extra_info("socket"))


class _Stream:
    def __init__(self, inner: Any, clock: Clock, stop: Stop) -> None:
        self._inner = inner
        self._clock = clock
        self._stop = stop

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        with self._clock.watched(self._inner):
            return self._inner.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._clock.watched(self._inner):
            self._inner.write(buffer, self._clock.left(timeout))

    def start_tls(self, *args: Any, timeout: float | None = None, **options: Any) -> _Stream:
        inner = self._inner.start_tls(*args, timeout=self._clock.left(timeout), **options)
        return _Stream(_watched(inner, self._stop), self._clock, self._stop)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Network:
    def __init__(self, inner: Any, clock: Clock, stop: Stop) -> None:
        self._inner = inner
        self._clock = clock
        self._stop = stop

    def connect_tcp(self, *args: Any, timeout: float | None = None, **options: Any) -> _Stream:
        inner = self._inner.connect_tcp(*args, timeout=self._clock.left(timeout), **options)
        return _Stream(_watched(inner, self._stop), self._clock, self._stop)


def _watched(inner: Any, stop: Stop) -> Any:
    """Have a new connection shut once the client is closed; where that is so already it is closed at once."""
    try:
        stop.watch(inner.get_extra_info("socket"))
    except BaseException:
        inner.close()
        raise
    return inner


def hold(client: httpx.Client, clock: Clock, stop: Stop) -> None:
    """Have every connection of a client keep to the clock and to the stop.

    Where httpx changes, the limits of the steps still hold.
    """
    lay_over(client, lambda network: _Network(network, clock, stop))
