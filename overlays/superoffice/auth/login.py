"""Where a browser comes back to after a sign-in: a server on this machine, for one answer."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Generator
from functools import partial
from http.server import BaseHTTPRequestHandler
from threading import TIMEOUT_MAX
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

from ..errors import ConfigurationError, SignInError, check_given
from ..retries import RetryPolicy, Timeout
from ..transport.attempts import PreparedRequest
from ..transport.call import hidden
from ..transport.sync import SyncSender
from .jwt import check_installed
from .oauth import Attempt, OAuthAuth, origin
from .refreshing import AuthStep
from .sign_in import LARGEST, done
from .storage import TokenStore
from .tenant import Tenant

DEFAULT_REDIRECT: Final = "http://127.0.0.1/callback"
_SECONDS: Final = 10  # for a browser to say what it wants once it has connected
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
</head>
<body>
<h1>{title}</h1>
<p>{text}</p>
</body>
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
_CAME: Final = (
    "Back to the program",
    "The answer to your sign-in has arrived. The program that asked for it says whether it worked. "
    "You can close this window.",
)
_REFUSED: Final = (
    "Not accepted",
    "This is not the answer to a sign-in that is under way. Go back to the program that asked you to sign in, and "
    "start again.",
)


def checked_redirect(address: str) -> str:
    """Check where a browser is to come back to; raises `ConfigurationError` for what is not on this machine."""
    example = f"give it as the application has it registered, such as {DEFAULT_REDIRECT}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ConfigurationError(f"the redirect is no address; {example}") from None
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "::1", "localhost") or "@" in parts.netloc:
        raise ConfigurationError(f"the redirect is not plain http to this machine; {example}")
    if parts.query or parts.fragment or port == 0:
        raise ConfigurationError(f"the redirect has a query, a fragment or a port that is none; {example}")
    return address


class Callback:
    """Listens, while its `with` block runs, for the answer that `accept` takes; it is given the query, once.

    A request for another path or host, one that a page of another origin made, one that `accept` does not take, and
    any after the one that it took, are refused, and the wait goes on.

    Attributes:
        redirect: The address to come back to, with the port that was free where none was given.
    """

    def __init__(self, redirect: str, accept: Callable[[str], bool], origin: str) -> None:
        parts = urlsplit(checked_redirect(redirect))
        self._accept = accept
        self._path = parts.path or "/"
        self._query: str | None = None
        self._came = threading.Event()
        self._lock = threading.Lock()
        host = str(parts.hostname)
        try:
            self._server = _Server((host, parts.port or 0), self)
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {parts.netloc} for the browser to come back: {error.strerror}; free that port, or "
                "register and give another redirect"
            ) from None
        shown = f"[{host}]" if ":" in host else host
        self._host = f"{shown}:{self._server.server_address[1]}"
        self.redirect = f"http://{self._host}{parts.path}"
        self._origins = (f"http://{self._host}", origin)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str | None:
        """Give the query of the answer; None where none came in time."""
        return self._query if self._came.wait(seconds) else None

    def answer(self, target: str, host: str | None, origin: str | None) -> int:
        """Take a request, or refuse it; gives the status to answer with."""
        parts = urlsplit(target)
        if host != self._host:  # a name that was bent to this machine, to get at what listens on it
            return 421
        if parts.path != self._path:
            return 404
        if origin is not None and origin not in self._origins:
            return 403
        with self._lock:
            if self._query is not None or not self._accept(parts.query):
                return 400
            self._query = hidden(parts.query)
        return 200

    def answered(self) -> None:
        """End the wait: the browser has its page."""
        self._came.set()


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each connection: browsers open some that they never use."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # where it would let another program listen too
    block_on_close = False

    def __init__(self, address: tuple[str, int], callback: Callback) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, partial(_Handler, callback))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that hung up is not to be told of, least of all with what it had asked for."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SECONDS

    def __init__(self, callback: Callback, *args: Any) -> None:
        self._callback = callback
        super().__init__(*args)  # which answers the request

    def do_GET(self) -> None:
        """Answer a browser."""
        hosts, origins = self.headers.get_all("Host", []), self.headers.get_all("Origin", [])
        host = hosts[0] if len(hosts) == 1 else None
        origin = ", ".join(origins) if origins else None
        status = self._callback.answer(self.path, host, origin)
        title, text = _CAME if status == 200 else _REFUSED
        page = _PAGE.format(title=title, text=text).encode()
        try:
            self.send_response_only(status)
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
        finally:
            if status == 200:  # the program may end at once then
                self._callback.answered()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name for it
        """Say nothing: the address that was asked for holds the code."""


T = TypeVar("T")


def login(
    tenant: Tenant,
    client_id: str,
    *,
    client_secret: str | None = None,
    keeping: TokenStore | None = None,
    redirect: str = DEFAULT_REDIRECT,
    open_browser: Callable[[str], object] | None = webbrowser.open,
    show: Callable[[str], object] | None = None,
    timeout: float = 300.0,
) -> OAuthAuth:
    """Sign a person in with the browser of this machine, and give the sign-in; it waits for the person.

    Needs the extra `signin`. In an async program, call it in a thread.

    Args:
        tenant: Whose tickets are to be read.
        client_id: The application's id, as SuperOffice gave it.
        client_secret: The application's secret, where it has one.
        keeping: Where the tokens are kept for the next time, with `OAuthAuth(..., keeping=)`.
        redirect: Where the browser comes back to, as it is registered for the application; without a port, any that
            is free.
        open_browser: What opens the address; None leaves that to whom it is shown.
        show: What shows the address, for people whose browser does not open.
        timeout: Seconds to wait for the person.

    Raises:
        MissingExtraError: The extra is not installed.
        ConfigurationError: An argument cannot be right, nothing can listen at the redirect, or `keeping` cannot save.
        SignInError: The person or the server said no, nobody answered in time, or the answer is not to be trusted.

    >>> where = Tenant(box.identity.tenant, environment=Environment("sandbox", box.site))
    >>> login(where, box.identity.client_id, show=print, open_browser=None, timeout=0.1)  # nobody opens it
    Traceback (most recent call last):
    superoffice.errors.SignInError: ...
    """
    client_secret = hidden(client_secret)
    check_given(str, f"an address, such as {DEFAULT_REDIRECT}", redirect=redirect)
    check_given(Callable | None, "a function that takes an address, or None", open_browser=open_browser, show=show)
    check_installed()  # what cannot work is told now, not once the person has signed in
    Timeout(total=timeout)  # which refuses what is not a number of seconds
    auth = OAuthAuth(tenant, client_id, client_secret=client_secret, keeping=keeping)
    attempt = Attempt.begin()
    with Callback(redirect, attempt.accepts, origin(tenant.environment.url)) as callback:
        address = attempt.address(_run(auth.prepared()), client_id, callback.redirect)
        if show is not None:
            show(address)
        if open_browser is not None:
            open_browser(address)
        query = callback.wait(min(timeout, TIMEOUT_MAX))
    if query is None:
        raise SignInError(f"nobody signed in within {timeout:.0f} s", advice="start again, and sign in in the browser")
    auth.credential.replace(None, _run(auth.redeemed(attempt, attempt.code(query), callback.redirect)))
    return auth


def _run(steps: Generator[AuthStep, Any, T]) -> T:
    """Do what a sign-in asks for, where there is no client to do it."""
    timeout, retries = Timeout(), RetryPolicy()
    call = PreparedRequest(
        "", "", "", headers={}, content=b"", ids=(), timeout=timeout, retries=retries, slow=None, safe=True
    )
    sender = SyncSender(None, 1, LARGEST)
    try:
        return sender.run(done(steps, call, time.monotonic() + timeout.total, timeout, retries, limiter=None), call)
    finally:
        sender.close()
