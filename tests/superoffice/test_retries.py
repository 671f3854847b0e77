"""The settings of limits, by themselves: which waits, times and moments they give, on a clock of the test's own."""

from __future__ import annotations

import time
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from superoffice import ConfigurationError, RetryPolicy, SuperOffice, Timeout
from superoffice.retries import parse_retry_after
from superoffice.transport.rate_limit import Turn

SITE = "https://crm.example.com"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a clock that the limits read; only theirs: the sandbox that the tests share runs in this process too."""
    clock = SimpleNamespace(now=100.0, monotonic=lambda: clock.now, time=time.time)
    monkeypatch.setattr("superoffice.retries.time", clock)
    return clock


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
    with pytest.raises(
        ConfigurationError, match=f"over 0 or a superoffice.Timeout, not {wrong!r}; .* without a limit$"
    ):
        SuperOffice("https://x.example", timeout=wrong)
    with pytest.raises(ConfigurationError, match=f"over 0, not total={wrong!r}; there is no call without a limit$"):
        Timeout(total=wrong)
