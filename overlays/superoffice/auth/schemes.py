"""Authentication schemes: each makes the headers that the OpenAPI document names for it. No `repr` shows a secret."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, ClassVar, Final, Literal, Protocol, Self, TypeAlias, cast
from urllib.parse import urlsplit

import attrs

from superoffice_api.facts import Security, SecurityScheme

from ..errors import ConfigurationError, SignInError
from ..transport.attempts import CallFunction
from ..transport.redaction import SentHeaders, can_be_sent, check_headers, hidden
from .refreshing import AuthStep, Credential, RefreshingAuth

TokenFunction: TypeAlias = Callable[[], str | Awaitable[str]]
_HALF: Final = re.compile("[\ud800-\udfff]")  # of a pair: what a byte that is not UTF-8 becomes in os.environ
# Line breaks of every kind, and the mark with which some editors begin a file.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_XSRF_COOKIE: Final = "XSRF-TOKEN"
_XSRF_INPUT: Final = "XSRF_TOKEN"


class Auth(Protocol):
    """What a client asks for the headers that sign a call in, before each call; any object with this method will do.

    >>> class Proxied:
    ...     headers = staticmethod(lambda: {"Authorization": "Bearer 8A:...", "X-Proxy-Key": "..."})
    >>> client = SuperOffice("https://crm.example.com", auth=Proxied())
    """

    def headers(self) -> Mapping[str, str]:
        """Return the headers."""
        ...


def check_text(owner: str, name: str, value: object) -> None:
    """Refuse what is not text, such as a variable that is not set, and text that cannot be encoded."""
    if not isinstance(value, str):
        kind = value if isinstance(value, type) else type(value)  # a type is what `hidden` made of it
        raise ConfigurationError(f"{owner} takes {name} as text, not as {kind.__name__}")
    if _HALF.search(value):
        raise ConfigurationError(f"{owner} was given a {name} with bytes that are not UTF-8; write it in UTF-8")


def check_secret(owner: str, name: str, value: str, *, sent: bool = False) -> None:
    """Refuse a secret that is empty, holds a control character or, where it is `sent` as it is, another than ASCII."""
    check_text(owner, name, value)
    if not value.strip():
        raise ConfigurationError(f"{owner} was given an empty {name}")
    if _CONTROL.search(value):
        raise ConfigurationError(f"{owner} was given a {name} with a control character, or a line break; take it out")
    if sent and not can_be_sent("X", value):
        raise ConfigurationError(f"{owner} was given a {name} with a character outside ASCII, or a blank at an end")


def sign_in_header(scheme: SecurityScheme, value: str) -> dict[str, str]:
    """Return the header of a scheme."""
    return {scheme.header: hidden(f"{scheme.prefix} {value}" if scheme.prefix else value)}


def check_sent(owner: str, name: str, value: str, scheme: SecurityScheme) -> None:
    """Refuse what cannot be the value of a scheme's header."""
    check_text(owner, name, value)
    if not value:
        raise ConfigurationError(f"{owner} was given an empty {name}")
    check_headers({scheme.header: value})
    word = value.partition(" ")[0]
    if scheme.prefix and word.casefold() in ("basic", "bearer", "soticket"):
        raise ConfigurationError(f"{owner} takes the {name} alone, and puts {word!r} before it by itself")


# A secret is hidden first and checked then, since the frames of an error hold what a function was given. attrs would
# validate it before, and pytest shows every value of a comparison that attrs makes.
class _Static:
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and attrs.astuple(cast("Any", other)) == attrs.astuple(cast("Any", self))

    def __hash__(self) -> int:
        return hash(attrs.astuple(cast("Any", self)))


@attrs.frozen(eq=False)
class BasicAuth(_Static):
    """User name and password; on-site installations only (source: the contract page and public documentation).

    Raises `ConfigurationError` for one that is empty or holds a control character, or a user name with a colon.

    >>> client = SuperOffice("https://crm.example.com", auth=BasicAuth("tje0", "Tje0"))
    """

    user: str
    password: str = attrs.field(repr=False)

    def __init__(self, user: str, password: str) -> None:
        user, password = hidden(user), hidden(password)
        object.__setattr__(self, "user", user)  # before anything is raised, or a traceback could not show the object
        object.__setattr__(self, "password", password)
        check_secret("BasicAuth", "user", user)
        check_secret("BasicAuth", "password", password)
        if ":" in user:
            raise ConfigurationError("BasicAuth was given a user with a colon, at which a server ends it; take it out")
        object.__setattr__(self, "user", str(user))

    def headers(self) -> Mapping[str, str]:
        """Return the headers."""
        pair = f"{self.user}:{self.password}".encode()
        return sign_in_header(Security.BASIC, b64encode(pair).decode("ascii"))


@attrs.frozen(eq=False)
class _Token(_Static):
    _name: ClassVar = "token"
    scheme: ClassVar[SecurityScheme]
    token: str = attrs.field(repr=False)

    def __init__(self, token: str) -> None:
        token = hidden(token)
        object.__setattr__(self, "token", token)
        check_sent(type(self).__name__, self._name, token, self.scheme)

    def headers(self) -> Mapping[str, str]:
        return sign_in_header(self.scheme, self.token)


class SoTicketAuth(_Token):
    """A session ticket (`7T:...`), sent exactly as it was issued; online it must come with an application token.

    Raises `ConfigurationError` for one that is empty, not text, or a whole header, and `InvalidInputError` for one that
    no header can hold, as one with a line break.

    >>> client = SuperOffice("https://online3.superoffice.com/Cust12345", auth=SoTicketAuth("7T:..."), app_token="...")
    """

    __slots__ = ()
    _name, scheme = "ticket", Security.SO_TICKET

    def __init__(self, ticket: str) -> None:
        ticket = hidden(ticket)
        super().__init__(ticket)

    @property
    def ticket(self) -> str:
        """The session ticket."""
        return self.token


class BearerAuth(_Token):
    """An OAuth 2 access token (`8A:...`); online only. It raises what `SoTicketAuth` does.

    >>> client = SuperOffice("https://online3.superoffice.com/Cust12345", auth=BearerAuth("8A:..."))
    """

    __slots__ = ()
    scheme = Security.BEARER


_SCHEMES: Final[dict[str, type[BearerAuth | SoTicketAuth]]] = {"Bearer": BearerAuth, "SoTicket": SoTicketAuth}


class TokenAuth(RefreshingAuth):
    """A function that returns a token: called when the first call needs one, and again after a 401.

    `scheme` is how the token is sent: `"Bearer"` for access tokens, `"SoTicket"` for session tickets. Only one call at
    a time calls the function, and the others wait for its token. `AsyncSuperOffice` awaits an async one, and calls a
    plain one in a thread, since it may block. What it raises is the cause of the `SignInError` of these calls.

    >>> TokenAuth(lambda: "8A:secret")
    TokenAuth(scheme='Bearer')
    """

    scheme = Security.BEARER

    def __init__(self, function: TokenFunction, *, scheme: Literal["Bearer", "SoTicket"] = "Bearer") -> None:
        super().__init__()
        if not callable(function):
            del function  # it may be the token
            raise ConfigurationError("TokenAuth takes a function that returns one; for a token itself use BearerAuth")
        if scheme not in _SCHEMES:
            raise ConfigurationError(f"scheme={scheme!r} is neither 'Bearer' nor 'SoTicket'")
        self._make = _SCHEMES[scheme]
        self.scheme = self._make.scheme
        self._function = function

    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Call the function for a token."""
        token = hidden((yield CallFunction(self._function)))
        if not isinstance(token, str) or not token:
            raise SignInError("the function that must return a token returned none")
        return Credential(self._make(token).headers())

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scheme={self.scheme.prefix!r})"


@attrs.frozen(kw_only=True)
class _Session(Credential):
    cookies: SentHeaders = attrs.field(repr=False, eq=False)  # which its headers hold too

    @classmethod
    def of(cls, token: str, cookies: Mapping[str, str]) -> Self:
        pairs = hidden("; ".join(f"{name}={value}" for name, value in cookies.items()))
        headers = {**sign_in_header(Security.XSRF_TOKEN, token), "Cookie": pairs}
        return cls(headers=headers, cookies=SentHeaders(cookies))


class XsrfAuth(RefreshingAuth):
    """A browser's session: its XSRF value, which raises what `SoTicketAuth` does, and its cookies by name.

    Cookies that the site sets are stored in this object; when it sets a new XSRF value, later calls send that, and a
    call that was refused with the old one is sent again. A session that has ended cannot be refreshed. A cookie that
    cannot be sent raises `ConfigurationError`.

    >>> XsrfAuth.from_page('<input type="hidden" name="XSRF_TOKEN" value="secret">', {"session": "secret"})
    XsrfAuth()
    """

    scheme = Security.XSRF_TOKEN
    keeps_cookies = True

    def __init__(self, token: str, cookies: Mapping[str, str]) -> None:
        token, cookies = hidden(token), _hidden_cookies(cookies)
        super().__init__()
        check_sent("XsrfAuth", "token", token, Security.XSRF_TOKEN)
        self._first = _Session.of(token, _checked_cookies(cookies))

    @classmethod
    def from_cookies(cls, cookies: Mapping[str, str]) -> Self:
        """Take the XSRF value from the cookie `XSRF-TOKEN`; raise `ConfigurationError` where there is none."""
        cookies = _hidden_cookies(cookies)
        if _XSRF_COOKIE not in _checked_cookies(cookies):
            raise ConfigurationError(f"there is no cookie {_XSRF_COOKIE}; take the value from a page with from_page")
        return cls(cookies[_XSRF_COOKIE], cookies)

    @classmethod
    def from_page(cls, page: str, cookies: Mapping[str, str]) -> Self:
        """Take the XSRF value from a page's hidden input `XSRF_TOKEN`; raise `ConfigurationError` if it has none."""
        page, cookies = hidden(page), _hidden_cookies(cookies)
        check_text("XsrfAuth", "page", page)
        if (token := hidden(hidden_input(page))) is None:
            raise ConfigurationError(f"the page holds no input {_XSRF_INPUT}; is it of somebody who is signed in?")
        return cls(token, cookies)

    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Return what there is: a newer value only comes with a response."""
        yield from ()
        return rejected or self._first

    def received(self, url: str, cookies: Sequence[str]) -> None:
        """Take over the cookies that a response sets, and the XSRF value among them."""
        replaced = False
        while not replaced:  # the response to another call may come in between
            old = cast("_Session", self.credential.last)
            new = cookies_after(old.cookies, url, cookies)
            token = new.get(_XSRF_COOKIE, old.headers[Security.XSRF_TOKEN.header])
            replaced = new == old.cookies or self.credential.replace(old, _Session.of(token, new))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _hidden_cookies(cookies: Any) -> Any:
    if not isinstance(cookies, Mapping):
        return hidden(cookies)
    given = cast("Mapping[object, str]", cookies)
    named = all(isinstance(name, str) and can_be_sent(name, "") for name in given)
    return SentHeaders({str(name): hidden(value) for name, value in given.items()}) if named else type(given)


def _checked_cookies(cookies: Any) -> SentHeaders:
    if not isinstance(cookies, SentHeaders):
        raise ConfigurationError("XsrfAuth takes cookies by their names, such as {'session': '...'}")
    for name, value in cookies.items():
        check_text("XsrfAuth", f"cookie {name}", value)
        if not can_be_sent(name, value) or ";" in value:
            said = "it holds a control character, a semicolon, one outside ASCII, or a blank at an end"
            raise ConfigurationError(f"XsrfAuth was given a cookie {name} that cannot be sent: {said}")
    return cookies


def cookies_after(cookies: Mapping[str, str], url: str, lines: Sequence[str]) -> dict[str, str]:
    """Return the cookies after an address has set these (Set-Cookie headers, read as in RFC 6265)."""
    parts = urlsplit(url)
    result = dict(cookies)
    for line in lines:
        pair, *rest = line.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        attributes = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in rest)}
        domain = attributes.get("domain", "").lower().removeprefix(".") or parts.hostname
        below = attributes.get("path", "/").rstrip("/")
        goes_back = f".{parts.hostname}".endswith(f".{domain}") and f"{parts.path}/".startswith(f"{below}/")
        if equals and goes_back and can_be_sent(name, value):
            result[name] = value
            if _is_over(attributes):
                del result[name]
    return result


def _is_over(attributes: Mapping[str, str]) -> bool:
    age = attributes.get("max-age", "")
    if re.fullmatch("-?[0-9]+", age):  # of any length, which int() does not take
        return age.startswith("-") or not age.strip("0")
    with suppress(ValueError, OverflowError):  # none, or a date that no calendar has
        return parsedate_to_datetime(attributes.get("expires", "")).timestamp() <= time()
    return False


def hidden_input(page: str) -> str | None:
    """Return the XSRF value of a page's hidden input; None where there is none."""
    from html.parser import HTMLParser  # for a web session alone

    class Inputs(HTMLParser):
        value: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "input" and _XSRF_INPUT in (given.get("name"), given.get("id")):
                self.value = self.value or given.get("value")

    inputs = Inputs()
    with suppress(AssertionError):  # of a malformed declaration, before which the value may stand
        inputs.feed(page)
    return inputs.value
