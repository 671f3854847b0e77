"""The address of a tenant's site, checked once."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigurationError

_NAME: Final = re.compile(r"[A-Za-z]+[0-9]+")  # as Cust12345
_EXAMPLE: Final = "https://online3.superoffice.com/Cust12345"
_BY_NAME: Final = "Tenant('{0}'), at a terminal SUPEROFFICE_TENANT={0}"
# What SuperOffice hands out, and an endpoint's address; a gateway may have a site of its own below /api.
_API: Final = re.compile(r"/+api(/+v\d+(/+agents(/.*)?)?)?$", re.IGNORECASE)
_SOAP: Final = re.compile(r"/+remote/+services\d*(/|$)", re.IGNORECASE)
_ONLINE: Final = re.compile(r"(sod|qaonline|online)\d*\.superoffice\.com\.?")
_TENANT: Final = re.compile(r"/(?!(login|api)$)[\w-]+", re.ASCII | re.IGNORECASE)
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def checked_site(site: object) -> str:
    """Return the site without the API's own path; raises `ConfigurationError` for what cannot be one."""
    address = _API.sub("", checked_address(site))
    if found := _SOAP.search(address):
        raise ConfigurationError(f"the site {address!r} is of the older SOAP services; give {address[: found.start()]}")
    parts = urlsplit(address)
    if _ONLINE.fullmatch(parts.hostname or "") and not _TENANT.fullmatch(parts.path):
        advice = f"give one that ends in its name, as {_EXAMPLE}, or {_BY_NAME.format('Cust12345')}"
        raise ConfigurationError(f"the site {address!r} is not the address of a tenant; {advice}")
    return address


def checked_address(site: object) -> str:
    """Return an address without a slash at its end; raises `ConfigurationError` for what is not one."""
    example = f"give it as {_EXAMPLE}"
    if not isinstance(site, str):  # such as an environment variable that is not set
        raise ConfigurationError(f"the site is a text, not {site!r}; {example}")
    if site != site.strip() or any(ord(char) < 33 for char in site):
        raise ConfigurationError(f"the site is a plain address without blanks; {example}")
    try:
        parts = urlsplit(site)
        _ = parts.port
    except ValueError:
        raise ConfigurationError(f"the site is not an address, or has a port that is not one; {example}") from None
    if _NAME.fullmatch(site):
        raise ConfigurationError(f"{site!r} is the name of a tenant; give {_BY_NAME.format(site)}")
    shown = re.split("[?#]", site)[0].rpartition("@")[2]  # without what may be secret in it
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"the site {shown!r} has no http:// or https:// and host; {example}")
    if "@" in parts.netloc:
        other = "sign in with auth=, at a terminal with SUPEROFFICE_USER and SUPEROFFICE_PASSWORD"
        raise ConfigurationError(f"the site holds credentials, which end up in logs; {example} and {other}")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"the site {shown!r} has a query or a fragment; {example}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(site: str) -> bool:
    """Return whether a site is on this machine, by a name for which no proxy is used: it would see the credentials."""
    host = urlsplit(site).hostname or ""
    return host in _LOOPBACK or host.endswith(".localhost")


def proxy_for(url: str) -> tuple[str, str] | None:
    """Return the variable that names the proxy for an address, as curl reads it, and the proxy; None for none."""
    from urllib.request import getproxies  # heavy, and needed when the first call is sent

    found = {scheme: value.strip() for scheme, value in getproxies().items()}
    parts = urlsplit(url)
    scheme = next((scheme for scheme in (parts.scheme, "all") if found.get(scheme)), None)
    if scheme is None or is_loopback(url):
        return None
    if any(_names(entry, parts) for entry in re.split(r"[,\s]+", found.get("no", ""))):
        return None
    lower = f"{scheme}_proxy"
    return lower if os.environ.get(lower) else lower.upper(), found[scheme]


def _names(entry: str, url: SplitResult) -> bool:
    from ipaddress import ip_address, ip_network

    if entry == "*":
        return True
    scheme, mark, rest = entry.rpartition("://")
    if mark:
        if scheme.lower() != url.scheme:
            return False
        entry = rest.partition("/")[0]
    name, colon, port = entry.rpartition(":")
    if colon and port.isdecimal() and (":" not in name or name.endswith("]")):
        if int(port) != (url.port or (443 if url.scheme == "https" else 80)):
            return False
        entry = name
    entry, host = entry.replace("[", "").replace("]", ""), url.hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        named = _plain(entry.lstrip("*."))
        return named != "" and f".{_plain(host)}".endswith(f".{named}")
    with suppress(ValueError):  # the entry is a name
        return address in ip_network(entry, strict=False)
    return False


def _plain(host: str) -> str:
    from unicodedata import normalize

    labels = normalize("NFC", host.lower()).rstrip(".").split(".")
    with suppress(UnicodeError):  # a name that no host has
        labels = [name[4:].encode("ascii").decode("punycode") if name[:4] == "xn--" else name for name in labels]
    return ".".join(labels)
