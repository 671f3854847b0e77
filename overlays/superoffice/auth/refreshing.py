"""Authentication whose credential is refreshed: what it asks for and what it returns, as a generator without I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import attrs

from superoffice_api.facts import SecurityScheme

from .._address import is_loopback
from ..errors import ConfigurationError
from ..transport.call import SentHeaders, hidden
from ..transport.single_flight import SingleFlight


def _sent(headers: Mapping[str, str]) -> SentHeaders:
    return SentHeaders({name: hidden(value) for name, value in headers.items()})


@attrs.frozen
class Credential:
    """What signs a request in: headers, and until when they hold.

    Args:
        headers: Headers by name.
        expires_at: When they end, in seconds since 1970; None where only a 401 will tell.
        idle_timeout: Seconds that they live on after each use; None where use does not matter.
    """

    headers: Mapping[str, str] = attrs.field(converter=_sent, repr=False)
    expires_at: float | None = None
    idle_timeout: float | None = None


@attrs.frozen(kw_only=True)
class SendRequest:
    """An HTTP request to send without the site's own credentials; what comes back is a `Response`.

    Raises `APIConnectionError`. Redirects are not followed. Connections that fail and the statuses of the client's
    `RetryPolicy` are tried again where it is `safe`. Its address is https, or plain http on this machine; raises
    `ConfigurationError` for any other.
    """

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    content: bytes = attrs.field(default=b"", repr=False)
    safe: bool = True

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.url)
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(self.url))):
            said = "credentials are sent to https addresses only"
            raise ConfigurationError(f"{said}, not to {parts.scheme}://{parts.netloc}")


@attrs.frozen
class Await:
    """A function to call, sync or async; what comes back is its result, or what it raised."""

    function: Callable[[], Awaitable[Any] | Any] = attrs.field(repr=False)


AuthStep: TypeAlias = SendRequest | Await


class RefreshingAuth(ABC):
    """Authentication whose credential is made when it is first needed, before it expires, and again after a 401.

    However many calls, threads, event loops and clients share one, one of them refreshes it while the others wait.

    >>> isinstance(TokenAuth(lambda: "8A:..."), RefreshingAuth), isinstance(BearerAuth("8A:..."), RefreshingAuth)
    (True, False)
    """

    scheme: SecurityScheme
    """The scheme of the OpenAPI document that it uses."""
    brings_app_token: bool = False
    """True where its credentials hold the application token too."""
    keeps_cookies: bool = False
    """True where it wants to see the cookies that the site sets."""

    def __init__(self) -> None:
        self.credential: SingleFlight[Credential] = SingleFlight("the credential", lambda made: made.expires_at)

    @abstractmethod
    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Make a credential: yield what is needed, be sent what came of it, return what signs in.

        Args:
            rejected: The credential that the server refused with 401; None where there is none, or it expired.

        What it raises, the calls that wait raise too: a `SignInError` as it is, anything else as the cause of one.
        A credential with the headers of the rejected one lets the 401 stand.
        """

    def received(self, url: str, cookies: Sequence[str]) -> None:  # noqa: B027 - only where cookies are kept
        """Look at the Set-Cookie headers of a response from an address; called only where it `keeps_cookies`."""
