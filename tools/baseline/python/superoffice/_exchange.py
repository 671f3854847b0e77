from __future__ import annotations
import logging
import time
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
import attrs
from superoffice_runtime import Response
from ._headers import SIGN_IN_HEADERS
from ._once import Hold
from ._stop import Stop
from .errors import PERHAPS_DONE, CallTimeoutError, TransportError
from .hooks import CallEvent, Hook, Hooks
from .retries import RateLimiter, Retries, Timeout, parse_retry_after
if TYPE_CHECKING:
    from ._signin import SignIn
log = logging.getLogger('superoffice')

class Outgoing:
    __slots__ = (*('attempts', 'before_send', 'content', 'cookies', 'headers', 'ids', 'largest', 'method', 'own', 'path', 'retries', 'safe', 'sent_at', 'slow', 'slow_attempts'), *('stop', 'timeout', 'url'))

    def __init__(self, method: str, site: str, path: str, *, headers: Mapping[str, str], content: bytes, ids: tuple[int, ...], timeout: Timeout, retries: Retries, slow: float | None, safe: bool) -> None:
        self.attempts = ...
        self.slow_attempts = ...
        self.stop: Stop | None = ...
        self.sent_at = ...
        self.before_send: Callable[[], object] | None = ...
        self.largest: int | None = ...
        self.own: frozenset[str] = ...
        self.cookies: list[str] | None = ...
        self.method = ...
        self.path = ...
        self.url = ...
        self.headers = ...
        self.content = ...
        self.ids = ...
        self.timeout = ...
        self.retries = ...
        self.slow = ...
        self.safe = ...
        ...

    @property
    def signed(self) -> bool:
        ...

@attrs.frozen
class Wait:
    seconds: float

@attrs.frozen
class Tell:
    hook: Hook
    event: CallEvent

@attrs.frozen
class Send:
    remaining: float
    limiter: RateLimiter | None
    aside: Outgoing | None = None

@attrs.frozen
class Function:
    function: Callable[[], Any] = attrs.field(repr=False)
    seconds: float

@attrs.frozen
class Outcome:
    value: Any = attrs.field(default=None, repr=False)
    error: Exception | None = None
Step: TypeAlias = Wait | Tell | Send | Function | Hold
Exchange: TypeAlias = Generator[Step, Any, Response]

def exchange(out: Outgoing, limiter: RateLimiter | None, hooks: Hooks | None, sign_in: SignIn | None=None, *, aside: bool=False) -> Exchange:
    ...

def may_be_done(result: Response | TransportError) -> bool:
    ...
