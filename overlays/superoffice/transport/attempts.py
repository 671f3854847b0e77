"""One call's way through limits, attempts and repetitions, as a generator that does no I/O.

It yields what is to be done and is sent what came of it; `_send` and `_send_async` do it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from superoffice_runtime import Response

from ..errors import PERHAPS_DONE, APIConnectionError, APITimeoutError
from ..hooks import CallEvent, Hook, Hooks
from ..retries import RateLimiter, RetryPolicy, Timeout, Turn, parse_retry_after
from .call import SIGN_IN_HEADERS, Cleaner, secrets_received, secrets_sent
from .cancel import CancelToken
from .single_flight import AwaitFlight

if TYPE_CHECKING:
    from ..auth.sign_in import SignIn

log = logging.getLogger("superoffice")


class PreparedRequest:
    """One request with everything in it, sign-in and time to wait too; made for one call and never kept."""

    __slots__ = (
        *(
            "attempts",
            "before_send",
            "behalf",
            "content",
            "cookies",
            "headers",
            "held",
            "ids",
            "largest",
            "method",
            "own",
            "path",
            "retries",
            "safe",
            "sent_at",
            "slow",
            "slow_attempts",
        ),
        *("stop", "timeout", "turn", "url"),
    )

    def __init__(
        self,
        method: str,
        site: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        ids: tuple[int, ...],
        timeout: Timeout,
        retries: RetryPolicy,
        slow: float | None,
        safe: bool,
    ) -> None:
        self.attempts = 0  # counted by the exchange, for errors
        self.slow_attempts = 0  # counted by it too, for accounts
        self.stop: CancelToken | None = None  # set where somebody may end the call from another thread
        self.turn: Turn | None = None  # set by the sender where a rate is kept
        self.sent_at = 0.0  # set by the sender once it is this call's turn
        self.before_send: Callable[[], object] | None = None  # called by the sender then
        self.largest: int | None = None  # bytes of its answer, where they are to be fewer than the client's
        self.own: frozenset[str] = frozenset()  # headers that the caller gave or took away, in lower case
        self.behalf: PreparedRequest | None = None  # the call that this one signs in, or finds the tenant of
        self.held: Callable[[], set[str]] = set  # the secrets of what signs it in, also those that are not sent
        self.cookies: list[str] | None = None  # set by the sender to the answer's Set-Cookie headers, if it is a list
        self.method = method
        self.path = path
        self.url = site + path
        self.headers = headers
        self.content = content
        self.ids = ids
        self.timeout = timeout
        self.retries = retries
        self.slow = slow
        self.safe = safe

    @property
    def signed(self) -> bool:
        """Whether it is signed in, by whatever scheme."""
        return not SIGN_IN_HEADERS.isdisjoint(map(str.lower, self.headers))

    def cleaner(self, response: Response | None = None) -> Cleaner:
        """Return what takes the secrets of this call and of its response out of a server's words."""
        return Cleaner(partial(self.secrets, response))

    def secrets(self, response: Response | None) -> set[str]:
        """Return what is secret in this call and in its response."""
        found = secrets_sent(self.headers, self.content) | self.held()
        if response is not None:
            found |= secrets_received(response.headers, response.content)
        return found if self.behalf is None else found | self.behalf.secrets(None)


def cleaner_of(calls: Iterable[PreparedRequest]) -> Cleaner:
    """Return what takes the secrets of some calls out of what their tickets hold."""
    return Cleaner(lambda: {secret for call in calls for secret in call.secrets(None)})


@attrs.frozen
class Wait:
    """Wait so many seconds."""

    seconds: float


@attrs.frozen
class CallHook:
    """Call a hook."""

    hook: Hook
    event: CallEvent


@attrs.frozen
class Send:
    """Send once, within so many seconds; what is sent back is a Response or a APIConnectionError.

    The limiter is asked last, when nothing else has to be waited for, or calls that waited would go out all at once.
    """

    remaining: float
    limiter: RateLimiter | None
    aside: PreparedRequest | None = None  # sent instead of the call itself, which waits for it; it takes no slot


@attrs.frozen
class CallFunction:
    """Call a user's function, sync or async, within so many seconds; sent back is its Outcome."""

    function: Callable[[], Any] = attrs.field(repr=False)
    seconds: float


@attrs.frozen
class Outcome:
    """What a user's function gave, perhaps a secret, or what it raised."""

    value: Any = attrs.field(default=None, repr=False)
    error: Exception | None = None


Step: TypeAlias = Wait | CallHook | Send | CallFunction | AwaitFlight
Attempts: TypeAlias = Generator[Step, Any, Response]


def run_attempts(
    out: PreparedRequest,
    limiter: RateLimiter | None,
    hooks: Hooks | None,
    sign_in: SignIn | None = None,
    *,
    aside: bool = False,
) -> Attempts:
    """Run one call; returns the answer, whatever its status, and raises `APIConnectionError` where none came."""
    attempt = 0
    again = 0  # repetitions with another sign-in or at another address, which do not count as attempts of a failed call
    spent = 0.0  # seconds of attempts and of the waits between them; waiting for its turn is no fault of the call
    while True:
        if sign_in is not None and not sign_in.ready():
            began = time.monotonic()
            yield from sign_in.before(out.timeout.total - spent)
            spent += time.monotonic() - began
        if (left := out.timeout.total - spent) <= 0:
            raise APITimeoutError("the sign-in took all the time that the call had", ids=out.ids).of_call(
                out.method, out.path, attempt
            )
        attempt += 1
        out.attempts = attempt
        if hooks is not None and hooks.before is not None:
            yield CallHook(hooks.before, _event(out, attempt))
        result: Response | APIConnectionError = yield Send(left, limiter, out if aside else None)
        elapsed = time.monotonic() - out.sent_at
        spent += elapsed
        yield from _told(out, hooks, attempt, result, elapsed)
        if sign_in is not None and isinstance(result, Response) and sign_in.refused(result):
            began = time.monotonic()
            left = out.timeout.total - spent  # none where the body of the answer took all of it
            renewed = left > 0 and (yield from sign_in.after(result, left))
            spent += time.monotonic() - began
            if renewed:
                again += 1
                log.info("%s %s: attempt %d: %d; going out once more", out.method, out.path, attempt, result.status)
                if hooks is not None and hooks.on_retry is not None:
                    yield CallHook(hooks.on_retry, _event(out, attempt, result, elapsed, 0.0))
                continue
        wait = _wait(out, attempt - again, result, spent)
        if wait is None:
            if isinstance(result, APIConnectionError):
                if not out.safe and result.sent:
                    result.advice = PERHAPS_DONE
                raise result.of_call(out.method, out.path, attempt)
            return result
        reason = str(result.status) if isinstance(result, Response) else str(result.args[0])
        log.warning("%s %s: attempt %d: %s; trying again in %.1f s", out.method, out.path, attempt, reason, wait)
        if hooks is not None and hooks.on_retry is not None:
            yield CallHook(hooks.on_retry, _event(out, attempt, result, elapsed, wait))
        yield Wait(wait)
        spent += wait


def _told(
    out: PreparedRequest, hooks: Hooks | None, attempt: int, result: Response | APIConnectionError, elapsed: float
) -> Generator[Step, Any, None]:
    """Log an attempt, and tell the hooks of it."""
    status = result.status if isinstance(result, Response) else type(result).__name__
    log.debug("%s %s: %s in %.3f s, %d ids", out.method, out.path, status, elapsed, len(out.ids))
    if hooks is not None and hooks.after is not None:
        yield CallHook(hooks.after, _event(out, attempt, result, elapsed))
    if out.slow is not None and elapsed > out.slow:
        out.slow_attempts += 1
        log.warning("%s %s: slow, %.1f s for %d ids", out.method, out.path, elapsed, len(out.ids))
        if hooks is not None and hooks.on_slow is not None:
            yield CallHook(hooks.on_slow, _event(out, attempt, result, elapsed))


def _wait(out: PreparedRequest, attempt: int, result: Response | APIConnectionError, spent: float) -> float | None:
    """Say how long to wait before the next attempt; None where there is to be none."""
    retry_after = None
    if isinstance(result, Response):
        if result.status not in out.retries.statuses:
            return None
        retry_after = parse_retry_after(result.headers.get("retry-after"))
    elif not result.repeatable:
        return None
    if not out.safe and may_be_done(result):
        return None
    wait = out.retries.wait(attempt, retry_after)
    if wait is None:
        return None
    # A repetition must neither begin after the budget nor outlive the caller's own timeout.
    return wait if spent + wait < min(out.retries.budget, out.timeout.total) else None


def may_be_done(result: Response | APIConnectionError) -> bool:
    """Whether the server may have carried a call out, of which this is all that is known.

    It has not where no connection came about, where it asks for fewer calls (429), and where it says when it will be
    able to (503 with Retry-After); a bare 503, like 502 and 504, may come from a proxy that lost the answer.
    """
    if isinstance(result, APIConnectionError):
        return result.sent
    return not (result.status == 429 or (result.status == 503 and "retry-after" in result.headers))


def _event(
    out: PreparedRequest,
    attempt: int,
    result: Response | APIConnectionError | None = None,
    elapsed: float | None = None,
    wait: float | None = None,
) -> CallEvent:
    return CallEvent(
        method=out.method,
        path=out.path,
        ids=out.ids,
        attempt=attempt,
        status=result.status if isinstance(result, Response) else None,
        elapsed=elapsed,
        wait=wait,
        error=result if isinstance(result, APIConnectionError) else None,
    )
