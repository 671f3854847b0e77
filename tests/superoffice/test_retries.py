"""The settings of limits, by themselves: which waits, times and moments they give, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import httpx
import numpy
import pytest

from superoffice import AsyncSuperOffice, ConfigurationError, InternalServerError, RetryPolicy, SuperOffice, Timeout
from superoffice.retries import parse_retry_after
from superoffice.transport.rate_limit import Turn

from ..support.faults import Faults, status

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
        "retries": 3,
        "budget": 60.0,
        "base": 0.5,
        "cap": 20.0,
        "max_retry_after": 60.0,
        "statuses": {429, 502, 503, 504},
    }
    with SuperOffice(SITE) as client, SuperOffice(SITE, retries=0, timeout=7) as other:
        assert (client._settings.timeout, client._settings.retries, client._settings.batch_size) == (
            Timeout(),
            RetryPolicy(),
            100,
        )
        assert (other._settings.timeout, other._settings.retries) == (Timeout.of(7), RetryPolicy(retries=0))
        assert (client._sender.max_concurrency, client._sender._limit) == (8, 256 * 1024 * 1024)
        limiter = client._settings.limiter
        assert limiter is not None
        assert [isinstance(limiter.take(30), Turn) for _ in range(11)] == [True] * 10 + [False]


def test_settings_do_not_change() -> None:
    for setting, name in ((RetryPolicy(), "retries"), (Timeout(), "total")):
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
    retries = RetryPolicy(retries=11, base=0.5, cap=8.0)
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
    retries = RetryPolicy(retries=5000)
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


@pytest.mark.parametrize("wrong", [-1, 2.5, 2.0, True, False, "3", None])
def test_a_number_of_retries_that_cannot_be_is_refused_with_what_to_give(wrong: Any) -> None:
    said = f"^retries={wrong!r} cannot be used; give how often a call is retried, 0 for never, or a superoffice"
    with SuperOffice(SITE) as client:
        makes: list[Callable[[], object]] = [
            lambda: RetryPolicy(retries=wrong),
            lambda: SuperOffice(SITE, retries=wrong),
            lambda: AsyncSuperOffice(SITE, retries=wrong),
            lambda: SuperOffice.from_env({"SUPEROFFICE_SITE": SITE}, retries=wrong),
        ]
        if wrong is not None:  # which inherits in a call, and in with_options
            makes += [lambda: client.with_options(retries=wrong), lambda: client.tickets.get(1, retries=wrong)]
        for make in makes:
            with pytest.raises(ConfigurationError, match=said):
                make()


@pytest.mark.parametrize("retries", [0, 2, RetryPolicy(retries=2, base=0)])
def test_retries_count_what_follows_the_first_attempt(retries: RetryPolicy | int, tmp_path: Path) -> None:
    """The number of attempts is one more, as with urllib3 and openai; the client's own and a call's alike."""
    attempts = 1 if retries == 0 else 3
    more: dict[str, Any] = {"calls_per_second": None, "timeout": 30}

    async def read_async(site: str) -> None:
        async with AsyncSuperOffice(site, retries=retries, **more) as client:
            await client.tickets.get(1)

    def read(client: SuperOffice) -> None:
        with client:
            client.tickets.get(1)

    def read_stream(client: SuperOffice) -> None:
        with client.tickets.stream([1], retries=retries) as tickets:
            list(tickets)

    with Faults(*[status(503)] * 4 * 7) as server, SuperOffice(server.site, retries=1, **more) as other:
        calls: list[Callable[[], object]] = [
            lambda: read(SuperOffice(server.site, retries=retries, **more)),
            lambda: asyncio.run(read_async(server.site)),
            lambda: read(SuperOffice.from_env({"SUPEROFFICE_SITE": server.site}, retries=retries, **more)),
            lambda: other.with_options(retries=retries).tickets.get(1),
            lambda: other.tickets.get(1, retries=retries),
            lambda: read_stream(other),
            lambda: other.tickets.export([1], tmp_path / "tickets.csv", retries=retries),
        ]
        for call in calls:
            before = len(server.seen)
            with pytest.raises(InternalServerError) as caught:
                call()
            assert (caught.value.attempts, len(server.seen) - before) == (attempts, attempts)


def test_none_as_a_calls_retries_inherits_the_clients() -> None:
    with Faults(status(503)) as server, SuperOffice(server.site, retries=1) as client:
        for call in (client, client.with_options(retries=None)):
            with pytest.raises(InternalServerError) as caught:
                call.tickets.get(1, retries=None)
            assert caught.value.attempts == 2


@pytest.mark.parametrize("wrong", [0, -1, float("inf"), float("nan"), True, "5"])
def test_there_is_no_call_without_a_time_limit(wrong: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=f"over 0 or a superoffice.Timeout, not {wrong!r}; .* without a limit$"
    ):
        SuperOffice("https://x.example", timeout=wrong)
    with pytest.raises(ConfigurationError, match=f"over 0, not total={wrong!r}; there is no call without a limit$"):
        Timeout(total=wrong)


@pytest.mark.parametrize(("wrong", "said"), [(httpx.Timeout(5), "httpx.Timeout("), (numpy.int64(5), "np.int64(5)")])
def test_another_timeout_is_refused_with_the_library_that_it_is_of(wrong: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"or a superoffice.Timeout, not {said}")):
        Timeout.of(wrong)


@pytest.mark.parametrize("wrong", [503, {"503"}, [429, None]])
def test_statuses_that_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^statuses=.* cannot be used; give HTTP statuses, such as \{503\}$"):
        RetryPolicy(statuses=wrong)
