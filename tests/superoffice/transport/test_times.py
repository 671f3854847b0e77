"""Timeouts, budgets and waits of a call, over real connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from superoffice import (
    APITimeoutError,
    ConnectionBrokenError,
    InternalServerError,
    RateLimitError,
    RetryPolicy,
    SuperOffice,
    Timeout,
)

from ...support.faults import (
    Faults,
    blackhole,
    delays,
    fine,
    sends,
    status,
)

QUICK = RetryPolicy(retries=2, base=0.01, cap=0.02)


def test_the_total_time_is_not_outlived_by_repetitions(get_many: Callable[..., Any]) -> None:
    endless = RetryPolicy(retries=9998, base=0.2, cap=0.2)
    with Faults(status(503)) as server:
        begun = time.monotonic()
        # The last attempt may be answered, or may be cut short by the end of the time.
        with pytest.raises((InternalServerError, APITimeoutError)) as caught:
            get_many(server.site, [1], {}, calls_per_second=None, timeout=2, retries=endless)
        assert time.monotonic() - begun < 10
        assert 1 < caught.value.attempts < 500


def test_the_budget_is_not_outlived(get_many: Callable[..., Any]) -> None:
    with Faults(sends(then="close")) as server:
        begun = time.monotonic()
        retries = RetryPolicy(retries=9998, base=0.2, cap=0.2, budget=2)
        with pytest.raises(ConnectionBrokenError) as caught:
            get_many(server.site, [1], {}, calls_per_second=None, retries=retries)
        assert time.monotonic() - begun < 10
        assert 1 < caught.value.attempts < 500


def test_several_timeouts_share_one_total(get_many: Callable[..., Any]) -> None:
    with Faults(blackhole()) as server:
        begun = time.monotonic()
        with pytest.raises(APITimeoutError) as caught:
            get_many(server.site, [1], {}, timeout=Timeout(read=0.3, total=2), retries=attrs.evolve(QUICK, retries=49))
        assert time.monotonic() - begun < 10
        assert 1 < caught.value.attempts <= 7


def test_retry_after_is_waited_for(get_many: Callable[..., Any]) -> None:
    with Faults(status(429, "Retry-After: 1"), fine()) as server:
        get_many(server.site, [1], {}, retries=QUICK)
        first, second = server.arrivals
    assert second - first >= 0.9  # 1 s, less what clocks may differ


def test_a_longer_retry_after_than_allowed_is_on_the_error(get_many: Callable[..., Any]) -> None:
    with Faults(status(429, "Retry-After: 3"), fine()) as server:
        with pytest.raises(RateLimitError) as caught:
            get_many(server.site, [1], {"retries": RetryPolicy(max_retry_after=2)})
        assert (caught.value.retry_after, caught.value.attempts) == (3.0, 1)


@pytest.mark.parametrize("off", [0, RetryPolicy(retries=0)])
def test_retries_are_set_per_call(off: Any, get_many: Callable[..., Any]) -> None:
    with Faults(status(503), fine()) as server:
        with pytest.raises(InternalServerError):
            get_many(server.site, [1], {"retries": off}, retries=QUICK)
        assert len(server.seen) == 1
    with Faults(status(503), fine()) as server:
        assert len(get_many(server.site, [1, 2], {"retries": QUICK}, retries=0)) == 2


def test_timeouts_are_set_per_call(get_many: Callable[..., Any]) -> None:
    with Faults(blackhole()) as server, pytest.raises(APITimeoutError):
        get_many(server.site, [1], {"timeout": 0.2}, timeout=300)


def test_waiting_for_a_turn_is_neither_slow_nor_part_of_the_timeout() -> None:
    slow: list[object] = []
    from superoffice import Hooks

    with Faults(delays(0.6)) as server:
        options = {"calls_per_second": None, "max_concurrency": 1, "timeout": 2.5, "retries": 0}
        with SuperOffice(server.site, hooks=Hooks(after=lambda event: slow.append(event.elapsed)), **options) as client:
            threads = [threading.Thread(target=client.tickets.get_many, args=([1, 2],)) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert len(slow) == 6  # the last one waited 3 s for the others
    assert all(isinstance(took, float) and took < 2.5 for took in slow)
