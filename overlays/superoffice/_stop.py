"""Ends calls that run in other threads, once nobody waits for them any more."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

LOOK = 0.05  # seconds between looks at the stop while a call waits for its turn or for another call


class StoppedError(Exception):
    """Raised inside a call that was stopped; its caller has left and does not see it."""


class Stop:
    """Tells calls in other threads to end: their waits end at once, and connections that they wait on are shut.

    A thread that is looking up a name or connecting goes on until that is done or has timed out: there is no connection
    yet that could be shut.
    """

    def __init__(self) -> None:
        self._told = threading.Event()
        self._lock = threading.Lock()
        self._waited_on: set[Any] = set()

    def set(self) -> None:
        """End the calls."""
        with self._lock:
            self._told.set()
            for connection in self._waited_on:
                with suppress(OSError):  # it is closed already
                    # The plain socket's own shutdown, which wakes its reader; that of TLS would also drop its state.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def check(self) -> None:
        """Raise `StoppedError` if told to end."""
        if self._told.is_set():
            raise StoppedError

    def wait(self, seconds: float) -> None:
        """Wait so long, or raise."""
        if self._told.wait(seconds):
            raise StoppedError

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

    @contextmanager
    def waiting_on(self, connection: Any) -> Generator[None]:
        """Have a socket shut if told to end while its data are waited for."""
        with self._lock:
            self.check()
            self._waited_on.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._waited_on.discard(connection)
