"""Sign-in that renews: what it asks for and what it gives. Written once without I/O, as a generator."""

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
    """What signs a call in: its headers, and until when they hold.

    Args:
        headers: Headers by name.
        expires_at: The end of their life in seconds since 1970; None where only a 401 will tell.
        slides: How many seconds each use lets them live from then on; None where use does not matter.
    """

    headers: Mapping[str, str] = attrs.field(converter=_sent, repr=False)
    expires_at: float | None = None
    slides: float | None = None


@attrs.frozen(kw_only=True)
class SendRequest:
    """An HTTP request to send without the site's own sign-in; what comes back is a `Response`.

    Raises `APIConnectionError`. Redirects are not followed. Connections that fail and the statuses of the client's
    `RetryPolicy` are tried again where it is `safe`. Its address is https, or plain http on this machine
    (`ConfigurationError` for any other).
    """

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    content: bytes = attrs.field(default=b"", repr=False)
    safe: bool = True

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.url)
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(self.url))):
            raise ConfigurationError(f"sign-in goes to https addresses only, not to {parts.scheme}://{parts.netloc}")


@attrs.frozen
class Await:
    """A function to call, sync or async; what comes back is what it gives, or what it raised."""

    function: Callable[[], Awaitable[Any] | Any] = attrs.field(repr=False)


AuthStep: TypeAlias = SendRequest | Await


class RefreshingAuth(ABC):
    """Sign-in whose credential is made when it is first needed, before it expires, and once more after a 401.

    However many calls, threads, event loops and clients share one, one of them renews it while the others wait.

    >>> isinstance(TokenAuth(lambda: "8A:..."), RefreshingAuth), isinstance(BearerAuth("8A:..."), RefreshingAuth)
    (True, False)
    """

    scheme: SecurityScheme
    """The document's scheme that it signs in with."""
    brings_app_token: bool = False
    """Whether its credentials hold the application token too."""
    keeps_cookies: bool = False
    """Whether it wants to see the cookies that the site sets."""

    def __init__(self) -> None:
        self.credential: SingleFlight[Credential] = SingleFlight(
            "the sign-in", lambda credential: credential.expires_at
        )

    @abstractmethod
    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Make a credential: yield what is needed, be sent what came of it, return what signs in.

        Args:
            rejected: The credential that the server answered 401 to; None where there is none, or it expires.

        What it raises, the calls that wait raise too: a `SignInError` as it is, anything else as the cause of one.
        A credential with the headers of the rejected one lets the 401 stand.
        """

    def received(self, url: str, cookies: Sequence[str]) -> None:  # noqa: B027 - only where cookies are kept
        """Look at the Set-Cookie headers of an answer from an address; asked only where it `keeps_cookies`."""
