from __future__ import annotations
import re
from collections.abc import Mapping
from typing import Final
from superoffice_api.facts import Security
from .errors import InvalidInputError
SIGN_IN_HEADERS: Final = frozenset({Security.BEARER.header.lower(), Security.XSRF_TOKEN.header.lower(), 'cookie'})

class SentHeaders(dict[str, str]):

    def __repr__(self) -> str:
        ...

def check_headers(headers: Mapping[str, str]) -> None:
    ...

def can_be_sent(name: str, value: str) -> bool:
    ...
