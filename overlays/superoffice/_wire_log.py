"""Veils what httpx and httpcore log of our calls: a site may set cookies or repeat tokens, a proxy be signed in to."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from ._headers import HARMLESS

if TYPE_CHECKING:
    from ._exchange import Outgoing

OURS: Final[ContextVar[Outgoing | None]] = ContextVar("superoffice_call", default=None)
"""The call that is being sent; what others in the program log is left as it is."""
_LOGGERS: Final = ("httpx", "httpcore.http11", "httpcore.http2", "httpcore.socks")  # those that show what was sent
_BYTES: Final = r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""
_PAIR: Final = rf"\(({_BYTES}), ({_BYTES})\)"  # compiled by the first line at DEBUG, of which most programs have none


class _Veil(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if (call := OURS.get()) is not None:
            record.msg, record.args = call.cleaner()(re.sub(_PAIR, _veiled, record.getMessage())), ()
        return True


_VEIL: Final = _Veil()


def veil() -> None:
    """Begin to; to begin twice is harmless."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_VEIL)


def _veiled(pair: re.Match[str]) -> str:
    name = pair[1][2:-1].lower()
    return pair[0] if name in HARMLESS else f"({pair[1]}, b'***')"
