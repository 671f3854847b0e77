"""Ends calls that run in other threads, once nobody waits for them any more."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

_LOOK = 0.05  # seconds between looks at the token while a call waits for its turn or for another call


class StoppedError(Exception):
    """Raised inside a call that was stopped; its caller has left and does not see it."""


def shut(connection: Any) -> None:
    """Shut a socket, which wakes the thread that waits for it."""
    with suppress(OSError):  # it is closed already
        # The plain socket's own shutdown; that of TLS would also drop its state.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class CancelToken:
    """Ends calls in other threads: their waits, and the connections on which they wait, which are shut.

    A thread that connects continues until that is done or has timed out: there is no connection yet that could be shut.
    `also` is called at each look, and raises where something else has ended the calls.
    """

    def __init__(self, also: Callable[[], None]) -> None:
        self._also = also
        self._set = False
        self._lock = threading.Lock()
        self._connections: WeakSet[Any] = WeakSet()

    def set(self) -> None:
        """End the calls."""
        with self._lock:
            self._set = True
            for connection in self._connections:
                shut(connection)

    def check(self) -> None:
        """Raise if the calls were ended."""
        self._also()
        if self._set:
            raise StoppedError

    def wait(self, seconds: float, until: Callable[[float], object] = time.sleep) -> None:
        """Wait for some seconds, or until a function returns true, which waits for the seconds that it is given."""
        ends = time.monotonic() + seconds
        self.check()
        while (left := ends - time.monotonic()) > 0 and not until(min(left, _LOOK)):
            self.check()

    def watch(self, connection: Any) -> None:
        """Have a socket shut when the calls are ended, for as long as it is open."""
        with self._lock:
            self.check()
            self._connections.add(connection)

    @contextmanager
    def waiting_on(self, connection: Any) -> Generator[None]:
        """Have a socket shut when the calls are ended while its data are waited for."""
        self.watch(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)
