"""Sign-in schemes: each gives the headers that the document names for it. No secret shows in a `repr`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Literal, Protocol, Self, TypeAlias, cast

import attrs

from superoffice_api.facts import Security, SecurityScheme

from ._cookies import XSRF_COOKIE, XSRF_INPUT, after, hidden_input
from ._headers import SentHeaders
from ._renewal import AuthStep, Await, Credential, RenewingAuth
from .errors import ConfigurationError, SignInError

TokenFunction: TypeAlias = Callable[[], str | Awaitable[str]]
_SCHEMES = {"Bearer": Security.BEARER, "SoTicket": Security.SO_TICKET}
_WORDS = {"basic", *map(str.casefold, _SCHEMES)}


class Auth(Protocol):
    """What a client asks for before each call: the headers that sign it in.

    Any object that has this method signs in; one whose credential ends is a `RenewingAuth`.

    >>> class Proxied:
    ...     def headers(self) -> dict[str, str]:
    ...         return {"Authorization": "Bearer 8A:...", "X-Proxy-Key": "..."}
    >>> with SuperOffice("https://crm.example.com", auth=Proxied()) as client:
    ...     pass
    """

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


def _is_text(auth: object, member: attrs.Attribute[str], value: object) -> None:
    check_text(type(auth).__name__, member.name, value)


def _is_credential_alone(auth: object, member: attrs.Attribute[str], value: str) -> None:
    kind, word = type(auth).__name__, value.partition(" ")[0]
    if not value:
        raise ConfigurationError(f"{kind} was given an empty {member.name}")
    if word.casefold() in _WORDS:
        raise ConfigurationError(f"{kind} takes the {member.name} alone, and puts {word!r} before it by itself")


def check_text(owner: str, name: str, value: object) -> None:
    """Refuse what is no text, such as an environment variable that is not set; it would be sent as "None"."""
    if not isinstance(value, str):
        raise ConfigurationError(f"{owner} takes {name} as text, not as {type(value).__name__}")


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
    """A SuperOffice ticket (`7T:...`), sent exactly as it was issued; online it must come with an application token.

    >>> SoTicketAuth("7T:...").headers()
    {'Authorization': 'SoTicket 7T:...'}
    """

    ticket: str = attrs.field(repr=False, validator=[_is_text, _is_credential_alone])

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        return _credential(Security.SO_TICKET, self.ticket)


@attrs.frozen
class BearerAuth:
    """An OAuth 2 access token (`8A:...`); online only.

    >>> BearerAuth("8A:...").headers()
    {'Authorization': 'Bearer 8A:...'}
    """

    token: str = attrs.field(repr=False, validator=[_is_text, _is_credential_alone])

    def headers(self) -> Mapping[str, str]:
        """Give the headers."""
        return _credential(Security.BEARER, self.token)


@attrs.frozen
class _Token:
    value: Any = attrs.field(repr=False)  # whatever a function gave, which a traceback with variables is not to show


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
        if not callable(function):
            raise ConfigurationError("TokenAuth takes a function that gives a token; for a token itself use BearerAuth")
        self.scheme = _SCHEMES[scheme]
        self._function = function

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Have the function give a token."""
        token = _Token((yield Await(self._function)))
        if not isinstance(token.value, str) or not token.value:
            raise SignInError("the function that is to give a token gave none")
        return Credential(_credential(self.scheme, token.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scheme={self.scheme.prefix!r})"


class XsrfAuth(RenewingAuth):
    """A browser's session: its cookies, and the XSRF value that goes with them.

    Cookies that the site sets are kept here, for this sign-in alone; when it sets a new XSRF value, later calls send
    that, and a call that was refused with the old one is sent once more. A session that has ended cannot be renewed.

    Args:
        token: The XSRF value.
        cookies: The session's cookies by name.

    >>> XsrfAuth.from_page('<input type="hidden" name="XSRF_TOKEN" value="secret">', {"session": "secret"})
    XsrfAuth()
    """

    scheme = Security.XSRF_TOKEN
    keeps_cookies = True

    def __init__(self, token: str, cookies: Mapping[str, str]) -> None:
        super().__init__()
        check_text(type(self).__name__, "token", token)
        self._first = _Session.of(token, cookies)

    @classmethod
    def from_cookies(cls, cookies: Mapping[str, str]) -> Self:
        """Take the XSRF value from the cookie `XSRF-TOKEN`; raises `ConfigurationError` where there is none."""
        if XSRF_COOKIE not in cookies:
            raise ConfigurationError(f"there is no cookie {XSRF_COOKIE}; take the value from a page with from_page")
        return cls(cookies[XSRF_COOKIE], cookies)

    @classmethod
    def from_page(cls, page: str, cookies: Mapping[str, str]) -> Self:
        """Take the XSRF value from the hidden input `XSRF_TOKEN` of a page (HTML); raises `ConfigurationError`."""
        token = hidden_input(page)
        if token is None:
            raise ConfigurationError(f"the page holds no input {XSRF_INPUT}; is it the page of who signed in?")
        return cls(token, cookies)

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Give what there is: a newer value only comes with an answer."""
        yield from ()
        return rejected or self._first

    def received(self, url: str, cookies: Sequence[str]) -> None:
        """Keep the session's cookies, and the XSRF value among them."""
        replaced = False
        while not replaced:  # an answer to another call may come in between
            old = cast("_Session", self.credential.last)
            kept = after(old.cookies, url, cookies)
            token = kept.get(XSRF_COOKIE, old.token)
            replaced = kept == old.cookies or self.credential.replace(old, _Session.of(token, kept))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


@attrs.frozen(kw_only=True)
class _Session(Credential):
    token: str = attrs.field(repr=False)
    cookies: Mapping[str, str] = attrs.field(repr=False)

    @classmethod
    def of(cls, token: str, cookies: Mapping[str, str]) -> Self:
        """Make it from what it consists of."""
        pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = {**_credential(Security.XSRF_TOKEN, token), "Cookie": pairs}
        return cls(headers=headers, token=token, cookies=SentHeaders(cookies))
