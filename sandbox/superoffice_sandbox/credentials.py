"""The credentials that the sandbox accepts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import Protocol

import attrs

from superoffice_api.facts import Security

from .behaviour import check_kind


@attrs.frozen
class Credentials:
    """What the sandbox accepts, one set for each scheme; user and password are those of the contract page's request.

    >>> with superoffice_sandbox.start(tickets=0, credentials=Credentials(user="me", password="mine")) as own:
    ...     own.user
    'me'
    """

    user: str = "tje0"
    password: str = "Tje0"  # noqa: S105 - published on the contract page
    so_ticket: str = "7T:sandbox-ticket"
    token: str = "8A:sandbox-token"  # noqa: S105 - opens nothing but the sandbox
    xsrf_token: str = "sandbox-xsrf"  # noqa: S105 - opens nothing but the sandbox
    session: str = "sandbox-session"
    app_token: str = "sandbox-app"  # noqa: S105 - opens nothing but the sandbox

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(type(self)):
            check_kind(field.name, getattr(self, field.name), str, "text")


class Issued(Protocol):
    """Tokens and sessions that were issued besides these credentials."""

    @property
    def sessions(self) -> WebSessions:
        """The web sessions."""
        ...

    def app_token(self, value: str) -> bool:
        """Return True if an application has this token."""
        ...

    def bearer(self, token: str) -> bool:
        """Return True if an access token is valid."""
        ...

    def ticket(self, ticket: str, app_token: str | None) -> bool:
        """Return True if a session ticket is valid for the application that has this token."""
        ...


class WebSessions(Protocol):
    """The sessions of signed-in browsers."""

    def accepts(self, session: str, xsrf: str) -> bool:
        """Return True if the session is valid, and the XSRF value belongs to it."""
        ...


def signed_in(given: Mapping[str, str], accepted: Credentials, issued: Issued, *, online: bool) -> bool:
    """Return True if the headers (names in lower case) are accepted; online, SoTicket needs SO-AppToken."""
    app_token = given.get(Security.APP_TOKEN.header.lower())
    if app_token is not None and not (same(app_token, accepted.app_token) or issued.app_token(app_token)):
        return False
    scheme, _, value = given.get("authorization", "").partition(" ")
    value = value.strip()
    match scheme.lower():
        case "":
            session = cookie(given.get("cookie", ""), "session")
            xsrf = given.get(Security.XSRF_TOKEN.header.lower(), "")
            fixed = same(xsrf, accepted.xsrf_token) and same(session, accepted.session)
            valid = fixed or issued.sessions.accepts(session, xsrf)
        case "basic":
            valid = same(value, b64encode(f"{accepted.user}:{accepted.password}".encode()).decode())
        case "soticket":
            known = same(value, accepted.so_ticket) or issued.ticket(value, app_token)
            valid = known and not (online and app_token is None)
        case "bearer":
            valid = same(value, accepted.token) or issued.bearer(value)
        case _:
            valid = False
    return valid


def cookie(header: str, name: str) -> str:
    """Return the value of a cookie, or an empty string."""
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def same(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return compare_digest(given.encode(), expected.encode())
