from __future__ import annotations
import logging
import time
from collections.abc import Generator, Mapping
from typing import Any, TypeAlias
import attrs
from superoffice_runtime import Response
from .errors import TransportError
from .hooks import CallEvent, Hook, Hooks
from .retries import RateLimiter, Retries, Timeout, parse_retry_after
log = logging.getLogger('superoffice')

class SentHeaders(dict[str, str]):

    def __repr__(self) -> str:
        ...

class Outgoing:
    __slots__ = (*('attempts', 'content', 'headers', 'ids', 'method', 'path', 'retries', 'sent_at', 'slow', 'timeout', 'url'),)

    def __init__(self, method: str, site: str, path: str, *, headers: Mapping[str, str], content: bytes, ids: tuple[int, ...], timeout: Timeout, retries: Retries, slow: float | None) -> None:
        self.attempts = ...
        self.sent_at = ...
        self.method = ...
        self.path = ...
        self.url = ...
        self.headers = ...
        self.content = ...
        self.ids = ...
        self.timeout = ...
        self.retries = ...
        self.slow = ...
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
Step: TypeAlias = Wait | Tell | Send
Exchange: TypeAlias = Generator[Step, Any, Response]

def exchange(out: Outgoing, limiter: RateLimiter | None, hooks: Hooks | None) -> Exchange:
    ...
