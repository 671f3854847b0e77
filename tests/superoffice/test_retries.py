"""The settings of limits, by themselves: which waits, times and moments they give, on a clock of the test's own."""

from __future__ import annotations

import itertools
import time
from bisect import bisect
from collections.abc import Callable, Generator
from email.utils import formatdate
from heapq import heappop, heappush
from random import Random
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from superoffice import ConfigurationError, RetryPolicy, SuperOffice, Timeout
from superoffice.retries import RateLimiter, Turn, parse_retry_after

SITE = "https://crm.example.com"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a clock that the limits read; only theirs: the sandbox that the tests share runs in this process too."""
    clock = SimpleNamespace(now=100.0, monotonic=lambda: clock.now, time=time.time)
    monkeypatch.setattr("superoffice.retries.time", clock)
    return clock


def counted(
    limiter: RateLimiter, clock: Any, requests: int, workers: int, steps: Callable[[], tuple[float, float, float]]
) -> list[float]:
    """Send requests by N workers, and return when the server counts each.

    `steps` gives a request's seconds until it is written, from there until it arrives, and from there to the response.
    """
    arrivals: list[float] = []

    def worker() -> Generator[float]:
        while len(arrivals) < requests:
            if not isinstance(turn := limiter.take(30), Turn):
                yield turn
                continue
            connected, on_the_way, answered = steps()
            yield connected
            turn.sent()
            arrivals.append(clock.now + on_the_way)
            yield on_the_way + answered
            turn.responded()
            turn.sent()  # as the senders do, whatever became of it

    waiting = [(clock.now, number, worker()) for number in range(workers)]
    for number in itertools.count(workers):
        if not waiting:
            return sorted(arrivals)
        clock.now, _, going = heappop(waiting)
        if (wait := next(going, None)) is not None:
            heappush(waiting, (clock.now + wait, number, going))
    raise AssertionError


def most_in_a_second(arrivals: list[float]) -> int:
    return max(bisect(arrivals, moment + 1 - 1e-6) - number for number, moment in enumerate(arrivals))


@pytest.mark.parametrize("rate", [0.4, 1, 2, 2.5, 10, 25])
@pytest.mark.parametrize("workers", [1, 8, 40])
@pytest.mark.parametrize("connecting", [0.0, 0.005, 0.4, 3.0])
@pytest.mark.parametrize("answering", [0.001, 0.05, 0.3, 2.5])
def test_no_second_of_the_server_has_more_requests_than_the_rate(
    clock: SimpleNamespace, rate: float, workers: int, connecting: float, answering: float
) -> None:
    chance = Random(f"{rate} {workers} {connecting} {answering}")  # noqa: S311 - the same in every run
    jitter = 0.02

    def steps() -> tuple[float, float, float]:
        # Each third request sets a connection up; what is on the way varies, and so does the server.
        connect = chance.choice([0.0, 0.0, chance.uniform(0, connecting)])
        return connect, 0.03 + chance.uniform(0, jitter), chance.uniform(0, 2 * answering)

    arrivals = counted(RateLimiter(rate), clock, 150, workers, steps)
    assert most_in_a_second(arrivals) <= max(1, int(rate))


@pytest.mark.parametrize(("answering", "least"), [(0.005, 9.5), (0.05, 9.0), (0.7, 9.0)])
def test_nine_tenths_of_the_rate_are_used_after_a_starting_burst(
    clock: SimpleNamespace, answering: float, least: float
) -> None:
    chance = Random(7)  # noqa: S311 - the same in every run
    arrivals = counted(RateLimiter(10), clock, 300, 16, lambda: (0.0, 0.02 * chance.random(), answering))
    assert arrivals[9] - arrivals[0] <= 0.02
    assert most_in_a_second(arrivals) == 10
    assert 290 / (arrivals[-1] - arrivals[9]) >= least


@pytest.mark.parametrize(
    ("rate", "asked", "begun"),
    [
        (1, [0, 0, 0, 0], [0, 1, 2, 3]),
        (2, [0, 0, 0, 0, 0], [0, 0, 1, 1, 2]),
        (2, [0, 0.75, 0.75, 0.75], [0, 0.75, 1, 1.75]),
        (2, [0, 0, 5, 5, 5, 5], [0, 0, 5, 5, 6, 6]),  # what was left unused is not made up for
        (2, [0, 1, 2, 3], [0, 1, 2, 3]),
        (0.5, [0, 0, 0], [0, 2, 4]),
        (0.25, [0, 1], [0, 4]),
        (1.5, [0, 0, 0], [0, 1, 2]),
        (2.5, [0, 0, 0, 0], [0, 0, 1, 1]),
        (10, [0] * 21, [0] * 10 + [1] * 10 + [2]),
    ],
)
def test_the_moments_of_a_rate(clock: SimpleNamespace, rate: float, asked: list[float], begun: list[float]) -> None:
    limiter, moments = RateLimiter(rate), list[float]()
    for moment in asked:
        clock.now = max(clock.now, 100.0 + moment)
        while not isinstance(turn := limiter.take(30), Turn):
            clock.now += turn
        turn.responded()
        moments.append(round(clock.now - 100.0, 9))
    assert moments == begun


def test_a_turn_comes_back_whatever_becomes_of_its_request(clock: SimpleNamespace) -> None:
    limiter = RateLimiter(1)
    assert isinstance(limiter.take(5), Turn)  # and nobody says what became of it
    for wait in (1.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        assert limiter.take(5) == wait
        clock.now += wait
    assert limiter.take(5) == pytest.approx(0.1)
    clock.now += 0.2
    turn = limiter.take(5)
    assert isinstance(turn, Turn)
    turn.sent()  # and broke off: it may still arrive
    clock.now += 1.05
    assert limiter.take(5) == pytest.approx(0.05)
    limiter.reset()  # a forked child's requests are its own
    assert isinstance(limiter.take(5), Turn)


@pytest.mark.parametrize("wrong", [0, -1, float("inf"), float("nan"), True, "10"])
def test_a_rate_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="None for no limit"):
        SuperOffice("https://x.example", calls_per_second=wrong)


def test_the_settings_that_nobody_gave() -> None:
    """As docs/guides/errors-and-retries.md and the classes' own words have them."""
    assert attrs.asdict(Timeout()) == {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0, "total": 120.0}
    assert attrs.asdict(Timeout.of(5)) == dict.fromkeys(("connect", "read", "write", "pool", "total"), 5)
    assert Timeout.of(0.001).total == 0.001
    assert attrs.asdict(RetryPolicy()) == {
        "attempts": 4,
        "budget": 60.0,
        "base": 0.5,
        "cap": 20.0,
        "max_retry_after": 60.0,
        "statuses": {429, 502, 503, 504},
    }
    with SuperOffice(SITE) as client, SuperOffice(SITE, retries=None, timeout=7) as other:
        assert (client._settings.timeout, client._settings.retries, client._settings.batch_size) == (
            Timeout(),
            RetryPolicy(),
            100,
        )
        assert (other._settings.timeout, other._settings.retries) == (Timeout.of(7), RetryPolicy(attempts=1))
        assert (client._sender.max_concurrency, client._sender._limit) == (8, 256 * 1024 * 1024)
        limiter = client._settings.limiter
        assert limiter is not None
        assert [isinstance(limiter.take(30), Turn) for _ in range(11)] == [True] * 10 + [False]


def test_settings_do_not_change() -> None:
    for setting, name in ((RetryPolicy(), "attempts"), (Timeout(), "total")):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(setting, name, 1)
        with pytest.raises(TypeError):
            type(setting)(1)  # type: ignore[misc] # by name only


@pytest.mark.parametrize("name", ["budget", "base", "cap", "max_retry_after"])
def test_no_time_for_repetitions_is_allowed(name: str) -> None:
    assert getattr(RetryPolicy(**{name: 0}), name) == 0


@pytest.mark.parametrize("name", ["connect", "read", "write", "pool", "total"])
@pytest.mark.parametrize("wrong", [0, -1, float("inf"), float("nan"), True, "5", None])
def test_every_step_has_a_limit(name: str, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="there is no call without a limit"):
        Timeout(**{name: wrong})


def test_jitter_stays_in_its_bounds() -> None:
    retries = RetryPolicy(attempts=12, base=0.5, cap=8.0)
    for attempt in range(1, 12):
        waits = [retries.wait(attempt, None) for _ in range(400)]
        ceiling = min(8.0, 0.5 * 2 ** (attempt - 1))
        assert all(wait is not None and 0 <= wait <= ceiling for wait in waits)
        assert max(wait or 0 for wait in waits) > ceiling * 0.9  # full jitter: it reaches up, and down
        assert min(wait or 0 for wait in waits) < ceiling * 0.1
    assert retries.wait(12, None) is None
    assert retries.wait(1, 60.0) == 60.0
    assert retries.wait(1, 60.1) is None
    assert retries.wait(12, 1.0) is None
    assert retries.wait(13, 1.0) is None


def test_waits_grow_by_doubling_and_never_past_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda least, most: (least, most))
    retries = RetryPolicy(attempts=5001)
    bounds = [retries.wait(attempt, None) for attempt in (1, 2, 3, 4, 5, 6, 7, 70, 1100, 5000)]
    assert bounds == [(0, most) for most in (0.5, 1, 2, 4, 8, 16, 20, 20, 20, 20)]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, None),
        (" 7 ", 7.0),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("\u0663", None),  # a digit, but no ASCII one
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("Mon, 01 Jan 0001 00:00:00", 0.0),
        ("Mon, 99 Jan 2001 00:00:00 GMT", None),
        ("Mon, 01 Jan 2001 00:00:00 +99999999999", None),
    ],
)
def test_retry_after_is_read(given: str | None, seconds: float | None) -> None:
    assert parse_retry_after(given) == seconds


def test_a_date_without_a_zone_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        seconds = parse_retry_after(formatdate(time.time() + 30))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert seconds is not None
    assert 20 < seconds <= 31


@pytest.mark.parametrize("name", ["budget", "base", "cap", "max_retry_after"])
@pytest.mark.parametrize("wrong", [-1, float("nan"), True, "5", None])
def test_times_of_retries_that_cannot_be_are_refused(name: str, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"no negative seconds, not {name}={wrong!r}$"):
        RetryPolicy(**{name: wrong})


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "3"])
def test_attempts_that_cannot_be_are_refused(wrong: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=f"at least one attempt, not {wrong!r}; with one, retries=1, it is never"
    ):
        RetryPolicy(attempts=wrong)
    with pytest.raises(ConfigurationError, match="at least one attempt"):
        SuperOffice(SITE, retries=wrong)


@pytest.mark.parametrize("wrong", [0, -1, float("inf"), float("nan"), True, "5"])
def test_there_is_no_call_without_a_time_limit(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"over 0, not timeout={wrong!r}; .* without a limit$"):
        SuperOffice("https://x.example", timeout=wrong)
    with pytest.raises(ConfigurationError, match=f"over 0, not total={wrong!r}; there is no call without a limit$"):
        Timeout(total=wrong)
