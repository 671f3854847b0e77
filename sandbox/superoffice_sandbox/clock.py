"""The sandbox's own clock, which can be moved; nothing else on the machine notices."""

from __future__ import annotations

import threading
import time
from typing import Final

from .behaviour import check_number

_FURTHEST: Final = 100 * 365 * 86_400.0


class Clock:
    """The machine's time, and what a test adds to it.

    `forward` lets time go by for what was issued: tokens, tickets, codes and sessions age. What a caller compares with
    a clock of its own stays right meanwhile: the times in signed tokens, how long a state is valid, the minute of a
    signed system token. `skew` sets that wrong, as on a server whose clock is.

    >>> clock = Clock()
    >>> before = clock.now()
    >>> clock.forward(hours=7)
    >>> clock.now() - before >= 7 * 3600
    True
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._skew = 0.0

    def now(self) -> float:
        """By which what was issued expires, in seconds since 1970 (UTC)."""
        return time.time() + self._ahead

    def shown(self) -> float:
        """What the sandbox tells callers, in seconds since 1970 (UTC)."""
        return time.time() + self._skew

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let so much time go by.

        Raises:
            ValueError: Less than none, or more than a hundred years in all.
        """
        for name, value in (("days", days), ("hours", hours), ("minutes", minutes), ("seconds", seconds)):
            check_number(name, value)
        ahead = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        with self._lock:
            if not 0 <= ahead <= _FURTHEST - self._ahead:
                raise ValueError(f"time goes forward, by a hundred years at most (got {ahead} s)")
            self._ahead += ahead

    def skew(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Be so much fast, or slow where it is negative, in what callers are told; `skew()` is right again.

        Raises:
            ValueError: More than a hundred years.
        """
        for name, value in (("hours", hours), ("minutes", minutes), ("seconds", seconds)):
            check_number(name, value)
        skew = (hours * 60 + minutes) * 60 + seconds
        if not abs(skew) <= _FURTHEST:
            raise ValueError(f"a clock is a hundred years off at most (got {skew} s)")
        self._skew = skew
