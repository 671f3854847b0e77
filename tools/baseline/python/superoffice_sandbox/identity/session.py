from __future__ import annotations
import threading
from secrets import token_urlsafe
from typing import Final
import attrs
from ..clock import Clock
from .ledger import Ledger
COOKIE: Final = 'session'
XSRF_COOKIE: Final = 'XSRF-TOKEN'
XSRF_INPUT: Final = 'XSRF_TOKEN'

@attrs.define(eq=False, repr=False)
class _Session:
    xsrf: str = attrs.field(factory=token_urlsafe)
    since: float = 0.0
    round: int = 0
    previous: str = ''
    previous_ends: float = 0.0

class Sessions:

    def __init__(self, clock: Clock, seconds: float) -> None:
        ...

    def begin(self) -> tuple[str, str]:
        ...

    def xsrf(self, session: str) -> str | None:
        ...

    def accepts(self, session: str, xsrf: str) -> bool:
        ...

    def renewed(self, session: str) -> str | None:
        ...

    def renew(self, every: float | None) -> None:
        ...

    def clear(self) -> None:
        ...
