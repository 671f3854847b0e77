"""Who the sandbox lets in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie

import attrs

from superoffice_api.facts import Security


@attrs.frozen
class Credentials:
    """What the sandbox accepts, one set for each scheme; user and password are those of the contract page's request."""

    user: str = "tje0"
    password: str = "Tje0"  # noqa: S105 - published on the contract page
    so_ticket: str = "7T:sandbox-ticket"
    token: str = "8A:sandbox-token"  # noqa: S105 - opens nothing but the sandbox
    xsrf_token: str = "sandbox-xsrf"  # noqa: S105 - opens nothing but the sandbox
    session: str = "sandbox-session"
    app_token: str = "sandbox-app"  # noqa: S105 - opens nothing but the sandbox


def signed_in(given: Mapping[str, str], accepted: Credentials, *, online: bool) -> bool:
    """Tell whether the headers, named in lower case, carry an accepted sign-in; online a SoTicket needs SO-AppToken."""
    app_token = given.get(Security.APP_TOKEN.header.lower())
    if app_token is not None and not same(app_token, accepted.app_token):
        return False
    scheme, _, value = given.get("authorization", "").partition(" ")
    if not scheme:
        session = _session(given.get("cookie", ""))
        xsrf = given.get(Security.XSRF_TOKEN.header.lower(), "")
        return same(xsrf, accepted.xsrf_token) and same(session, accepted.session)
    pair = b64encode(f"{accepted.user}:{accepted.password}".encode()).decode()
    kind = scheme.lower()
    if kind == "soticket" and online and app_token is None:
        return False
    expected = {"basic": pair, "soticket": accepted.so_ticket, "bearer": accepted.token}.get(kind)
    return expected is not None and same(value.strip(), expected)


def _session(header: str) -> str:
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies["session"].value if "session" in cookies else ""


def same(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing of where two values differ."""
    return compare_digest(given.encode(), expected.encode())
