from __future__ import annotations
from collections.abc import Mapping, Sequence
from email.utils import mktime_tz, parsedate_tz
from time import time
from typing import Final
from urllib.parse import urlsplit
from ._headers import can_be_sent
XSRF_COOKIE: Final = 'XSRF-TOKEN'
XSRF_INPUT: Final = 'XSRF_TOKEN'

def after(cookies: Mapping[str, str], url: str, lines: Sequence[str]) -> dict[str, str]:
    ...

def hidden_input(page: str) -> str | None:
    ...
