"""Signs one call in, anew for each attempt, where that may take calls of its own. No I/O."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import attrs

from superoffice_runtime import Response

from ._exchange import Function, Outcome, Outgoing, Step, exchange
from ._headers import SentHeaders, check_headers
from ._renewal import Ask, AuthStep, Credential, RenewingAuth
from .errors import CallError, ConfigurationError, SignInError, SuperOfficeError, TransportError
from .retries import Retries, Timeout

T = TypeVar("T")
_LARGEST = 1024 * 1024  # bytes of an answer about sign-in


class SignIn:
    """What one call has to do with sign-in before each attempt and after each answer."""

    def __init__(self, out: Outgoing, auth: RenewingAuth, timeout: Timeout, retries: Retries) -> None:
        self._out = out
        self._auth = auth
        self._timeout = timeout
        self._retries = retries
        self._unsigned = out.headers
        self._began = time.monotonic()
        self._credential: Credential | None = None
        self._renewed = False
        out.before_send = self._take_newest

    def before(self, left: float) -> Generator[Step, Any, None]:
        """Have a credential that holds, within so many seconds."""
        self._sign((yield from self._current(None, left)))

    def after(self, response: Response, left: float) -> Generator[Step, Any, bool]:
        """Look at an answer; gives whether the call is to go out once more, signed in anew."""
        used = self._credential
        if used is None:
            return False
        if response.status != 401:
            if used.slides is not None:
                self._auth.credential.used(used, used.slides)
            return False
        if self._renewed:
            return False
        self._renewed = True
        newer = yield from self._current(used, left)
        self._sign(newer)
        return newer is not used

    def _current(self, rejected: Credential | None, left: float) -> Generator[Step, Any, Credential]:
        ends = time.monotonic() + left

        def make(rejected: Credential | None) -> Generator[Step, Any, Credential]:
            made = yield from self._made(rejected, ends)
            # An equal one would be answered 401 as well.
            return rejected if rejected is not None and made.headers == rejected.headers else made

        try:
            return (yield from self._auth.credential.get(make, rejected, began=self._began, ends=ends))
        except CallError as error:
            error.ids = self._out.ids
            error.of_call(self._out.method, self._out.path, self._out.attempts)
            raise

    def _made(self, rejected: Credential | None, ends: float) -> Generator[Step, Any, Credential]:
        try:
            made = yield from _done(self._auth.renew(rejected), self._out, ends, self._timeout, self._retries)
            check_headers(made.headers)
        except (SignInError, ConfigurationError):
            raise
        except Exception as error:
            said = error.args[0] if isinstance(error, SuperOfficeError) else f"{type(error).__name__} was raised"
            raise SignInError(f"the sign-in could not be renewed: {said}") from error
        return made

    def _take_newest(self) -> None:
        """Sign in with what was renewed while the call waited for its turn."""
        if (newer := self._auth.credential.newest(None)) is not None and newer is not self._credential:
            self._sign(newer)

    def _sign(self, credential: Credential) -> None:
        self._credential = credential
        own = self._out.own
        self._out.headers = headers = SentHeaders(self._unsigned)
        headers.update({name: value for name, value in credential.headers.items() if name.lower() not in own})


def _done(
    steps: Generator[AuthStep, Any, T], out: Outgoing, ends: float, timeout: Timeout, retries: Retries
) -> Generator[Step, Any, T]:
    """Do what sign-in asks for, within the time that the call has left."""
    outcome = Outcome()
    try:
        while True:
            try:
                step = steps.send(outcome.value) if outcome.error is None else steps.throw(outcome.error)
            except StopIteration as end:
                made: T = end.value
                return made
            left = max(0.0, ends - time.monotonic())
            if isinstance(step, Ask):
                asked = _asked(step, out, left, timeout, retries)
                try:
                    outcome = Outcome((yield from exchange(asked, None, None, aside=True)))
                except TransportError as error:
                    outcome = Outcome(error=error)
            else:
                outcome = yield Function(step.function, left)
    finally:
        steps.close()


def _asked(ask: Ask, out: Outgoing, left: float, timeout: Timeout, retries: Retries) -> Outgoing:
    parts = urlsplit(ask.url)
    site = f"{parts.scheme}://{parts.netloc}"
    asked = Outgoing(
        ask.method,
        site,
        ask.url.removeprefix(site),
        headers=SentHeaders(ask.headers),
        content=ask.content,
        ids=(),
        timeout=attrs.evolve(timeout, total=max(min(timeout.total, left), 0.001)),
        retries=retries,
        slow=None,
        safe=ask.safe,
    )
    asked.stop = out.stop
    asked.largest = _LARGEST
    return asked
