"""Authentication whose credential is refreshed, by a generator without I/O: what it asks for, reads and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

import attrs
import msgspec

from superoffice_api.facts import SecurityScheme
from superoffice_runtime import Response

from .._address import is_loopback
from ..errors import APIConnectionError, APITimeoutError, ConfigurationError, ConnectionFailedError, SignInError
from ..transport.attempts import CallFunction
from ..transport.redaction import Cleaner, SentHeaders, hidden
from ..transport.single_flight import SingleFlight

T = TypeVar("T")
V = TypeVar("V")
TRY_LATER: Final = "try again later; if it stays, tell the operators of the authentication server"


def _sent(headers: Mapping[str, str]) -> SentHeaders:
    return SentHeaders({name: hidden(value) for name, value in headers.items()})


@attrs.frozen
class Credential:
    """What signs a request in: headers, and until when they hold."""

    headers: Mapping[str, str] = attrs.field(converter=_sent, repr=False)
    expires_at: float | None = None  # in seconds since 1970; None where only a 401 will tell
    idle_timeout: float | None = None  # seconds that they live on after each use; None where use does not matter


@attrs.frozen(kw_only=True)
class SendRequest:
    """An HTTP request without the site's own credentials; sent back is a `Response`, or raised an `APIConnectionError`.

    It asks for JSON, follows no redirect, and is retried as the client's `RetryPolicy` says where it is `safe`. Raises
    `ConfigurationError` for an address that is neither https nor plain http on this machine.
    """

    method: str = "GET"
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    content: bytes = attrs.field(default=b"", repr=False)
    safe: bool = True

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.url)
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(self.url))):
            said = "credentials are sent to https addresses only"
            raise ConfigurationError(f"{said}, not to {parts.scheme}://{parts.netloc}")


AuthStep: TypeAlias = SendRequest | CallFunction


class RefreshingAuth(ABC):
    """Authentication whose credential is made when it is first needed, before it expires, and again after a 401.

    However many calls, threads, event loops and clients share one, one of them refreshes it while the others wait.

    >>> isinstance(TokenAuth(lambda: "8A:..."), RefreshingAuth), isinstance(BearerAuth("8A:..."), RefreshingAuth)
    (True, False)
    """

    scheme: SecurityScheme  # of the OpenAPI document
    brings_app_token: bool = False  # whether its credentials hold the application token too
    keeps_cookies: bool = False  # whether it wants to see the cookies that the site sets

    def __init__(self) -> None:
        self.credential: SingleFlight[Credential] = SingleFlight("the credential", lambda made: made.expires_at)

    @abstractmethod
    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Make a credential: yield what is needed, be sent what came of it, return what signs in.

        `rejected` is the credential that the server refused with 401, None where there is none or it expired; one with
        the same headers lets the 401 stand. What it raises, the calls that wait raise too: a `SignInError` as it is,
        anything else as the cause of one.
        """

    def received(self, url: str, cookies: Sequence[str]) -> None:  # noqa: B027 - only where cookies are kept
        """Look at the Set-Cookie headers of a response from an address; called only where it `keeps_cookies`."""


class HiddenRepr(msgspec.Struct):
    """A value whose fields may be secret: a traceback that shows variables shows none of them."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # msgspec's own shows all
        return []


class HiddenValues(dict[str, V]):
    """Names with values that may be secret: a traceback that shows variables shows the names only."""

    def __repr__(self) -> str:
        return f"<values {', '.join(self)}>"


def decode(content: bytes | str | msgspec.Raw, kind: type[T], *, strict: bool = True) -> T | None:
    """Return JSON as a value of a type; None where it is not one. An error from in here would hold the content."""
    try:
        return msgspec.json.decode(content, type=kind, strict=strict)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def check_ok(response: Response, kind: type[T], what: str) -> T:
    """Return the value in a response of status 200; raise `SignInError` for any other response."""
    found = decode(response.content, kind, strict=False) if response.status_code == 200 else None
    if found is None:
        wrong = "cannot be read" if response.status_code == 200 else f"has status {response.status_code}"
        raise SignInError(f"the response to {what} {wrong}", advice=TRY_LATER).of_answer(response)
    return found


def advice_aside(error: APIConnectionError, server: str) -> str:
    """Return what to do about a request that signs in or finds a tenant, and did not succeed."""
    if isinstance(error, ConnectionFailedError | APITimeoutError):
        return error.advice
    there = f"check which server responds in the place of {server}"
    return f"try again later; if it stays, {there}" if error.repeatable else there


def shown(text: object, *secrets: str | None) -> str:
    """Return a server's words: short, without secrets that it may repeat, and without what would steer a terminal."""
    return Cleaner(lambda: filter(None, secrets))(str(text))[:200]
