"""How many requests a server counts in a second, on a clock of the test's own."""

from __future__ import annotations

import itertools
import time
from bisect import bisect
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from superoffice import ConfigurationError, SuperOffice
from superoffice.transport.rate_limit import RateLimiter, Turn

SITE = "https://crm.example.com"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a clock that the limits read; only theirs: the sandbox that the tests share runs in this process too."""
    clock = SimpleNamespace(now=100.0, monotonic=lambda: clock.now, time=time.time)
    monkeypatch.setattr("superoffice.transport.rate_limit.time", clock)
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
