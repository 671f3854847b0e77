"""A web session's cookies: what a site sets, and what a page holds. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.utils import mktime_tz, parsedate_tz
from time import time
from typing import Final
from urllib.parse import urlsplit

from ..transport.call import can_be_sent

XSRF_COOKIE: Final = "XSRF-TOKEN"
XSRF_INPUT: Final = "XSRF_TOKEN"


def cookies_after(cookies: Mapping[str, str], url: str, lines: Sequence[str]) -> dict[str, str]:
    """Return the cookies after an address has set these (Set-Cookie headers, read as in RFC 6265)."""
    parts = urlsplit(url)
    result = dict(cookies)
    for line in lines:
        pair, *rest = line.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        attributes = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in rest)}
        if not equals or not can_be_sent(name, value) or not _is_for(attributes, parts.hostname or "", parts.path):
            continue
        if _is_over(attributes):
            result.pop(name, None)
        else:
            result[name] = value
    return result


def _is_for(attributes: Mapping[str, str], host: str, path: str) -> bool:
    """Return whether a cookie goes back to the address that set it; one for another host or path is dropped."""
    domain = attributes.get("domain", "").lower().removeprefix(".")
    below = attributes.get("path", "/").rstrip("/")
    return (not domain or host == domain or host.endswith(f".{domain}")) and f"{path}/".startswith(f"{below}/")


def _is_over(attributes: Mapping[str, str]) -> bool:
    """Return whether a cookie is deleted by being set; Max-Age goes before Expires."""
    age = attributes.get("max-age", "")
    digits = age.removeprefix("-")
    if digits.isascii() and digits.isdecimal():  # of any length, which int() does not take
        return digits != age or not digits.strip("0")
    ends = parsedate_tz(attributes.get("expires", ""))
    try:
        return ends is not None and mktime_tz(ends) <= time()
    except (ValueError, OverflowError):  # a date that no calendar has
        return False


def hidden_input(page: str) -> str | None:
    """Return the XSRF value of a page's hidden input; None where there is none."""
    from html.parser import HTMLParser  # for a web session alone

    class Inputs(HTMLParser):
        value: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "input" and XSRF_INPUT in (given.get("name"), given.get("id")):
                self.value = self.value or given.get("value")

    inputs = Inputs()
    with suppress(AssertionError):  # of a malformed declaration, before which the value may stand
        inputs.feed(page)
    return inputs.value
