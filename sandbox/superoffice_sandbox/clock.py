"""The sandbox's own clock, which can be moved; nothing else on the machine notices."""

from __future__ import annotations

import threading
import time
from typing import Final

from .behaviour import check_number

_FURTHEST: Final = 100 * 365 * 86_400.0


class Clock:
    """The machine's time, and what a test adds to it.

    `forward` moves the time by which tokens, session tickets, codes and sessions expire. Times that a client compares
    with its own clock stay right: those in signed tokens, how long a state is valid, the minute of a signed system
    token. `skew` makes these wrong, as on a server whose clock is.

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
        """Return the time by which tokens expire, in seconds since 1970 (UTC)."""
        return time.time() + self._ahead

    def shown(self) -> float:
        """Return the time that clients are told, in seconds since 1970 (UTC)."""
        return time.time() + self._skew

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move the time forward.

        Raises:
            ValueError: The time is negative, or more than 100 years in all.
        """
        for name, value in (("days", days), ("hours", hours), ("minutes", minutes), ("seconds", seconds)):
            check_number(name, value)
        ahead = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        with self._lock:
            if not 0 <= ahead <= _FURTHEST - self._ahead:
                raise ValueError(f"time moves forward, by at most 100 years in all (got {ahead} s)")
            self._ahead += ahead

    def skew(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Tell clients a time that is ahead, or behind if negative; `skew()` makes it right again.

        Raises:
            ValueError: It is more than 100 years.
        """
        for name, value in (("hours", hours), ("minutes", minutes), ("seconds", seconds)):
            check_number(name, value)
        skew = (hours * 60 + minutes) * 60 + seconds
        if not abs(skew) <= _FURTHEST:
            raise ValueError(f"a clock can be wrong by at most 100 years (got {skew} s)")
        self._skew = skew
