from __future__ import annotations
import logging
import re
from contextvars import ContextVar
from typing import Final
OURS: Final = ContextVar('superoffice_call', default=False)

class _Veil(logging.Filter):

    def filter(self, record: logging.LogRecord) -> bool:
        ...

def veil() -> None:
    ...
