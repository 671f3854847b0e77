"""Finds where one call goes and signs it in, anew for each attempt, where that may take calls of its own. No I/O."""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import attrs

from superoffice_runtime import Response

from ..errors import (
    APIConnectionError,
    APIError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidInputError,
    SignInError,
    SuperOfficeError,
    TenantError,
    TenantUnavailableError,
)
from ..retries import RateLimiter, RetryPolicy, Timeout
from ..transport.attempts import CallFunction, Outcome, PreparedRequest, Step, log, run_attempts
from ..transport.call import SentHeaders, check_headers, clean_texts, hidden
from .refreshing import AuthStep, Credential, RefreshingAuth, SendRequest
from .tenant import LATER, Place, Tenant

T = TypeVar("T")
LARGEST = 1024 * 1024  # bytes of an answer about sign-in
# What the site of a tenant that runs no more may answer. Only 421, for one that has moved, is documented.
_ELSEWHERE = frozenset({301, 302, 303, 307, 308, 403, 404, 410, 421, 500, 502, 503, 504})
_LEAST = 0.001  # seconds; a timeout is over 0


class SignIn:
    """What one call has to do with its tenant and its sign-in before each attempt and after each answer."""

    def __init__(
        self,
        out: PreparedRequest,
        tenant: Tenant | None,
        auth: RefreshingAuth | None,
        timeout: Timeout,
        retries: RetryPolicy,
        *,
        limiter: RateLimiter | None,
    ) -> None:
        self._out = out
        self._tenant = tenant
        self._auth = auth
        self._timeout = timeout
        self._retries = retries
        self._limiter = limiter
        self._unsigned = out.headers
        self._began = time.monotonic()
        self._place: Place | None = None
        self._credential: Credential | None = None
        self._answered: set[int] = set()  # the statuses for which the call went out once more
        out.before_send = self.ready  # after the call has waited for its turn
        if auth is not None:
            out.held = partial(_held, auth)
        if auth is not None and auth.keeps_cookies:
            out.cookies = []

    def ready(self) -> bool:
        """Go where the tenant is and sign in with what holds now; gives whether both are known."""
        if self._tenant is not None:
            place = self._tenant.place.newest(None)
            if place is None:
                return False
            self._go_to(place)
        if self._auth is not None:
            credential = self._auth.credential.newest(None)
            if credential is None:
                return False
            self._sign(credential)
        return True

    def before(self, left: float) -> Generator[Step, Any, None]:
        """Find an address and a credential that hold, within so many seconds."""
        ends = time.monotonic() + left
        if self._tenant is not None:
            self._go_to((yield from self._found(self._tenant, None, ends)))
        if self._auth is not None:
            self._sign((yield from self._renewed(self._auth, None, ends)))

    def refused(self, response: Response) -> bool:
        """Look at an answer; gives whether another address or credential may help."""
        if self._auth is not None:
            if self._out.cookies:
                self._auth.received(self._out.url, [*map(hidden, self._out.cookies)])
            if response.status == 401:
                return 401 not in self._answered
            if self._credential is not None and self._credential.slides is not None:
                self._auth.credential.used(self._credential, self._credential.slides)
        known = {421} if response.status == 421 else _ELSEWHERE
        return self._tenant is not None and response.status in _ELSEWHERE and known.isdisjoint(self._answered)

    def after(self, response: Response, left: float) -> Generator[Step, Any, bool]:
        """Find another address or credential, once; gives whether there is one, so that the call goes out once more."""
        self._answered.add(response.status)
        ends = time.monotonic() + left
        place, credential = self._place, self._credential
        if self._tenant is not None and response.status != 401:
            yield from self._looked_up(self._tenant, response, ends)
        elif self._auth is not None:  # pragma: no branch - only such an answer is refused
            self._sign((yield from self._renewed(self._auth, credential, ends)))
        return self._place is not place or self._credential is not credential

    def _looked_up(self, tenant: Tenant, response: Response, ends: float) -> Generator[Step, Any, None]:
        """Ask where the tenant is now; raises `TenantError` where it runs no more, which is why the site failed."""
        moved = response.status == 421
        try:
            place = yield from self._found(tenant, self._place, ends)
        except APIError as error:
            if moved or getattr(error, "state", None) is not None:
                raise
            log.info("what the site answered (%d) stands: %s", response.status, error.args[0])
            return
        if moved or self._out.safe:  # what changes something may have been done there
            self._go_to(place)

    def _found(self, tenant: Tenant, rejected: Place | None, ends: float) -> Generator[Step, Any, Place]:
        def make(rejected: Place | None) -> Generator[Step, Any, Place]:
            try:
                return (yield from self._done(tenant.find(rejected), ends))
            except APIConnectionError as error:
                kind = TenantUnavailableError if error.repeatable else TenantError
                advice = error.advice if isinstance(error, ConnectionFailedError) else LATER
                said = f"the tenant {tenant.context} could not be looked up: {error.args[0]}"
                raise kind(said, advice=advice) from error

        return self._of_this_call(tenant.place.get(make, rejected, began=self._began, ends=ends))

    def _renewed(
        self, auth: RefreshingAuth, rejected: Credential | None, ends: float
    ) -> Generator[Step, Any, Credential]:
        def make(rejected: Credential | None) -> Generator[Step, Any, Credential]:
            try:
                made = yield from self._done(auth.renew(rejected), ends)
                check_headers(made.headers)
            except (SignInError, ConfigurationError, InvalidInputError):
                raise
            except Exception as error:
                said = error.args[0] if isinstance(error, SuperOfficeError) else f"{type(error).__name__} was raised"
                raise SignInError(f"the sign-in could not be renewed: {said}") from error
            # An equal one would be answered 401 as well.
            return rejected if rejected is not None and made.headers == rejected.headers else made

        return self._of_this_call(auth.credential.get(make, rejected, began=self._began, ends=ends))

    def _done(self, steps: Generator[AuthStep, Any, T], ends: float) -> Generator[Step, Any, T]:
        return done(steps, self._out, ends, self._timeout, self._retries, limiter=self._limiter)

    def _of_this_call(self, steps: Generator[Step, Any, T]) -> Generator[Step, Any, T]:
        try:
            return (yield from steps)
        except APIError as error:
            error.ids = self._out.ids
            error.of_call(self._out.method, self._out.path, self._out.attempts)
            raise

    def _go_to(self, place: Place) -> None:
        if place is not self._place:
            self._place = place
            self._out.url = place.site + self._out.path

    def _sign(self, credential: Credential) -> None:
        if credential is self._credential:
            return
        self._credential = credential
        own = self._out.own
        self._out.headers = headers = SentHeaders(self._unsigned)
        headers.update({name: value for name, value in credential.headers.items() if name.lower() not in own})


def _held(auth: RefreshingAuth) -> set[str]:
    """Return the secrets that a sign-in keeps: texts that no `repr` shows."""
    from .jwt import HiddenRepr

    held: list[object] = list(vars(auth).values())
    secret: list[object] = [value for value in held if isinstance(value, str) and repr(value) != repr(str(value))]
    secret += [getattr(each, name) for each in held if isinstance(each, HiddenRepr) for name in each.__struct_fields__]
    return {value for value in secret if isinstance(value, str)}


def done(
    steps: Generator[AuthStep, Any, T],
    out: PreparedRequest,
    ends: float,
    timeout: Timeout,
    retries: RetryPolicy,
    *,
    limiter: RateLimiter | None,
) -> Generator[Step, Any, T]:
    """Do what sign-in asks for, within the time that the call has left and the rate that its requests share."""
    outcome = Outcome()
    came: list[tuple[PreparedRequest, Response | None]] = [(out, None)]
    try:
        while True:
            try:
                step = steps.send(outcome.value) if outcome.error is None else steps.throw(outcome.error)
            except StopIteration as end:
                made: T = end.value
                return made
            except Exception as error:
                for call, response in came:
                    clean_texts(error, call.cleaner(response))
                raise
            left = max(0.0, ends - time.monotonic())
            if isinstance(step, SendRequest):
                asked = _asked(step, out, left, timeout, retries)
                try:
                    outcome = Outcome((yield from run_attempts(asked, limiter, None, aside=True)))
                except APIConnectionError as error:
                    outcome = Outcome(error=error)
                came.append((asked, outcome.value))
            else:
                outcome = yield CallFunction(step.function, left)
    finally:
        steps.close()


def _asked(
    ask: SendRequest, out: PreparedRequest, left: float, timeout: Timeout, retries: RetryPolicy
) -> PreparedRequest:
    parts = urlsplit(ask.url)
    site = f"{parts.scheme}://{parts.netloc}"
    asked = PreparedRequest(
        ask.method,
        site,
        ask.url.removeprefix(site),
        headers=SentHeaders(ask.headers),
        content=ask.content,
        ids=(),
        timeout=attrs.evolve(timeout, total=max(min(timeout.total, left), _LEAST)),
        retries=retries,
        slow=None,
        safe=ask.safe,
    )
    asked.behalf = out
    asked.stop = out.stop
    asked.largest = LARGEST
    return asked
