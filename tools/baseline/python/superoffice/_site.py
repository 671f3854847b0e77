from __future__ import annotations
import ipaddress
from urllib.parse import urlsplit
from .errors import ConfigurationError

def checked_site(site: object) -> str:
    ...

def is_loopback(site: str) -> bool:
    ...
