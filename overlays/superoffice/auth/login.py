"""Signs a person in with a browser, which comes back to a server on this machine."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Generator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, Self, TypeVar, cast
from urllib.parse import urlsplit

from ..errors import ConfigurationError, SignInError, check_given
from ..retries import RetryPolicy, Timeout
from ..transport.attempts import PreparedRequest
from ..transport.redaction import hidden
from ..transport.sender import Network
from ..transport.sync import SyncSender
from .oauth import Attempt, OAuthAuth, origin
from .refreshing import AuthStep
from .sign_in import MAX_BYTES, SignIn
from .storage import TokenStore
from .tenant import Tenant

T = TypeVar("T")
DEFAULT_REDIRECT: Final = "http://127.0.0.1/callback"
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body>
</html>
"""
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Connection": "close",
}
_CAME: Final = "The program that asked you to sign in tells you whether it worked. You can close this window."
_REFUSED: Final = "No program waits for this. Go back to the program that asked you to sign in, and start again."


class Callback(socketserver.ThreadingTCPServer):
    """Listens, while its `with` block runs, for one response whose query `accept` takes; it refuses all others.

    Each connection has a thread, since browsers open some that they never use. `redirect` is the address to come back
    to, with the port that was free.
    """

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # where it would let another program listen too
    block_on_close = False

    def __init__(self, redirect: str, accept: Callable[[str], bool], origin: str) -> None:
        example = f"give it as the application has it registered, such as {DEFAULT_REDIRECT}"
        try:
            parts = urlsplit(redirect)
            host, port = str(parts.hostname), parts.port
        except ValueError:
            raise ConfigurationError(f"the redirect is not an address; {example}") from None
        if parts.scheme != "http" or host not in ("127.0.0.1", "::1", "localhost") or "@" in parts.netloc:
            raise ConfigurationError(f"the redirect is not plain http to this machine; {example}")
        if parts.query or parts.fragment or port == 0:
            raise ConfigurationError(f"the redirect has a query, a fragment or the port 0; {example}")
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port or 0), _Handler)
        except OSError as error:
            said = f"cannot listen on {parts.netloc} for the browser to come back: {error.strerror}"
            raise ConfigurationError(f"{said}; free that port, or register and give another redirect") from None
        self._accept = accept
        self._path = parts.path or "/"
        self._query: str | None = None
        self.taken = threading.Event()  # once the browser has its page
        self._lock = threading.Lock()
        self._host = f"{f'[{host}]' if ':' in host else host}:{self.server_address[1]}"
        self.redirect = f"http://{self._host}{parts.path}"
        self._origins: list[list[str]] = [[], [f"http://{self._host}"], [origin]]

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def wait(self, seconds: float) -> str | None:
        """Return the query of the response; None where none came in time."""
        return self._query if self.taken.wait(seconds) else None

    def take(self, target: str, hosts: list[str], origins: list[str]) -> int:
        """Take a request, or refuse it; return the status of the response."""
        parts = urlsplit(target)
        if hosts != [self._host]:  # a name that was bent to this machine, to get at what listens on it
            return 421
        if parts.path != self._path:
            return 404
        if origins not in self._origins:
            return 403
        with self._lock:
            if self._query is not None or not self._accept(parts.query):
                return 400
            self._query = hidden(parts.query)
        return 200

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about a browser that hung up, least of all what it had asked for."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10  # seconds for a browser to say what it wants once it has connected

    def do_GET(self) -> None:
        callback = cast("Callback", self.server)
        status = callback.take(self.path, self.headers.get_all("Host", []), self.headers.get_all("Origin", []))
        title, text = ("Back to the program", _CAME) if status == 200 else ("Not accepted", _REFUSED)
        page = _PAGE.format(title=title, text=text).encode()
        try:
            self.send_response_only(status)
            for name, value in {**_HEADERS, "Content-Length": str(len(page))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page)
        finally:
            if status == 200:  # the program may end at once then
                callback.taken.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name for it
        """Print nothing: the address that was asked for holds the code."""


def login(
    tenant: Tenant,
    client_id: str,
    *,
    client_secret: str | None = None,
    token_store: TokenStore | None = None,
    redirect: str = DEFAULT_REDIRECT,
    open_browser: Callable[[str], object] | None = webbrowser.open,
    show: Callable[[str], object] | None = None,
    timeout: float = 300.0,
) -> OAuthAuth:
    """Sign a person in with the browser of this machine, wait, and return what a client takes as `auth=`.

    Needs the extra `signin`, or raises `MissingExtraError`. In an async program, call it in a thread.

    `client_id` and `client_secret` are the application's, as SuperOffice issued them. The browser comes back to
    `redirect`, as the application has it registered; without a port, to a free one. `open_browser` opens the address,
    where it is not None, and `show` shows it, for people whose browser does not open; they have `timeout` seconds. The
    tokens are stored in `token_store`, for `OAuthAuth(..., token_store=)` to use the next time.

    Raises `SignInError` where the person or the server refused, or nobody came back in time, and `ConfigurationError`
    for an argument that cannot be right, an address at which nothing can listen, or a `token_store` that cannot save.

    >>> where = Tenant(box.identity.tenant, environment=Environment("sandbox", box.site))
    >>> login(where, box.identity.client_id, show=print, open_browser=None, timeout=0.1)  # nobody opens it
    Traceback (most recent call last):
    superoffice.errors.SignInError: ...
    """
    client_secret = hidden(client_secret)
    check_given(str, f"an address, such as {DEFAULT_REDIRECT}", redirect=redirect)
    check_given(Callable | None, "a function that takes an address, or None", open_browser=open_browser, show=show)
    Timeout(total=timeout)  # which refuses what is not a number of seconds
    auth = OAuthAuth(tenant, client_id, client_secret=client_secret, token_store=token_store)
    attempt = Attempt()
    with Callback(redirect, attempt.accepts, origin(tenant.environment.url)) as callback:
        address = attempt.address(_run(auth.prepare()), client_id, callback.redirect)
        if show is not None:
            show(address)
        if open_browser is not None:
            open_browser(address)
        query = callback.wait(min(timeout, threading.TIMEOUT_MAX))
    if query is None:
        raise SignInError(f"nobody signed in within {timeout:.0f} s", advice="start again, and sign in in the browser")
    auth.credential.replace(None, _run(auth.redeem(attempt, attempt.code(query), callback.redirect)))
    return auth


def _run(steps: Generator[AuthStep, Any, T]) -> T:
    timeout, retries = Timeout(), RetryPolicy()
    call = PreparedRequest("", "", "", headers={}, timeout=timeout, retries=retries, safe=True)
    with closing(SyncSender(None, Network(max_concurrency=1, max_response_bytes=MAX_BYTES))) as sender:
        return sender.run(SignIn(call, timeout, retries).run(steps, time.monotonic() + timeout.total), call)
