"""A call's way through limits, attempts and retries, step by step, on a clock of the test's own and without I/O."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from math import inf
from types import SimpleNamespace
from typing import Any, TypeAlias, get_args

import attrs
import pytest

from superoffice import (
    APIConnectionError,
    APITimeoutError,
    ConnectionBrokenError,
    Hooks,
    RetryPolicy,
    Timeout,
    TlsError,
)
from superoffice.errors import PERHAPS_DONE
from superoffice.hooks import CallEvent, CallKind
from superoffice.transport import attempts as module
from superoffice.transport.attempts import (
    CallFunction,
    CallHook,
    Outcome,
    PreparedRequest,
    Send,
    Wait,
    may_be_done,
    run_attempts,
)
from superoffice.transport.rate_limit import RateLimiter
from superoffice.transport.redaction import SentHeaders
from superoffice_runtime import Response

Told: TypeAlias = "Send | Wait | tuple[str, CallEvent]"
PATH = "/api/v1/Agents/Ticket/GetTickets"
IDS = (439, 829)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture(autouse=True)
def longest_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each random wait is as long as it can be; one that may be longer or may not start at 0 shows."""
    monkeypatch.setattr("random.uniform", lambda least, most: 99.0 if least else most)


def outgoing(
    *,
    timeout: Timeout | None = None,
    retries: RetryPolicy | None = None,
    slow: float | None = 2.0,
    ids: Any = IDS,
    safe: bool = True,
) -> PreparedRequest:
    return PreparedRequest(
        method="POST",
        site="https://crm.example.com",
        path=PATH,
        headers=SentHeaders(),
        content=b"{}",
        ids=ids,
        timeout=timeout or Timeout(),
        retries=retries or RetryPolicy(),
        slow=slow,
        safe=safe,
    )


def run(
    clock: SimpleNamespace,
    out: PreparedRequest,
    outcomes: Sequence[tuple[float, Response | APIConnectionError]],
    *,
    limiter: RateLimiter | None = None,
    hooks: Hooks | None = None,
    queue: float = 0.0,
    sign_in: Any = None,
) -> tuple[list[Told], Response]:
    """Do what an exchange asks for: each attempt takes so long, after waiting so long for its turn."""
    steps: list[Told] = []
    coming = iter(outcomes)
    names = {id(getattr(hooks, name)): name for name in ("before", "after", "on_retry", "on_slow")} if hooks else {}
    going = run_attempts(out, limiter, hooks, sign_in)
    sent: Any = None
    while True:
        try:
            step = going.send(sent)
        except StopIteration as end:
            return steps, end.value
        sent = None
        if isinstance(step, CallHook):
            steps.append((names[id(step.hook)], step.event))
        else:
            steps.append(step)
        if isinstance(step, Wait):
            clock.now += step.seconds
        elif isinstance(step, Send):
            clock.now += queue
            out.sent_at = clock.now
            took, sent = next(coming)
            clock.now += took


class SigningIn:
    """Credentials that take some seconds to sign in and to refresh; `given` are the seconds allowed each time."""

    def __init__(
        self,
        clock: SimpleNamespace,
        takes: float = 0.0,
        *,
        refreshes: float = 0.0,
        helps: bool = True,
        holds: bool = False,
        lasts: bool = True,
    ) -> None:
        self.given: list[float] = []
        self._clock, self._takes, self._refreshes = clock, takes, refreshes
        self._helps, self._holds, self._lasts = helps, holds, lasts

    def ready(self) -> bool:
        return self._holds

    def before(self, left: float) -> Generator[Any, Any, None]:
        self.given.append(left)
        self._clock.now += self._takes
        self._holds = self._lasts
        yield from ()

    def refused(self, response: Response) -> bool:
        return response.status_code == 401

    def after(self, response: Response, left: float) -> Generator[Any, Any, bool]:
        assert response.status_code == 401
        self.given.append(left)
        self._clock.now += self._refreshes
        yield from ()
        return self._helps


def answer(status: int = 200, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"[]")


def all_hooks() -> Hooks:
    return Hooks(before=lambda _: None, after=lambda _: None, on_retry=lambda _: None, on_slow=lambda _: None)


def broken() -> APIConnectionError:
    return ConnectionBrokenError("the connection broke", ids=IDS)


def test_an_answer_ends_the_call(clock: SimpleNamespace) -> None:
    out = outgoing()
    wanted = answer()
    steps, given = run(clock, out, [(0.25, wanted)])
    assert (steps, given, out.attempts) == ([Send(120.0, None)], wanted, 1)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_asked_again_after_growing_waits(status: int, clock: SimpleNamespace) -> None:
    out = outgoing(retries=RetryPolicy(retries=4, cap=3))
    steps, given = run(clock, out, [(0.25, answer(status))] * 4 + [(0.25, answer())])
    # What remains is the total less each attempt and each wait.
    assert steps == [
        *(Send(120.0, None), Wait(0.5)),
        *(Send(119.25, None), Wait(1.0)),
        *(Send(118.0, None), Wait(2.0)),
        *(Send(115.75, None), Wait(3)),
        Send(112.5, None),
    ]
    assert (given.status_code, out.attempts) == (200, 5)


@pytest.mark.parametrize("status", [201, 301, 400, 401, 404, 428, 430, 500, 501, 505])
def test_what_stays_is_not_asked_again(status: int, clock: SimpleNamespace) -> None:
    steps, given = run(clock, outgoing(), [(0.25, answer(status, retry_after="1"))])
    assert (steps, given.status_code) == ([Send(120.0, None)], status)


def test_the_last_answer_is_given_whatever_it_is(clock: SimpleNamespace) -> None:
    steps, given = run(clock, outgoing(), [(0.25, answer(503))] * 4)
    assert [step for step in steps if isinstance(step, Wait)] == [Wait(0.5), Wait(1.0), Wait(2.0)]
    assert given.status_code == 503


def test_a_broken_connection_is_tried_again_and_in_the_end_raised_with_its_call(clock: SimpleNamespace) -> None:
    with pytest.raises(ConnectionBrokenError) as caught:
        run(clock, outgoing(retries=RetryPolicy(retries=1)), [(0.25, broken()), (0.25, broken())])
    assert (caught.value.method, caught.value.path, caught.value.attempts) == ("POST", PATH, 2)


def test_what_cannot_pass_is_not_tried_again(clock: SimpleNamespace) -> None:
    with pytest.raises(TlsError) as caught:
        run(clock, outgoing(), [(0.25, TlsError("no"))])
    assert caught.value.attempts == 1


@pytest.mark.parametrize(
    ("given", "waits"), [("0", [Wait(0.0)]), ("1", [Wait(1.0)]), ("7", [Wait(7.0)]), ("8", []), ("soon", [Wait(0.5)])]
)
def test_the_servers_own_wait_goes_before_ours_up_to_a_limit(
    given: str, waits: list[Wait], clock: SimpleNamespace
) -> None:
    out = outgoing(retries=RetryPolicy(max_retry_after=7))
    steps, last = run(clock, out, [(0.25, answer(503, retry_after=given)), (0.25, answer())])
    assert steps == (
        [Send(120.0, None), *waits, Send(119.75 - waits[0].seconds, None)] if waits else [Send(120.0, None)]
    )
    assert last.status_code == (200 if waits else 503)


@pytest.mark.parametrize(
    ("timeout", "budget", "again"),
    [(100.0, 2.5, True), (100.0, 2.25, False), (2.5, 100.0, True), (2.25, 100.0, False), (2.0, 2.0, False)],
)
def test_no_attempt_begins_after_budget_or_timeout(
    timeout: float, budget: float, again: bool, clock: SimpleNamespace
) -> None:
    """The attempt takes 0.25 s and the wait 2 s; an attempt that would begin just at the end is none."""
    out = outgoing(timeout=Timeout(total=timeout), retries=RetryPolicy(budget=budget, base=2))
    steps, given = run(clock, out, [(0.25, answer(503)), (0.25, answer())])
    assert (len(steps), given.status_code) == ((3, 200) if again else (1, 503))
    assert steps[0] == Send(timeout, None)


def test_waiting_for_a_turn_costs_the_call_nothing(clock: SimpleNamespace) -> None:
    """Whoever sends waits for slot and rate, and then says when the call was sent."""
    out = outgoing(timeout=Timeout(total=3), retries=RetryPolicy(base=0.5, budget=3), slow=1.0)
    outcomes = [(0.25, answer(503)), (0.25, answer(503)), (0.25, answer())]
    limiter = RateLimiter(1)
    steps, given = run(clock, out, outcomes, limiter=limiter, queue=50.0, hooks=Hooks())
    assert steps == [Send(3.0, limiter), Wait(0.5), Send(2.25, limiter), Wait(1.0), Send(1.0, limiter)]
    assert given.status_code == 200


def event(attempt: int, **members: Any) -> CallEvent:
    return CallEvent(method="POST", path=PATH, ids=IDS, attempt=attempt, **members)


def test_hooks_are_told_in_order_and_of_everything(clock: SimpleNamespace) -> None:
    cut = broken()
    outcomes = [(2.5, cut), (0.25, answer(503)), (2.25, answer())]
    steps, _ = run(clock, outgoing(), outcomes, hooks=all_hooks())
    assert [step for step in steps if isinstance(step, tuple)] == [
        ("before", event(1)),
        ("after", event(1, elapsed=2.5, error=cut)),
        ("on_slow", event(1, elapsed=2.5, error=cut)),
        ("on_retry", event(1, elapsed=2.5, error=cut, wait=0.5)),
        ("before", event(2)),
        ("after", event(2, elapsed=0.25, status_code=503)),
        ("on_retry", event(2, elapsed=0.25, status_code=503, wait=1.0)),
        ("before", event(3)),
        ("after", event(3, elapsed=2.25, status_code=200)),
        ("on_slow", event(3, elapsed=2.25, status_code=200)),
    ]
    order = [type(step).__name__ if not isinstance(step, tuple) else step[0] for step in steps]
    assert order[:6] == ["before", "Send", "after", "on_slow", "on_retry", "Wait"]


@pytest.mark.parametrize("name", ["before", "after", "on_retry", "on_slow"])
def test_each_hook_may_stand_alone(name: str, clock: SimpleNamespace) -> None:
    hooks = Hooks(**{name: print})  # type: ignore[arg-type]
    steps, _ = run(clock, outgoing(), [(2.5, answer(503)), (0.25, answer())], hooks=hooks)
    told = [step[0] for step in steps if isinstance(step, tuple)]
    assert told == [name] * (2 if name in ("before", "after") else 1)


@pytest.mark.parametrize(
    ("slow", "elapsed", "said"),
    [(2.0, 2.0, False), (2.0, 2.125, True), (None, 99.0, False), (0.5, 0.625, True)],
)
def test_slow_is_what_takes_longer_than_the_threshold(
    slow: float | None, elapsed: float, said: bool, clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    steps, _ = run(clock, outgoing(slow=slow), [(elapsed, answer())], hooks=all_hooks())
    assert [step[0] for step in steps if isinstance(step, tuple)] == ["before", "after", *(["on_slow"] if said else [])]
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warned == ([f"POST {PATH}: slow, {elapsed:.1f} s for 2 ids"] if said else [])


def test_attempts_and_repetitions_are_logged(clock: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    outcomes = [(0.25, broken()), (0.25, answer(503)), (0.25, answer())]
    with caplog.at_level(logging.DEBUG, "superoffice"):
        run(clock, outgoing(ids=(1, 2, 3)), outcomes)
    assert [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "superoffice"] == [
        ("DEBUG", f"POST {PATH}: ConnectionBrokenError in 0.250 s, 3 ids"),
        ("WARNING", f"POST {PATH}: attempt 1: the connection broke; trying again in 0.5 s"),
        ("DEBUG", f"POST {PATH}: 503 in 0.250 s, 3 ids"),
        ("WARNING", f"POST {PATH}: attempt 2: 503; trying again in 1.0 s"),
        ("DEBUG", f"POST {PATH}: 200 in 0.250 s, 3 ids"),
    ]


@pytest.mark.parametrize("count", [99, 100, 101])
def test_a_record_of_the_log_has_at_most_a_hundred_ids(
    count: int, clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "superoffice"):
        run(clock, outgoing(ids=tuple(range(count))), [(0.25, answer())])
    record: Any = caplog.records[-1]
    assert (record.ids, record.id_count) == (tuple(range(min(count, 100))), count)


@pytest.mark.parametrize("kind", get_args(CallKind))
def test_of_what_signs_in_little_is_told(kind: Any, clock: SimpleNamespace) -> None:
    out = outgoing()
    out.path, out.kind = "/token?code=s3cr3t", kind
    harmless, own = {"content-type": "text/plain"}, {"x-own": "1"}
    response = Response(200, {**harmless, **own}, b"[]")
    steps, _ = run(clock, out, [(0.25, response)], hooks=Hooks(after=print))
    (told,) = [step[1] for step in steps if isinstance(step, tuple)]
    assert (told.kind, told.path) == (kind, out.path if kind == "call" else "/token")
    assert told.headers == ({**harmless, **own} if kind == "call" else harmless)


def test_timeouts_are_tried_again(clock: SimpleNamespace) -> None:
    steps, _ = run(clock, outgoing(), [(30.0, APITimeoutError("no answer")), (0.25, answer())])
    assert steps == [Send(120.0, None), Wait(0.5), Send(89.5, None)]


def test_sign_in_takes_of_the_calls_time_and_is_no_attempt(clock: SimpleNamespace) -> None:
    signing = SigningIn(clock, 3.0, refreshes=4.0)
    out = outgoing(timeout=Timeout(total=60.0), retries=RetryPolicy(retries=1))
    outcomes = [(2.0, answer(401)), (0.5, answer(503)), (0.5, answer())]
    steps, given = run(clock, out, outcomes, hooks=Hooks(on_retry=print), sign_in=signing)
    assert (given.status_code, out.attempts, signing.given) == (200, 3, [60.0, 55.0])
    assert steps == [
        Send(57.0, None),
        ("on_retry", event(1, elapsed=2.0, status_code=401, wait=0.0)),
        Send(51.0, None),
        ("on_retry", event(2, elapsed=0.5, status_code=503, wait=0.5)),
        Wait(0.5),
        Send(50.0, None),
    ]


@pytest.mark.parametrize("hooks", [None, Hooks(before=print)])
def test_sign_in_that_holds_is_not_made_anew(hooks: Hooks | None, clock: SimpleNamespace) -> None:
    signing = SigningIn(clock, holds=True)
    steps, given = run(clock, outgoing(), [(0.5, answer(401)), (0.5, answer())], hooks=hooks, sign_in=signing)
    assert (given.status_code, signing.given) == (200, [119.5])
    assert [step for step in steps if isinstance(step, Send | Wait)] == [Send(120.0, None), Send(119.5, None)]


def test_sign_in_that_lapses_is_made_anew_for_each_attempt(clock: SimpleNamespace) -> None:
    signing = SigningIn(clock, 3.0, lasts=False)
    steps, _ = run(clock, outgoing(), [(0.5, answer(503)), (0.5, answer())], sign_in=signing)
    assert (signing.given, steps) == ([120.0, 116.0], [Send(117.0, None), Wait(0.5), Send(113.0, None)])


def test_a_refresh_that_does_not_help_ends_the_call(clock: SimpleNamespace) -> None:
    refused = answer(401)
    signing = SigningIn(clock, helps=False)
    steps, given = run(clock, outgoing(), [(0.5, refused)], hooks=Hooks(on_retry=print), sign_in=signing)
    assert (steps, given) == ([Send(120.0, None)], refused)


@pytest.mark.parametrize(("took", "given"), [(59.5, [0.5]), (60.0, []), (60.5, [])])
def test_nothing_is_refreshed_once_the_response_took_all_the_time(
    took: float, given: list[float], clock: SimpleNamespace
) -> None:
    refused = answer(401)
    signing = SigningIn(clock, holds=True, helps=False)
    steps, last = run(clock, outgoing(timeout=Timeout(total=60.0)), [(took, refused)], sign_in=signing)
    assert (signing.given, steps, last) == (given, [Send(60.0, None)], refused)


@pytest.mark.parametrize("takes", [8.0, 8.5])
def test_nothing_is_sent_once_sign_in_took_all_the_time(takes: float, clock: SimpleNamespace) -> None:
    with pytest.raises(APITimeoutError, match="signing in took all the time") as caught:
        run(clock, outgoing(timeout=Timeout(total=8.0)), [], sign_in=SigningIn(clock, takes))
    assert (caught.value.ids, caught.value.method, caught.value.path, caught.value.attempts) == (IDS, "POST", PATH, 0)


@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize("sent", [True, False])
def test_an_error_says_where_a_call_may_have_been_carried_out(
    *, safe: bool, sent: bool, clock: SimpleNamespace
) -> None:
    cut = broken()
    cut.sent = sent
    with pytest.raises(ConnectionBrokenError) as caught:
        run(clock, outgoing(safe=safe, retries=RetryPolicy(retries=0)), [(0.5, cut)])
    assert (caught.value.advice == PERHAPS_DONE) is (sent and not safe)


@pytest.mark.parametrize(
    ("result", "perhaps"),
    [
        (answer(428), True),
        (answer(429), False),
        (answer(430), True),
        (answer(502, retry_after="1"), True),
        (answer(503, retry_after="1"), False),
        (answer(503), True),
        (answer(504, retry_after="1"), True),
    ],
)
def test_what_the_server_refused_it_has_not_carried_out(
    result: Response, *, perhaps: bool, clock: SimpleNamespace
) -> None:
    assert may_be_done(result) is perhaps
    out = outgoing(safe=False, retries=RetryPolicy(statuses=(428, 429, 430, 502, 503, 504)))
    _, given = run(clock, out, [(0.5, result), (0.5, answer())])
    assert given.status_code == (result.status_code if perhaps else 200)


def test_slow_attempts_are_counted(clock: SimpleNamespace) -> None:
    out = outgoing()
    assert out.slow_attempts == 0
    run(clock, out, [(2.5, answer(503)), (0.5, answer(503)), (2.5, answer())], sign_in=SigningIn(clock))
    assert out.slow_attempts == 2


def test_what_is_sent_is_put_together_once() -> None:
    out = outgoing()
    assert repr(Outcome("s3cr3t")) == "Outcome(error=None)"
    assert repr(CallFunction(print, 1.0)) == "CallFunction(seconds=1.0)"
    assert (out.url, out.path, out.attempts, out.sent_at) == (f"https://crm.example.com{PATH}", PATH, 0, 0.0)
    bare = PreparedRequest("GET", "", PATH, headers={}, timeout=Timeout(), retries=RetryPolicy())
    assert (bare.safe, bare.ends) == (False, inf)
    assert len({out, outgoing()}) == 2  # a call is itself only
    assert repr(SentHeaders(Authorization="Bearer s3cr3t", Accept="x")) == "<headers Authorization, Accept>"


@pytest.mark.parametrize(
    "step", [Wait(1.0), Send(1.0, None), CallHook(print, event(1)), CallFunction(print, 1.0), Outcome()]
)
def test_a_step_does_not_change(step: Any) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(step, attrs.fields(type(step))[0].name, 2)
