"""The address of a tenant's site, checked once."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from .errors import ConfigurationError

_NAME: Final = re.compile(r"[A-Za-z]+[0-9]+")  # as Cust12345
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def checked_site(site: object) -> str:
    """Give the site without a slash at its end; raises `ConfigurationError` for what cannot be one."""
    example = "give it as https://online.superoffice.com/Cust12345"
    if not isinstance(site, str):  # such as an environment variable that is not set
        raise ConfigurationError(f"the site is a text, not {site!r}; {example}")
    if site != site.strip() or any(ord(char) < 33 for char in site):
        raise ConfigurationError(f"the site is a plain address without blanks; {example}")
    try:
        parts = urlsplit(site)
    except ValueError:
        raise ConfigurationError(f"the site is no address; {example}") from None
    if _NAME.fullmatch(site):
        raise ConfigurationError(
            f"{site!r} is a tenant's name, no address; give Tenant({site!r}), at a terminal SUPEROFFICE_TENANT={site}"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"the site {_shown(site)!r} has no http:// or https:// and host; {example}")
    if "@" in parts.netloc:
        raise ConfigurationError(f"the site holds credentials, which end up in logs; {example} and sign in with auth=")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"the site {_shown(site)!r} has a query or a fragment; {example}")
    try:
        _ = parts.port
    except ValueError:
        raise ConfigurationError(f"the site {_shown(site)!r} has a port that is none; {example}") from None
    path = parts.path.rstrip("/")
    if path.lower().endswith(("/api", "/api/v1")):
        raise ConfigurationError(f"the site {_shown(site)!r} holds the API's own path; leave out /api and what follows")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _shown(site: str) -> str:
    """Show a site without what may be secret in it."""
    return site.split("?", 1)[0].split("#", 1)[0].rsplit("@", 1)[-1]


def is_loopback(site: str) -> bool:
    """Whether a site is on this machine, by a name for which no proxy is asked: a proxy would see the sign-in."""
    host = urlsplit(site).hostname or ""
    return host in LOOPBACK or host.endswith(".localhost")
