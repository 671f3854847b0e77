"""Web sessions: a cookie that signs a browser in, and the XSRF value that must come back in a header."""

from __future__ import annotations

import threading
from secrets import token_urlsafe
from typing import Final

import attrs

from ..clock import Clock
from ..credentials import same
from .ledger import Ledger

COOKIE: Final = "session"
XSRF_COOKIE: Final = "XSRF-TOKEN"
XSRF_INPUT: Final = "XSRF_TOKEN"
_GRACE: Final = 60  # seconds, for requests that were sent before the value was refreshed


@attrs.define(eq=False, repr=False)
class _Session:
    xsrf: str = attrs.field(factory=token_urlsafe)
    since: float = 0.0
    round: int = 0
    previous: str = ""
    previous_ends: float = 0.0


class Sessions:
    """The sessions of signed-in browsers."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ledger: Ledger[_Session] = Ledger(clock, seconds=seconds, sliding=True)
        self._round = 0
        self._every: float | None = None

    def begin(self) -> tuple[str, str]:
        """Sign a browser in; return the session's cookie and its XSRF value."""
        made = _Session(since=self._clock.now(), round=self._round)
        return self._ledger.issue(made), made.xsrf

    def xsrf(self, session: str) -> str | None:
        """Return the XSRF value of a session; None if there is no such session."""
        found = self._ledger.find(session)
        return None if found is None else found.xsrf

    def accepts(self, session: str, xsrf: str) -> bool:
        """Return True if the XSRF value is the session's, or was less than a minute ago."""
        found = self._ledger.find(session)
        if found is None:
            return False
        return same(xsrf, found.xsrf) or (self._clock.now() < found.previous_ends and same(xsrf, found.previous))

    def refreshed(self, session: str) -> str | None:
        """Return a new XSRF value to send with a response, if it is time for one."""
        found = self._ledger.find(session)
        if found is None:
            return None
        with self._lock:
            now = self._clock.now()
            late = self._every is not None and now - found.since >= self._every
            if found.round == self._round and not late:
                return None
            found.previous, found.previous_ends = found.xsrf, now + _GRACE
            found.xsrf, found.since, found.round = token_urlsafe(), now, self._round
            return found.xsrf

    def refresh(self, every: float | None) -> None:
        """Change each session's value with its next response, and then again each time `every` seconds have passed."""
        with self._lock:
            self._round += 1
            self._every = every

    def clear(self) -> None:
        """Sign everybody out."""
        self._ledger.clear()
