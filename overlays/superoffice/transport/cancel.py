"""Ends calls that run in other threads, once nobody waits for them any more."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

LOOK = 0.05  # seconds between looks at the stop while a call waits for its turn or for another call


class StoppedError(Exception):
    """Raised inside a call that was stopped; its caller has left and does not see it."""


class CancelToken:
    """Ends calls in other threads: their waits end at once, and connections that they wait on are shut.

    A thread that looks up a name or connects continues until that is done or has timed out: there is no connection yet
    that could be shut. `also` is called at each look, and raises where something else has ended the calls.
    """

    def __init__(self, also: Callable[[], None]) -> None:
        self._also = also
        self._told = threading.Event()
        self._lock = threading.Lock()
        self._connections: WeakSet[Any] = WeakSet()

    def set(self) -> None:
        """End the calls."""
        with self._lock:
            self._told.set()
            for connection in self._connections:
                with suppress(OSError):  # it is closed already
                    # The plain socket's own shutdown, which wakes its reader; that of TLS would also drop its state.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def check(self) -> None:
        """Raise `StoppedError` if told to end."""
        self._also()
        if self._told.is_set():
            raise StoppedError

    def wait(self, seconds: float) -> None:
        """Wait for this many seconds, or raise."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self.check()
            self._told.wait(min(left, LOOK))
        self.check()

    @contextmanager
    def turn(self, slots: threading.Semaphore) -> Generator[None]:
        """Take a slot, or raise while it is waited for."""
        self.check()
        while not slots.acquire(timeout=LOOK):
            self.check()
        try:
            yield
        finally:
            slots.release()

    def watch(self, connection: Any) -> None:
        """Have a socket shut if told to end while it is open, or raise."""
        with self._lock:
            self.check()
            self._connections.add(connection)

    @contextmanager
    def waiting_on(self, connection: Any) -> Generator[None]:
        """Have a socket shut if told to end while its data are waited for."""
        self.watch(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)
