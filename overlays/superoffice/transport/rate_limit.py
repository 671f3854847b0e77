"""How many requests are sent in a second."""

from __future__ import annotations

import threading
import time
from collections import deque

import attrs

from .._fork import reset_now_and_after_fork
from ..errors import ConfigurationError
from ..retries import is_positive

_MARGIN = 0.1  # seconds within which a request that was written reaches the server; the last tenth of the rate


@attrs.define(eq=False)
class Turn:
    """A request's place among those of one second, until the server no longer counts it."""

    _window: float
    ends: float

    def sent(self) -> None:
        """Note that the request was written, or may have been: it arrives within the margin."""
        self.ends = min(self.ends, time.monotonic() + self._window + _MARGIN)

    def responded(self) -> None:
        """Note that a response came: the request arrived before it."""
        self.ends = min(self.ends, time.monotonic() + self._window)


class RateLimiter:
    """At most N requests in any second, as the server counts them, over all threads and tasks of this process.

    A server counts a request when it arrives, which is between its writing and the response. So a turn is taken before
    the request is written, and is free again one second after the response, or one second and a margin after the write,
    whichever is first.
    """

    def __init__(self, calls_per_second: float) -> None:
        if not is_positive(calls_per_second):
            wanted = "a number over 0, or None for no limit"
            raise ConfigurationError(f"calls_per_second is {wanted}, not {calls_per_second!r}")
        self._count = max(1, int(calls_per_second))
        self._window = max(1.0, self._count / calls_per_second)  # a shorter one would let two windows into a second
        reset_now_and_after_fork(self)

    def reset(self) -> None:
        """Begin with every turn free, as a forked child must."""
        self._lock = threading.Lock()
        self._turns: deque[Turn] = deque()

    def take(self, longest: float) -> Turn | float:
        """Return a turn for a request, written within `longest` seconds, or the seconds until the next may be free."""
        with self._lock:
            now = time.monotonic()
            if len(self._turns) == self._count:
                first = min(self._turns, key=lambda turn: turn.ends)
                if first.ends > now:
                    return min(first.ends - now, self._window)  # a response may free a turn sooner, but not before that
                self._turns.remove(first)
            turn = Turn(self._window, now + longest + self._window + _MARGIN)
            self._turns.append(turn)
            return turn
