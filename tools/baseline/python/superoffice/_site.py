from __future__ import annotations
import re
from typing import Final
from urllib.parse import urlsplit
from .errors import ConfigurationError
LOOPBACK: Final = ('localhost', '127.0.0.1', '::1')

def checked_site(site: object) -> str:
    ...

def is_loopback(site: str) -> bool:
    ...
