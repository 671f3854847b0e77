"""Finds where a call goes and signs it in, again before each attempt, which may take requests of its own. No I/O."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import attrs

from superoffice_runtime import Response

from ..errors import APIConnectionError, APIError, ConfigurationError, InvalidInputError, SignInError, SuperOfficeError
from ..hooks import CallKind, Hooks
from ..retries import RetryPolicy, Timeout
from ..transport.attempts import CallFunction, Outcome, PreparedRequest, Step, log, run_attempts
from ..transport.rate_limit import RateLimiter
from ..transport.redaction import SentHeaders, causes, check_headers, clean_texts, hidden
from ..transport.single_flight import SingleFlight
from .refreshing import AuthStep, Credential, HiddenRepr, RefreshingAuth, SendRequest, advice_aside
from .tenant import Place, Tenant

T = TypeVar("T")
MAX_BYTES = 1024 * 1024  # of a response about authentication
# What the site of a tenant that runs no more may respond. Only 421, for one that has moved, is documented.
_ELSEWHERE = frozenset({301, 302, 303, 307, 308, 403, 404, 410, 421, 500, 502, 503, 504})


@attrs.define(eq=False, repr=False)
class SignIn:
    """What a call has to do with its tenant and its credential before each attempt and after each response."""

    out: PreparedRequest
    timeout: Timeout
    retries: RetryPolicy
    limiter: RateLimiter | None = None
    tenant: Tenant | None = None
    auth: RefreshingAuth | None = None
    hooks: Hooks | None = None
    _began: float = attrs.field(factory=time.monotonic, init=False)
    _ends: float = attrs.field(default=0.0, init=False)  # when the call has to end, on the same clock
    _place: Place | None = attrs.field(default=None, init=False)
    _credential: Credential | None = attrs.field(default=None, init=False)
    _refused: set[int] = attrs.field(factory=set[int], init=False)  # the statuses after which the call was sent again
    _unsigned: Mapping[str, str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._unsigned = self.out.headers
        self.out.before_send = self.ready  # after the call has waited for its turn
        if self.auth is not None:
            self.out.held = partial(_secrets, self.auth)
            if self.auth.keeps_cookies:
                self.out.cookies = []

    def ready(self) -> bool:
        """Go where the tenant is and sign in with what holds now; return whether both are known."""
        if self.tenant is not None:
            if (place := self.tenant.place.newest(None)) is None:
                return False
            self._go_to(place)
        if self.auth is not None:
            if (credential := self.auth.credential.newest(None)) is None:
                return False
            self._sign(credential)
        return True

    def before(self, left: float) -> Generator[Step, Any, None]:
        """Find an address and a credential that hold, within a number of seconds."""
        self._ends = time.monotonic() + left
        if self.tenant is not None:
            self._go_to((yield from self._find(self.tenant)))
        if self.auth is not None:
            self._sign((yield from self._refresh(self.auth)))

    def refused(self, response: Response) -> bool:
        """Look at a response; return whether another address or credential may help."""
        if self.auth is not None:
            if self.out.cookies:
                self.auth.received(self.out.url, [*map(hidden, self.out.cookies)])
            if response.status_code == 401:
                return 401 not in self._refused
            if self._credential is not None and self._credential.idle_timeout is not None:
                self.auth.credential.used(self._credential, self._credential.idle_timeout)
        known = {421} if response.status_code == 421 else _ELSEWHERE
        return self.tenant is not None and response.status_code in _ELSEWHERE and known.isdisjoint(self._refused)

    def after(self, response: Response, left: float) -> Generator[Step, Any, bool]:
        """Find another address or credential, once; return whether there is one, so that the call is sent again."""
        self._refused.add(response.status_code)
        self._ends = time.monotonic() + left
        place, credential = self._place, self._credential
        if self.auth is not None and response.status_code == 401:
            self._sign((yield from self._refresh(self.auth, credential)))
            return self._credential is not credential
        tenant, moved = cast("Tenant", self.tenant), response.status_code == 421
        try:
            found = yield from self._find(tenant, place)
        except APIError as error:
            if moved or getattr(error, "state", None) is not None:  # it runs no more, which is why the site failed
                raise
            log.info("the site's response (%d) stands: %s", response.status_code, error.args[0])
            return False
        if moved or self.out.safe:  # what changes something may have been done there
            self._go_to(found)
        return self._place is not place

    def run(
        self, steps: Generator[AuthStep, Any, T], ends: float, kind: CallKind = "sign_in"
    ) -> Generator[Step, Any, T]:
        """Do what authentication asks for, until a moment of the monotonic clock and at the rate of all requests."""
        outcome, handled = Outcome(), sys.exception()
        came: list[tuple[PreparedRequest, Response | None]] = [(self.out, None)]
        try:
            while True:
                try:
                    step = steps.send(outcome.value) if outcome.error is None else steps.throw(outcome.error)
                except StopIteration as end:
                    made: T = end.value
                    return made
                except Exception as error:
                    for request, response in came:  # whose cleaners, held in a variable, would show what they look for
                        clean_texts(causes(error, handled), request.cleaner(response))
                    if isinstance(error, SignInError) and error.status_code == 200:
                        error.body = None  # it may be a credential, under whatever name
                    raise
                left = max(0.0, ends - time.monotonic())
                if isinstance(step, CallFunction):
                    outcome = yield attrs.evolve(step, seconds=left)
                    continue
                request = self._prepared(step, left, kind)
                try:
                    outcome = Outcome((yield from run_attempts(request, self.limiter, self.hooks)))
                except APIConnectionError as error:
                    outcome = Outcome(error=error)
                came.append((request, outcome.value))
        finally:
            steps.close()

    def _prepared(self, asked: SendRequest, left: float, kind: CallKind) -> PreparedRequest:
        parts = urlsplit(asked.url)
        site = f"{parts.scheme}://{parts.netloc}"
        return PreparedRequest(
            asked.method,
            site,
            asked.url.removeprefix(site),
            headers=SentHeaders({"Accept": "application/json", **asked.headers}),
            timeout=attrs.evolve(self.timeout, total=max(min(self.timeout.total, left), 0.001)),  # it is over 0
            retries=self.retries,
            content=asked.content,
            kind=kind,
            slow=self.out.slow,
            safe=asked.safe,
            behalf=self.out,
            largest=MAX_BYTES,
            stop=self.out.stop,
        )

    def _find(self, tenant: Tenant, rejected: Place | None = None) -> Generator[Step, Any, Place]:
        return self._shared(tenant.place, lambda old: self.run(tenant.find(old), self._ends, "tenant"), rejected)

    def _refresh(self, auth: RefreshingAuth, rejected: Credential | None = None) -> Generator[Step, Any, Credential]:
        def make(rejected: Credential | None) -> Generator[Step, Any, Credential]:
            try:
                made = yield from self.run(auth.refresh(rejected), self._ends)
                check_headers(made.headers)
            except (SignInError, ConfigurationError, InvalidInputError):
                raise
            except Exception as error:
                said = error.args[0] if isinstance(error, SuperOfficeError) else f"{type(error).__name__} was raised"
                advice = (
                    advice_aside(error, "the authentication server") if isinstance(error, APIConnectionError) else None
                )
                raise SignInError(f"the credential could not be refreshed: {said}", advice=advice) from error
            # An equal one would be refused with 401 as well.
            return rejected if rejected is not None and made.headers == rejected.headers else made

        return self._shared(auth.credential, make, rejected)

    def _shared(
        self, flight: SingleFlight[T], make: Callable[[T | None], Generator[Step, Any, T]], rejected: T | None
    ) -> Generator[Step, Any, T]:
        """Return what this call or another makes; an error of it names this call."""
        try:
            return (yield from flight.get(make, rejected, began=self._began, ends=self._ends))
        except APIError as error:
            error.ids = self.out.ids
            error.of_call(self.out.method, self.out.path, self.out.attempts)
            raise

    def _go_to(self, place: Place) -> None:
        self._place = place
        self.out.url = place.site + self.out.path

    def _sign(self, credential: Credential) -> None:
        if credential is not self._credential:
            self._credential = credential
            signed = {name: it for name, it in credential.headers.items() if name.lower() not in self.out.own}
            self.out.headers = SentHeaders({**self._unsigned, **signed})


def _secrets(auth: RefreshingAuth) -> set[str]:
    held: list[object] = list(vars(auth).values())
    secrets: list[object] = [each for each in held if isinstance(each, str) and repr(each) != repr(str(each))]
    secrets += [getattr(each, name) for each in held if isinstance(each, HiddenRepr) for name in each.__struct_fields__]
    return {each for each in secrets if isinstance(each, str)}
