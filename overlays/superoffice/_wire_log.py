"""Veils what httpcore logs of our calls at DEBUG: a site may set a cookie, and a proxy may be signed in to."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from typing import Final

OURS: Final = ContextVar("superoffice_call", default=False)  # what others in the program log is left as it is
_LOGGERS: Final = ("httpcore.http11", "httpcore.http2", "httpcore.socks")  # those that show headers and sign-in
_BYTES: Final = r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""
_PAIR: Final = rf"\(({_BYTES}), ({_BYTES})\)"  # compiled by the first line at DEBUG, of which most programs have none
_SHOWN: Final = {
    *("cache-control", "connection", "content-encoding", "content-length", "content-type", "date", "retry-after"),
    *("server", "so-timezone", "transfer-encoding", "vary", "via"),
}


class _Veil(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if OURS.get():
            record.msg, record.args = re.sub(_PAIR, _veiled, record.getMessage()), ()
        return True


_VEIL: Final = _Veil()


def veil() -> None:
    """Begin to; to begin twice is harmless."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_VEIL)


def _veiled(pair: re.Match[str]) -> str:
    name = pair[1][2:-1].lower()
    return pair[0] if name in _SHOWN else f"({pair[1]}, b'***')"
