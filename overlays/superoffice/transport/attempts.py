"""A call's way through limits, authentication, attempts and retries: yields each step for a sender to do. No I/O."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from contextvars import ContextVar
from functools import partial
from math import inf
from typing import Any, Final, Protocol, TypeAlias

import attrs
import msgspec

from superoffice_runtime import Response

from ..errors import PERHAPS_DONE, APIConnectionError, APITimeoutError, request_id_of
from ..hooks import CallEvent, CallKind, Hook, Hooks
from ..retries import RetryPolicy, Timeout, parse_retry_after
from .cancel import CancelToken
from .rate_limit import RateLimiter, Turn
from .redaction import Cleaner, secrets_received, secrets_sent, shown_headers

log = logging.getLogger("superoffice")
_NO_HOOKS: Final = Hooks()
_LOGGED: Final = ("kind", "method", "path", "status_code", "attempt", "elapsed", "wait", "request_id")  # besides ids
_MOST_IDS: Final = 100  # in a record of the log


class PreparedRequest(msgspec.Struct, eq=False):
    """A request with all that sending it takes, secrets and time limits too; made for one call and never stored."""

    method: str
    site: str
    path: str
    headers: Mapping[str, str]
    timeout: Timeout
    retries: RetryPolicy
    content: bytes = b""
    ids: tuple[int, ...] = ()
    slow: float | None = None
    safe: bool = False
    kind: CallKind = "call"
    own: frozenset[str] = frozenset()  # headers that the caller set or removed, in lower case
    behalf: PreparedRequest | None = None  # the request that this one signs in, or finds the tenant of
    largest: int | None = None  # bytes of its response, where fewer are allowed than the client's
    stop: CancelToken | None = None  # set where another thread may end the call
    before_send: Callable[[], object] | None = None  # called once it is this request's turn
    held: Callable[[], set[str]] = set  # returns the secrets of its authentication, also those that are not sent
    cookies: list[str] | None = None  # where this is a list, the sender fills it with the response's Set-Cookie headers
    turn: Turn | None = None  # set by the sender where a rate is limited
    sent_at: float = 0.0  # set by the sender, as is when the attempt has to end
    ends: float = inf
    attempts: int = 0  # counted by `run_attempts`, for errors
    slow_attempts: int = 0  # counted there too, for the counts of a stream
    url: str = ""  # its site and path, until `before_send` has found the address of a tenant

    def __post_init__(self) -> None:
        self.url = self.site + self.path

    def __repr__(self) -> str:
        return f"PreparedRequest({self.method} {self.path})"

    def __rich_repr__(self) -> list[Any]:  # msgspec's own shows all
        return [self.method, self.path]

    def cleaner(self, response: Response | None = None) -> Cleaner:
        """Return what takes the secrets of this request and of its response out of a server's words."""
        return Cleaner(partial(self.secrets, response))

    def secrets(self, response: Response | None) -> set[str]:
        """Return what is secret in this call and in its response."""
        found = secrets_sent(self.headers, self.content) | self.held()
        if response is not None:
            found |= secrets_received(response.headers, response.content)
        return found if self.behalf is None else found | self.behalf.secrets(None)


SENDING: Final[ContextVar[PreparedRequest]] = ContextVar("superoffice_sending")
"""The request that is being sent: its time ends, and what others in the program log is left as it is."""


@attrs.frozen
class Wait:
    """Wait this many seconds, or until what another call makes is there."""

    seconds: float
    flight: Future[Any] | None = None


@attrs.frozen
class CallHook:
    """Call a hook."""

    hook: Hook
    event: CallEvent


@attrs.frozen
class Send:
    """Send the request once, within this many seconds; sent back is a `Response` or an `APIConnectionError`."""

    remaining: float
    limiter: RateLimiter | None  # asked when nothing else is waited for, or calls that waited would be sent at once
    aside: PreparedRequest | None = None  # sent in place of the call's own, which waits for it; it takes no slot


@attrs.frozen
class CallFunction:
    """Call a user's function, sync or async, within this many seconds; sent back is its `Outcome`."""

    function: Callable[[], Any] = attrs.field(repr=False)
    seconds: float = float("inf")


@attrs.frozen
class Outcome:
    """What a user's function returned, perhaps a secret, or what it raised."""

    value: Any = attrs.field(default=None, repr=False)
    error: Exception | None = None


Step: TypeAlias = Wait | CallHook | Send | CallFunction
Steps: TypeAlias = Generator[Step, Any, None]
Attempts: TypeAlias = Generator[Step, Any, Response]
Result: TypeAlias = Response | APIConnectionError


class _Authenticator(Protocol):
    def ready(self) -> bool: ...  # uses what is known, and returns whether that is all
    def before(self, left: float, /) -> Steps: ...  # finds the rest
    def refused(self, response: Response, /) -> bool: ...  # whether others may help after a response
    def after(self, response: Response, left: float, /) -> Generator[Step, Any, bool]: ...  # whether there are any


def run_attempts(
    out: PreparedRequest, limiter: RateLimiter | None, hooks: Hooks | None, authenticator: _Authenticator | None = None
) -> Attempts:
    """Run a call; returns the response, whatever its status, and raises `APIConnectionError` where there is none."""
    hooks = hooks or _NO_HOOKS
    repeated = 0  # attempts with another credential or at another address, which are not retries of a failed call
    spent = 0.0  # seconds of attempts and of the waits between them; waiting for its turn is not the call's fault
    while True:
        if authenticator is not None and not authenticator.ready():
            began = time.monotonic()
            yield from authenticator.before(out.timeout.total - spent)
            spent += time.monotonic() - began
        if (left := out.timeout.total - spent) <= 0:
            late = APITimeoutError("signing in took all the time that the call had", ids=out.ids)
            raise late.of_call(out.method, out.path, out.attempts)
        out.attempts += 1
        if hooks.before is not None:
            yield CallHook(hooks.before, _event(out))
        result: Result = yield Send(left, limiter, out if out.behalf is not None else None)
        elapsed = time.monotonic() - out.sent_at
        spent += elapsed
        what: object = result.status_code if isinstance(result, Response) else type(result).__name__
        tell = partial(_tell, out, result, elapsed)
        yield from tell(hooks.after, logging.DEBUG, "%s in %.3f s, %d ids", what, elapsed, len(out.ids))
        if out.slow is not None and elapsed > out.slow:
            out.slow_attempts += 1
            yield from tell(hooks.on_slow, logging.WARNING, "slow, %.1f s for %d ids", elapsed, len(out.ids))
        if authenticator is not None and isinstance(result, Response) and authenticator.refused(result):
            began = time.monotonic()
            left = out.timeout.total - spent  # none where the body of the response took all of it
            changed = left > 0 and (yield from authenticator.after(result, left))
            spent += time.monotonic() - began
            if changed:
                repeated += 1
                said = "attempt %d: %s; sending it again"
                yield from tell(hooks.on_retry, logging.INFO, said, out.attempts, what, wait=0.0)
                continue
        wait = _seconds_to_wait(out, out.attempts - repeated, result, spent)
        if wait is None:
            if isinstance(result, Response):
                return result
            if not out.safe and result.sent:
                result.advice = PERHAPS_DONE
            raise result.of_call(out.method, out.path, out.attempts)
        reason = result.args[0] if isinstance(result, APIConnectionError) else what
        said = "attempt %d: %s; trying again in %.1f s"
        yield from tell(hooks.on_retry, logging.WARNING, said, out.attempts, reason, wait, wait=wait)
        yield Wait(wait)
        spent += wait


def _tell(
    out: PreparedRequest, result: Result, seconds: float, hook: Hook | None, level: int, *said: Any, wait: Any = None
) -> Steps:
    """Log how an attempt ended, with its facts as fields of the record, and call a hook with them."""
    if hook is None and not log.isEnabledFor(level):
        return
    event = _event(out, result, elapsed=seconds, wait=wait)
    facts = {name: getattr(event, name) for name in _LOGGED}
    facts |= {"ids": event.ids[:_MOST_IDS], "id_count": len(event.ids)}
    log.log(level, f"%s %s: {said[0]}", event.method, event.path, *said[1:], extra=facts)
    if hook is not None:
        yield CallHook(hook, event)


def _event(out: PreparedRequest, result: Result | None = None, **facts: Any) -> CallEvent:
    path = out.path if out.kind == "call" else out.path.partition("?")[0]  # what else is sent may be secret there
    facts |= {"method": out.method, "path": path, "ids": out.ids, "attempt": out.attempts, "kind": out.kind}
    if not isinstance(result, Response):
        return CallEvent(**facts, error=result)
    headers = shown_headers(result.headers, out.cleaner(), all_harmless=out.kind != "call")
    return CallEvent(**facts, status_code=result.status_code, headers=headers, request_id=request_id_of(headers))


def _seconds_to_wait(out: PreparedRequest, attempt: int, result: Result, spent: float) -> float | None:
    retry_after = None
    if isinstance(result, Response):
        if result.status_code not in out.retries.statuses:
            return None
        retry_after = parse_retry_after(result.headers.get("retry-after"))
    elif not result.repeatable:
        return None
    if not out.safe and may_be_done(result):
        return None
    wait = out.retries.wait(attempt, retry_after)
    # A retry must neither begin after the budget nor outlive the caller's own timeout.
    return wait if wait is not None and spent + wait < min(out.retries.budget, out.timeout.total) else None


def may_be_done(result: Result) -> bool:
    """Return whether the server may have carried a call out, of which this is all that is known.

    It has not where no connection was made, where it asks for fewer calls (429), and where it says when it will be able
    to (503 with Retry-After); a bare 503, like 502 and 504, may come from a proxy that lost the response.
    """
    if isinstance(result, APIConnectionError):
        return result.sent
    return not (result.status_code == 429 or (result.status_code == 503 and "retry-after" in result.headers))
