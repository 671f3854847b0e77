"""A value that many calls share: one call at a time makes a newer one while the others wait. No I/O."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextvars import ContextVar
from copy import copy
from typing import Any, Generic, TypeVar

from .._fork import reset_now_and_after_fork
from ..errors import APITimeoutError, ConfigurationError
from .attempts import Wait, log

T = TypeVar("T")
_MARGIN = 60.0  # seconds before its end in which a newer value is made, at most a tenth of its life
_PAUSE = 5.0  # seconds until making a newer value is tried again, where the old one still holds
_making: ContextVar[tuple[Future[None], ...]] = ContextVar("superoffice_making", default=())


class SingleFlight(Generic[T]):
    """A value, until when it holds, and who makes the next one. Safe to share between threads, event loops and clients.

    `expires_at` returns the end of a value's life in seconds since 1970, None where it is not known; it lives for
    `otherwise` then, and where it is over at once, by a clock that is not ours. `what` names it in messages.
    """

    def __init__(self, what: str, expires_at: Callable[[T], float | None], *, otherwise: float = float("inf")) -> None:
        self._what = what
        self._expires_at = expires_at
        self._otherwise = otherwise
        self.last: T | None = None  # the value that was made last, which may hold no more
        self._expires = self._fresh_until = 0.0
        self._failed: tuple[float, Exception] | None = None
        self._in_vain = float("-inf")  # when no other than the value was to be had
        reset_now_and_after_fork(self)

    def reset(self) -> None:
        """Take a new lock and wait for nobody, as a forked child must."""
        self._lock = threading.Lock()
        self._flight: Future[None] | None = None

    def newest(self, rejected: T | None) -> T | None:
        """Return the value, if there is one that holds and is another than the one that was rejected."""
        value = self.last
        return value if value is not rejected and time.time() < self._fresh_until else None

    def used(self, value: T, seconds: float) -> None:
        """Let a value live for this many seconds from now on."""
        with self._lock:
            if value is self.last:
                self._live_until(time.time() + seconds)

    def replace(self, old: T | None, new: T) -> bool:
        """Put a newer value in place of `old`; returns False where another was put there meanwhile."""
        with self._lock:
            if self.last is not old:
                return False
            self._store(new)
            return True

    def get(
        self, make: Callable[[T | None], Generator[Any, Any, T]], rejected: T | None, *, began: float, ends: float
    ) -> Generator[Any, Any, T]:
        """Return a value that holds, made by this call or by another; `rejected` itself where there is no other.

        `make` makes a value in place of the rejected one; what it yields is yielded on. `began` and `ends` are when the
        call began and has to end, on the monotonic clock: what has failed since it began fails it too.
        """
        while True:
            with self._lock:
                if (value := self.newest(rejected)) is not None:
                    return value
                if rejected is not None and rejected is self.last and self._in_vain >= began:
                    return rejected
                if self._failed is not None and self._failed[0] >= began:
                    raise _copied(self._failed[1])
                flight, leads = self._flight, self._flight is None
                if flight is None:
                    flight = self._flight = Future()
                    rejected = None if self.last is not None and self.last is not rejected else rejected
            if leads:
                return (yield from self._lead(flight, make, rejected, ends))
            if flight in _making.get():
                raise ConfigurationError(
                    f"what returns {self._what} makes a call that waits for it itself; sign that call in otherwise"
                )
            yield Wait(ends - time.monotonic(), flight)
            if not flight.done():
                raise APITimeoutError(f"{self._what} did not come within the time allowed")

    def _lead(
        self, flight: Future[None], make: Callable[[T | None], Generator[Any, Any, T]], rejected: T | None, ends: float
    ) -> Generator[Any, Any, T]:
        made: T | None = None  # where this call is cancelled or runs out of time: another takes over
        outer = _making.get()
        _making.set((*outer, flight))
        try:
            made = yield from make(rejected)
            return made
        except Exception as error:
            if time.monotonic() >= ends:  # it is this call's time that is over; the others may have more
                raise
            with self._lock:
                now = time.time()
                if rejected is not None or self.last is None or now >= self._expires:
                    self._failed = time.monotonic(), _copied(error)
                    raise
                made, self._fresh_until = self.last, min(self._expires, now + _PAUSE)
            log.warning("%s was not refreshed in advance, and will be tried again: %s", self._what, error)
            return made
        finally:
            _making.set(outer)
            with self._lock:
                self._flight = None
                if made is not None and made is rejected:
                    self._in_vain = time.monotonic()
                elif made is not None and made is not self.last:
                    self._store(made)
            flight.set_result(None)

    def _store(self, value: T) -> None:
        self.last, self._failed = value, None
        self._live_until(self._expires_at(value))

    def _live_until(self, expires: float | None) -> None:
        now = time.time()
        self._expires = expires if expires is not None and expires > now else now + self._otherwise
        self._fresh_until = self._expires - min(_MARGIN, (self._expires - now) / 10)


def _copied(error: Exception) -> Exception:
    """Return a copy of an error: raised by several threads, one would gather the stacks of all."""
    same = copy(error)
    same.__cause__ = error.__cause__
    return same
