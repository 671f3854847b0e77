"""When a failed call is retried, how long a call may take, and how many requests are sent in a second."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Collection
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import NoneType
from typing import Any

import attrs

from ._fork import reset_after_fork
from .errors import ConfigurationError, check_given

_MARGIN = 0.1  # seconds within which a request that was written reaches the server; the last tenth of the rate


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_positive(value: Any) -> bool:
    return _is_number(value) and 0 < value < float("inf")


def _check_timeout(name: str, value: object) -> None:
    if not _is_positive(value):
        wanted = "a number of seconds over 0"
        raise ConfigurationError(f"a timeout is {wanted}, not {name}={value!r}; there is no call without a limit")


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """Which failures of a call are retried, and how.

    GetTickets only reads, so retrying it is safe. Waits grow exponentially with full jitter: a random time between 0
    and `base * 2 ** n` seconds, at most `cap`. A server's Retry-After is waited for instead, up to `max_retry_after`.

    Args:
        attempts: How often a request is sent at most; 1 never retries it.
        budget: Seconds since the first attempt after which no other begins.
        base: Seconds that the first wait may take.
        cap: Seconds that any wait may take.
        max_retry_after: The longest Retry-After that is waited for; a longer one is an error at once.
        statuses: HTTP statuses that are retried. Connection errors and timeouts always are.

    >>> RetryPolicy(attempts=1)
    RetryPolicy(attempts=1, budget=60.0, base=0.5, cap=20.0, max_retry_after=60.0, statuses=frozenset({...}))
    """

    attempts: int = 4
    budget: float = 60.0
    base: float = 0.5
    cap: float = 20.0
    max_retry_after: float = 60.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})

    def __attrs_post_init__(self) -> None:
        if type(self.attempts) is not int or self.attempts < 1:
            told = "with one, retries=1, it is never retried"
            raise ConfigurationError(f"a call takes at least one attempt, not {self.attempts!r}; {told}")
        for name in ("budget", "base", "cap", "max_retry_after"):
            if not (_is_number(value := getattr(self, name)) and value >= 0):
                raise ConfigurationError(f"RetryPolicy takes no negative seconds, not {name}={value!r}")
        check_given(Collection, "HTTP statuses, such as {503}", statuses=self.statuses)
        for status in self.statuses:
            check_given(int, "HTTP statuses, such as {503}", statuses=status)

    def wait(self, attempt: int, retry_after: float | None) -> float | None:
        """Return the seconds to wait after an attempt, None where it is not retried."""
        if attempt >= self.attempts:
            return None
        if retry_after is not None:
            return retry_after if retry_after <= self.max_retry_after else None
        growth = 2 ** min(attempt - 1, 60)  # past every cap, and still a float
        return random.uniform(0, min(self.cap, self.base * growth))  # noqa: S311 - jitter, no secret


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, seconds or a date; None where there is none that can be read.

    >>> parse_retry_after("3"), parse_retry_after("soon")
    (3.0, None)
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # HTTP's dates are in UTC, named or not
        return max(0.0, zoned.timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


@attrs.frozen(kw_only=True)
class Timeout:
    """How many seconds each step of a call, and the whole of it, may take. There is always a limit.

    `total` covers every attempt and the waits between them, but not the time a call waits for its turn (see
    `calls_per_second` and `max_concurrency`). `Timeout.of(5)` is what `timeout=5` means: 5 seconds in all.

    >>> Timeout(connect=5, total=60).read
    30.0
    >>> Timeout.of(5).total
    5
    """

    connect: float = 10.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 30.0
    total: float = 120.0

    def __attrs_post_init__(self) -> None:
        for name, value in attrs.asdict(self).items():
            _check_timeout(name, value)

    @classmethod
    def of(cls, value: Any) -> Timeout:
        """Return a Timeout from a number of seconds for the whole call, or a Timeout as it is."""
        if isinstance(value, Timeout):
            return value
        if type(value) not in (bool, int, float, str, NoneType):  # such as the Timeout of another package
            raise ConfigurationError(f"timeout= takes a number of seconds or a superoffice.Timeout, not {value!r}")
        _check_timeout("timeout", value)
        return cls(connect=value, read=value, write=value, pool=value, total=value)


class Turn:
    """A request's place among those of one second, until the server no longer counts it."""

    __slots__ = ("_window", "ends")

    def __init__(self, window: float, ends: float) -> None:
        self._window = window
        self.ends = ends

    def sent(self) -> None:
        """Note that the request was written, or may have been: it arrives within the margin."""
        self.ends = min(self.ends, time.monotonic() + self._window + _MARGIN)

    def responded(self) -> None:
        """Note that a response came: the request arrived before it."""
        self.ends = min(self.ends, time.monotonic() + self._window)


class RateLimiter:
    """At most N requests in any second, as the server counts them, over all threads and tasks of this process.

    A server counts a request when it arrives, which the client does not see: after it was written, and before the
    response. So a turn is taken before the request is written, and is free again one second after the response, or one
    second and a margin after the write, whichever is first. The limiter itself never sleeps.
    """

    def __init__(self, calls_per_second: float) -> None:
        if not _is_positive(calls_per_second):
            wanted = "a number over 0, or None for no limit"
            raise ConfigurationError(f"calls_per_second is {wanted}, not {calls_per_second!r}")
        self._count = max(1, int(calls_per_second))
        self._window = max(1.0, self._count / calls_per_second)  # a shorter one would let two windows into a second
        self.reset()
        reset_after_fork(self)

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
