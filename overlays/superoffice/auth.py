"""Sign-in schemes: each gives the headers that the document names for it. No secret shows in a `repr`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, Literal, Protocol, TypeAlias

import attrs

from superoffice_api.facts import Security, SecurityScheme

from ._renewal import AuthStep, Await, Credential, RenewingAuth
from .errors import ConfigurationError, SignInError

TokenFunction: TypeAlias = Callable[[], str | Awaitable[str]]
_SCHEMES = {"Bearer": Security.BEARER, "SoTicket": Security.SO_TICKET}


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


def _credential(scheme: SecurityScheme, value: str) -> dict[str, str]:
    return {scheme.header: f"{scheme.prefix} {value}" if scheme.prefix else value}


@attrs.frozen
class BasicAuth:
    """User name and password; on-site installations only (source: the contract page and public documentation).

    >>> BasicAuth("tje0", "Tje0").headers()
    {'Authorization': 'Basic dGplMDpUamUw'}
    """

    user: str
    password: str = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        pair = f"{self.user}:{self.password}".encode()
        return _credential(Security.BASIC, b64encode(pair).decode("ascii"))


@attrs.frozen
class SoTicketAuth:
    """A SuperOffice ticket (`7T:...`), sent exactly as it was issued; online it must come with an application token."""

    ticket: str = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        return _credential(Security.SO_TICKET, self.ticket)


@attrs.frozen
class BearerAuth:
    """An OAuth 2 access token (`8A:...`); online only."""

    token: str = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        return _credential(Security.BEARER, self.token)


class TokenAuth(RenewingAuth):
    """A function that gives a token: called when the first call needs one, and once more after a 401.

    Only one call at a time calls it, and the others wait for what it gives. `AsyncSuperOffice` awaits an async one, and
    calls a plain one in a thread, since it may block.

    Args:
        function: Takes nothing and gives an access token, or a SuperOffice ticket.
        scheme: How it is sent: `"Bearer"` for access tokens, `"SoTicket"` for tickets.

    Raises:
        SignInError: Raised by calls for which the function raised something, which is the error's cause.

    >>> TokenAuth(lambda: "8A:secret")
    TokenAuth(scheme='Bearer')
    """

    def __init__(self, function: TokenFunction, *, scheme: Literal["Bearer", "SoTicket"] = "Bearer") -> None:
        super().__init__()
        if scheme not in _SCHEMES:
            raise ConfigurationError(f"scheme={scheme!r} is neither 'Bearer' nor 'SoTicket'")
        self.scheme = _SCHEMES[scheme]
        self._function = function

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Have the function give a token."""
        token = hidden((yield Await(self._function)))
        if not isinstance(token, str) or not token:
            raise SignInError("the function that is to give a token gave none")
        return Credential(_credential(self.scheme, token))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scheme={self.scheme.prefix!r})"


@attrs.frozen
class XsrfAuth:
    """A browser session: the XSRF value of its cookie or page, together with the session's cookies by name."""

    token: str = attrs.field(repr=False)
    cookies: Mapping[str, str] = attrs.field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**_credential(Security.XSRF_TOKEN, self.token), "Cookie": pairs}
