"""When a failed call is retried, and how long a call may take."""

from __future__ import annotations

import random
import time
from collections.abc import Collection
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import attrs

from .errors import ConfigurationError, check_given


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_positive(value: Any) -> bool:
    """Return whether something is a finite number over 0."""
    return _is_number(value) and 0 < value < float("inf")


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """Which failures of a call are retried, and how.

    GetTickets only reads, so retrying it is safe. After the first attempt it is retried at most `retries` times, and no
    more once `budget` seconds have passed. Waits grow exponentially with full jitter: a random time between 0 and
    `base * 2 ** n` seconds, at most `cap`. A server's Retry-After is waited for instead; one over `max_retry_after` is
    an error at once. The HTTP `statuses` are retried; connection errors and timeouts too, where that can help.

    >>> RetryPolicy(retries=0)
    RetryPolicy(retries=0, budget=60.0, base=0.5, cap=20.0, max_retry_after=60.0, statuses=frozenset({...}))
    """

    retries: int = 3
    budget: float = 60.0
    base: float = 0.5
    cap: float = 20.0
    max_retry_after: float = 60.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})

    def __attrs_post_init__(self) -> None:
        if type(self.retries) is not int or self.retries < 0:
            wanted = "how often a call is retried, 0 for never, or a superoffice.RetryPolicy"
            raise ConfigurationError(f"retries={self.retries!r} cannot be used; give {wanted}")
        for name in ("budget", "base", "cap", "max_retry_after"):
            if not (_is_number(value := getattr(self, name)) and value >= 0):
                raise ConfigurationError(f"RetryPolicy takes no negative seconds, not {name}={value!r}")
        check_given(Collection, "HTTP statuses, such as {503}", statuses=self.statuses)
        for status in self.statuses:
            check_given(int, "HTTP statuses, such as {503}", statuses=status)

    def wait(self, attempt: int, retry_after: float | None) -> float | None:
        """Return the seconds to wait after an attempt, None where it is not retried."""
        if attempt > self.retries:
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
    text = (value or "").strip()
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
            if not is_positive(value):
                wanted = f"a number of seconds over 0, not {name}={value!r}"
                raise ConfigurationError(f"a timeout is {wanted}; there is no call without a limit")

    @classmethod
    def of(cls, value: Any) -> Timeout:
        """Return a Timeout from a number of seconds for the whole call, or a Timeout as it is."""
        if isinstance(value, Timeout):
            return value
        if not is_positive(value):
            owner = "httpx." if type(value).__module__ == "httpx" else ""  # whose Timeout has no limit for the whole
            wanted = f"a number of seconds over 0 or a superoffice.Timeout, not {owner}{value!r}"
            raise ConfigurationError(f"timeout= takes {wanted}; there is no call without a limit")
        return cls(connect=value, read=value, write=value, pool=value, total=value)
