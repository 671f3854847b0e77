"""A value that is made once for all that wait, step by step, on clocks of the test's own and without I/O."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from superoffice import APITimeoutError, ConfigurationError, SignInError
from superoffice.transport import single_flight as _once
from superoffice.transport.attempts import Wait
from superoffice.transport.single_flight import SingleFlight


@attrs.frozen(eq=False)
class Value:
    name: str
    expires: float | None = None


class Maker:
    """Makes values, one `yield` each, and remembers what was rejected."""

    def __init__(self, *given: Value | Exception | None) -> None:
        self._given = iter(given)
        self.rejected: list[Value | None] = []

    def __call__(self, rejected: Value | None) -> Generator[Any, Any, Value]:
        self.rejected.append(rejected)
        yield "step"
        made = next(self._given)
        if isinstance(made, Exception):
            raise made
        if made is None:
            assert rejected is not None
            return rejected
        return made


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_once, "time", SimpleNamespace(time=clock, monotonic=clock))
    return clock


def once(**options: Any) -> SingleFlight[Value]:
    return SingleFlight("the value", lambda value: value.expires, **options)


class Getting:
    """A call that gets the value, step by step."""

    def __init__(
        self,
        of: SingleFlight[Value],
        maker: Maker,
        rejected: Value | None = None,
        *,
        began: float = 1000.0,
        ends: float = 2000.0,
    ) -> None:
        self._steps = of.get(maker, rejected, began=began, ends=ends)
        self._context = contextvars.copy_context()
        self.value: Value | None = None

    def go(self) -> Any:
        """Do the next step; gives it, or None once the value is there."""
        try:
            return self._context.run(next, self._steps)
        except StopIteration as end:
            self.value = end.value
            return None

    def all(self) -> Value:
        while self.go() is not None:
            pass
        assert self.value is not None
        return self.value

    def leave(self) -> None:
        self._context.run(self._steps.close)


A, B, C = Value("a"), Value("b"), Value("c")


def test_one_makes_it_and_the_others_wait(clock: Clock) -> None:
    of, maker = once(), Maker(A)
    leader, others = Getting(of, maker), [Getting(of, maker) for _ in range(3)]
    assert leader.go() == "step"
    holds = [other.go() for other in others]
    assert [(type(hold), hold.seconds) for hold in holds] == [(Wait, 1000.0)] * 3
    assert leader.all() is A
    assert [other.all() for other in others] == [A, A, A]
    assert Getting(of, maker).all() is A
    assert (maker.rejected, of.last) == ([None], A)


def test_a_rejected_one_is_replaced_once_and_later_rejections_take_the_newer(clock: Clock) -> None:
    of, maker = once(), Maker(A, B)
    Getting(of, maker).all()
    assert [Getting(of, maker, A).all() for _ in range(3)] == [B, B, B]
    assert maker.rejected == [None, A]


def test_a_newer_one_that_ends_soon_is_made_anew_and_not_called_rejected(clock: Clock) -> None:
    of, maker = once(), Maker(A, Value("short", 1100.0), B)
    Getting(of, maker).all()
    Getting(of, maker, A).all()
    clock.now = 1095.0
    assert Getting(of, maker, A).all() is B
    assert maker.rejected == [None, A, None]


def test_a_failure_fails_who_had_begun_and_the_next_tries_again(clock: Clock) -> None:
    of, failure = once(), SignInError("no", ids=[1])
    failure.__cause__ = OSError("why")
    maker = Maker(failure, A)
    leader, waiting, late = (Getting(of, maker) for _ in range(3))
    leader.go(), waiting.go()
    for call in (leader, waiting, late):
        with pytest.raises(SignInError, match="no") as caught:
            call.all()
        assert (caught.value is failure) == (call is leader)
        assert caught.value.__cause__ is failure.__cause__
    clock.now = 1001.0
    assert Getting(of, maker, began=1001.0).all() is A
    assert Getting(of, maker).all() is A


def test_one_that_cannot_be_replaced_is_given_back_to_all_that_had_begun(clock: Clock) -> None:
    of, maker = once(), Maker(A, None, None)
    Getting(of, maker).all()
    leader, waiting = Getting(of, maker, A), Getting(of, maker, A)
    leader.go(), waiting.go()
    assert (leader.all(), waiting.all(), Getting(of, maker, A).all()) == (A, A, A)
    assert len(maker.rejected) == 2
    clock.now = 1001.0
    assert Getting(of, maker, A, began=1001.0).all() is A  # the next tries again
    assert len(maker.rejected) == 3


def test_who_leaves_hands_over(clock: Clock) -> None:
    of, maker = once(), Maker(A)
    leader, second, third = (Getting(of, maker) for _ in range(3))
    assert (leader.go(), type(second.go()), type(third.go())) == ("step", Wait, Wait)
    leader.leave()
    assert (second.go(), type(third.go())) == ("step", Wait)
    assert (second.all(), third.all()) == (A, A)
    assert maker.rejected == [None, None]


def test_whose_time_is_over_fails_alone(clock: Clock) -> None:
    of, maker = once(), Maker(APITimeoutError("late"), A)
    leader, waiting, patient = Getting(of, maker, ends=1010.0), Getting(of, maker, ends=1010.0), Getting(of, maker)
    assert (leader.go(), waiting.go().seconds, patient.go().seconds) == ("step", 10.0, 1000.0)
    clock.now = 1010.0
    with pytest.raises(APITimeoutError, match="the value did not come within the time allowed"):
        waiting.all()
    with pytest.raises(APITimeoutError, match="late"):
        leader.all()
    assert patient.all() is A


@pytest.mark.parametrize(("lives", "holds"), [(3600.0, 3540.0), (100.0, 90.0), (None, float("inf"))])
def test_it_is_made_anew_a_little_before_its_end(lives: float | None, holds: float, clock: Clock) -> None:
    first = Value("first", None if lives is None else 1000.0 + lives)
    of, maker = once(), Maker(first, B)
    Getting(of, maker).all()
    clock.now = min(1000.0 + holds, 1e9) - 0.5
    assert Getting(of, maker).all() is first
    clock.now += 1
    assert Getting(of, maker).all() is (first if lives is None else B)


def test_one_that_still_holds_does_when_a_newer_cannot_be_made(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    first = Value("first", 1100.0)
    of, maker = once(), Maker(first, *[SignInError("no")] * 3, B)
    Getting(of, maker).all()
    for now, tried in ((1091.0, 2), (1095.5, 2), (1096.0, 3), (1099.0, 3)):
        clock.now = now
        assert Getting(of, maker, began=now).all() is first
        assert len(maker.rejected) == tried
    assert caplog.messages == ["the value was not refreshed in advance, and will be tried again: no; look at the error's cause, and sign in again if it stays"] * 2  # fmt: skip  # noqa: E501
    clock.now = 1100.0
    with pytest.raises(SignInError):
        Getting(of, maker, began=1100.0).all()
    clock.now = 1100.5
    assert Getting(of, maker, began=1100.5).all() is B


def test_a_rejected_one_does_not_when_a_newer_cannot_be_made(clock: Clock) -> None:
    first = Value("first", 5000.0)
    of, maker = once(), Maker(first, SignInError("no"))
    Getting(of, maker).all()
    with pytest.raises(SignInError):
        Getting(of, maker, first).all()


@pytest.mark.parametrize(("otherwise", "holds"), [(float("inf"), 1e9), (300.0, 269.0)])
@pytest.mark.parametrize("expires", [None, 1000.0, 900.0])
def test_one_that_is_over_when_it_comes_has_its_end_by_another_clock(
    expires: float | None, otherwise: float, holds: float, clock: Clock
) -> None:
    odd = Value("odd", expires)
    of, maker = once(otherwise=otherwise), Maker(odd, B)
    Getting(of, maker).all()
    clock.now += holds
    assert Getting(of, maker).all() is odd
    if otherwise < 1000:
        clock.now += 2
        assert Getting(of, maker).all() is B


def test_use_lets_it_live_on(clock: Clock) -> None:
    first = Value("first", 1600.0)
    of, maker = once(), Maker(first, B)
    Getting(of, maker).all()
    clock.now = 1500.0
    of.used(first, 600.0)
    of.used(C, 9000.0)  # one that is there no more
    clock.now = 2039.0
    assert Getting(of, maker).all() is first
    clock.now = 2041.0
    assert Getting(of, maker).all() is B


def test_a_value_can_be_put_in_place(clock: Clock) -> None:
    of, maker = once(), Maker()
    assert of.replace(None, A)
    assert not of.replace(None, B)
    assert of.replace(A, C)
    assert Getting(of, maker).all() is C


def test_who_makes_it_cannot_wait_for_it() -> None:
    of = once()

    def make(rejected: Value | None) -> Generator[Any, Any, Value]:
        now = time.monotonic()
        yield from of.get(make, None, began=now, ends=now + 60)
        raise AssertionError

    now = time.monotonic()
    with pytest.raises(ConfigurationError, match="what returns the value makes a call that waits for it itself"):
        list(of.get(make, None, began=now, ends=now + 60))


def test_a_task_that_a_maker_left_behind_may_wait_later(clock: Clock) -> None:
    of = once()
    left: list[contextvars.Context] = []

    def make(rejected: Value | None) -> Generator[Any, Any, Value]:
        left.append(contextvars.copy_context())
        yield "step"
        return A

    assert Getting(of, make).all() is A  # type: ignore[arg-type] # it makes values too
    of.replace(A, Value("over", 1000.5))
    maker = Maker(B)
    clock.now = 1e6
    leader = Getting(of, maker)
    leader.go()
    later = Getting(of, maker)
    later._context = left[0]
    assert type(later.go()) is Wait
    assert (leader.all(), later.all()) == (B, B)


def test_a_forked_child_waits_for_nobody(clock: Clock) -> None:
    of, maker = once(), Maker(A)
    Getting(of, maker).go()
    of._lock.acquire()
    of.reset()  # what a forked child does
    assert Getting(of, maker).all() is A
