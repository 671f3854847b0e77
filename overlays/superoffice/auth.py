"""Sign-in schemes: each gives the headers that the document names for it. No secret shows in a `repr`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Protocol

import attrs

from superoffice_api.facts import Security, SecurityScheme

from .errors import ConfigurationError


class Auth(Protocol):
    """What a client asks for before each call: the headers that sign it in."""

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        ...


class _Secret(str):
    """Text that a traceback with variables does not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"


def hidden(secret: str | None) -> str | None:
    """Give a secret that shows itself in no `repr`."""
    return None if secret is None else _Secret(secret)


def app_token_header(token: str) -> tuple[str, str]:
    """Give the header of the application token."""
    return Security.APP_TOKEN.header, token


def _is_text(auth: Auth, member: attrs.Attribute[str], value: object) -> None:
    """Refuse what is no text, such as an environment variable that is not set; it would be sent as "None"."""
    if not isinstance(value, str):
        raise ConfigurationError(f"{type(auth).__name__} takes {member.name} as text, not as {type(value).__name__}")


def _credential(scheme: SecurityScheme, value: str) -> dict[str, str]:
    return {scheme.header: f"{scheme.prefix} {value}" if scheme.prefix else value}


@attrs.frozen
class BasicAuth:
    """User name and password; on-site installations only (source: the contract page and public documentation).

    >>> BasicAuth("tje0", "Tje0").headers()
    {'Authorization': 'Basic dGplMDpUamUw'}
    """

    user: str = attrs.field(validator=_is_text)
    password: str = attrs.field(repr=False, validator=_is_text)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        pair = f"{self.user}:{self.password}".encode()
        return _credential(Security.BASIC, b64encode(pair).decode("ascii"))


@attrs.frozen
class SoTicketAuth:
    """A SuperOffice ticket (`7T:...`), sent exactly as it was issued; online it must come with an application token."""

    ticket: str = attrs.field(repr=False, validator=_is_text)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        return _credential(Security.SO_TICKET, self.ticket)


@attrs.frozen
class BearerAuth:
    """An OAuth 2 access token (`8A:...`); online only."""

    token: str = attrs.field(repr=False, validator=_is_text)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        return _credential(Security.BEARER, self.token)


@attrs.frozen
class XsrfAuth:
    """A browser session: the XSRF value of its cookie or page, together with the session's cookies by name."""

    token: str = attrs.field(repr=False, validator=_is_text)
    cookies: Mapping[str, str] = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**_credential(Security.XSRF_TOKEN, self.token), "Cookie": pairs}
