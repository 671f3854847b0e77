"""Applications that may sign people in, and their redirect addresses."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

import attrs

LOOPBACKS: Final = ("http://127.0.0.1/callback", "http://localhost/callback", "http://[::1]/callback")
_LOOPBACK_HOSTS: Final = {"127.0.0.1", "localhost", "::1"}


@attrs.frozen(kw_only=True)
class Application:
    """An application as it is registered with SuperOffice.

    `client_secret` is also its SO-AppToken. A redirect address on this machine, over http, may have any port; any
    other address must be exactly as it is registered.
    """

    client_id: str
    client_secret: str = attrs.field(repr=False)
    redirect_uris: tuple[str, ...] = LOOPBACKS
    secret_required: bool = False

    def admits(self, redirect_uri: str) -> bool:
        """Return True if this redirect address is registered.

        >>> app = Application(client_id="a", client_secret="b", redirect_uris=("http://127.0.0.1/callback",))
        >>> app.admits("http://127.0.0.1:5000/callback"), app.admits("http://127.0.0.1:5000/callback/more")
        (True, False)
        """
        if redirect_uri in self.redirect_uris:
            return True
        given = _loopback(redirect_uri)
        return given is not None and any(given == _loopback(known) for known in self.redirect_uris)


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def _loopback(uri: str) -> str | None:
    """Return an address on this machine without its port; None for any other, or if a port could hide a host."""
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or parts.hostname not in _LOOPBACK_HOSTS:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if not uri.isascii() or parts.netloc not in (host, f"{host}:{parts.port}") or "\\" in uri:
        return None
    return uri.replace(parts.netloc, host, 1)


def check_redirect(uri: str) -> None:
    """Refuse an address that a browser cannot be sent to.

    Raises:
        ValueError: It has no scheme or host, or it has a fragment or characters that do not belong in an address.
    """
    parts = _split(uri)
    printable = uri.isascii() and uri.isprintable() and not set(uri) & set(" \"'<>\\")
    if parts is None or not printable or not parts.scheme or not parts.netloc or "#" in uri:
        raise ValueError(f"{uri!r} is not an address that a browser can be sent back to")
    if parts.scheme in ("javascript", "data", "vbscript", "file"):
        raise ValueError(f"{uri!r} is not an address that an application can listen on")
