"""The seam to httpx: requests, addresses, what is trusted, and what goes wrong. Imported with the first request."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Final

import httpx

from .. import errors
from .attempts import PreparedRequest
from .rate_limit import Turn
from .redaction import causes, clean_texts

_SCHEME: Final = r"^(?:([A-Za-z][A-Za-z0-9+.-]*):/{1,3})?"  # which may be left out, as curl allows
_FORMS: Final = "which takes http://, https:// or socks5://, a host and a port, as http://proxy.example.com:3128"
_SHOWN: Final = 300  # characters of what httpx said, which may quote what a server sent
_NAME: Final = "check the name, and whether this network reaches other sites through a proxy only (HTTPS_PROXY)"
_ADVICE: Final[Mapping[int | None, tuple[bool, str]]] = {  # by the system's error: whether trying again can help
    socket.EAI_NONAME: (False, _NAME),
    socket.EAI_AGAIN: (True, "no name could be looked up: check the network, and try again"),
    errno.EMFILE: (True, "close what the program has open, or allow it more open files"),
    errno.ENOMEM: (True, "free some of this machine's memory"),
    **dict.fromkeys(
        (errno.EPERM, errno.EACCES), (False, "check whether this machine's firewall lets the program connect")
    ),
}
_DATES: Final = "ask whoever runs the server for one that is valid, and check this machine's date"
_CERTIFICATES: Final = {  # by OpenSSL's X509_V_ERR_...
    **dict.fromkeys((9, 10), _DATES),
    **dict.fromkeys((62, 64), "use the name that the certificate is for"),
}
_TLS_ERRORS: Final = (ssl.SSLError, ssl.SSLCertVerificationError)  # others say that data are waited for, or of an end
FAILURES: Final = httpx.RequestError, OSError


@lru_cache(maxsize=256)
def parsed_url(url: str) -> httpx.URL:
    """Parse an address once; raises `ConfigurationError` where it is not one."""
    try:
        parsed = httpx.URL(url)  # parsing costs a tenth of a whole call; sites and $selects recur
        parsed.host.encode("idna")  # as httpx and the system do while it is sent
        return parsed
    except (httpx.InvalidURL, ValueError) as error:  # the second for a host whose IDNA is wrong
        raise errors.ConfigurationError(f"the site is not an address: {error}") from None


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Return what is trusted: what the system trusts, with truststore installed, else SSL_CERT_FILE's or certifi's."""
    try:
        import truststore
    except ModuleNotFoundError:
        cafile, capath = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        if cafile or capath:  # httpx before 0.28 ignores what is not there
            return ssl.create_default_context(cafile=cafile or None, capath=capath or None)
        return httpx.create_ssl_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def as_proxy(name: str, address: str) -> httpx.Proxy:
    """Return a proxy by its address; raises `ConfigurationError`, which names the setting, for what is not one."""
    with suppress(httpx.InvalidURL, ValueError):
        proxy = httpx.Proxy(re.sub(_SCHEME, lambda found: f"{found[1] or 'http'}://", address, count=1))
        proxy.url.host.encode("idna")  # as the system does when it looks that up
        if proxy.url.host and "%" not in proxy.url.host and (proxy.url.port or 0) <= 65535:  # which httpx lets pass
            return proxy
    wrong = f"the proxy has no address that can be used; check {name}, {_FORMS}"
    raise errors.ConfigurationError(f"no connection can be set up: {wrong}")  # not above, where errors show a password


def note_sent(turn: Turn, event: str, info: dict[str, Any]) -> None:
    """Note the turn of a request when httpcore has written all of it, which is not a proxy's own CONNECT."""
    if event.endswith("receive_response_headers.started") and info["request"].method != b"CONNECT":
        turn.sent()


async def note_sent_async(turn: Turn, event: str, info: dict[str, Any]) -> None:
    """Do the same; httpcore awaits it in an async client."""
    note_sent(turn, event, info)


def request_of(
    out: PreparedRequest, left: float, ours: Mapping[str, str], note: Callable[..., Any] = note_sent
) -> httpx.Request:
    """Make httpx's request, none of its steps longer than what remains of the call's total."""
    steps, given = out.timeout, {name.lower() for name in out.headers}
    timeout = {step: min(getattr(steps, step), left) for step in ("connect", "read", "write", "pool")}
    extensions: dict[str, Any] = {"timeout": timeout}
    if out.turn is not None:
        extensions["trace"] = partial(note, out.turn)
    headers = {**{name: value for name, value in ours.items() if name.lower() not in given}, **out.headers}
    return httpx.Request(out.method, parsed_url(out.url), headers=headers, content=out.content, extensions=extensions)


def transport_error(
    error: Exception, out: PreparedRequest, via: str = "", handled: BaseException | None = None
) -> errors.APIConnectionError:
    """Return the error for what went wrong, by its cause; its sentence may quote what a server sent, cleaned.

    `via` is the proxy that was used, `handled` what the program was handling already, which is no cause.
    """
    clean, chain = out.cleaner(), list(causes(error, handled))
    clean_texts(chain, clean)
    by_proxy = isinstance(error, httpx.ProxyError) or not isinstance(error, FAILURES)
    connecting = by_proxy or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    tls = [each for each in chain if isinstance(each, ssl.SSLError) and (connecting or type(each) in _TLS_ERRORS)]
    system = [each for each in chain if isinstance(each, OSError) and each.errno and not isinstance(each, ssl.SSLError)]
    said = (clean(_text(system[-1]) if system else str(error)) or type(error).__name__)[:_SHOWN]
    through = f" through the proxy {via}" if via else ""
    where = parsed_url(out.url).netloc.decode()
    made: errors.APIConnectionError
    # What was cut off when the time was over may read like anything else.
    if time.monotonic() >= out.ends or any(isinstance(each, httpx.TimeoutException | TimeoutError) for each in chain):
        what = f"no connection to {where}{through}" if connecting else f"no response{through}"
        made = errors.APITimeoutError(f"{what} within the time allowed", ids=out.ids)
        if connecting:
            made.advice = f"{errors.ConnectionFailedError.advice}, or give a longer timeout="
        elif not out.ids:
            made.advice = "give a longer timeout="
    elif tls:
        what = f"no secure connection to {where}{through}: {clean(str(tls[0]))[:_SHOWN]}"
        made = _tls_error(tls[0], what, out, connecting=connecting)
    elif by_proxy:
        made = _proxy_error(said, f"the proxy {via}" if via else "the proxy", where, out)
    elif connecting:
        to = f"the proxy {via}" if via else where
        made = errors.ConnectionFailedError(f"could not connect to {to}: {said}", ids=out.ids)
        if system and (known := _ADVICE.get(system[-1].errno)) is not None:
            made.repeatable, made.advice = known
        elif via:
            made.advice = "check the proxy's address, in proxy= or the environment, and the network"
    else:
        made = errors.ConnectionBrokenError(f"the connection{through} broke: {said}", ids=out.ids)
        if isinstance(error, httpx.RemoteProtocolError) and not re.search("closed|disconnected", said):
            made.advice = f"try again; if it stays, {errors.LOOK_THERE}"
    made.sent = not connecting
    made.__cause__ = error
    for each in chain:
        each.__traceback__ = None  # the frames there hold credentials
    return made


def _text(error: OSError) -> str:
    """Return what a system's error says, which asyncio words otherwise."""
    return str(error.strerror) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)


def _proxy_error(said: str, proxy: str, where: str, out: PreparedRequest) -> errors.ConnectionFailedError:
    made = errors.ConnectionFailedError(f"{proxy} did not connect to {where}: {said}", ids=out.ids)
    if re.match("407|Requested|Invalid", said):  # a text begins with the status, if there was one; SOCKS has others
        made.args = (f"{proxy} on the way to {where} asks for credentials of its own: {said}",)
        made.repeatable, made.advice = False, errors.PROXY_ADVICE
    elif said.startswith("4"):
        made.repeatable, made.advice = False, "ask whoever runs the proxy to allow this site"
    return made


def _tls_error(cause: ssl.SSLError, what: str, out: PreparedRequest, *, connecting: bool) -> errors.TlsError:
    broke = isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    made = errors.TlsError(what, ids=out.ids)
    if isinstance(cause, ssl.SSLCertVerificationError):
        made.advice = _CERTIFICATES.get(getattr(cause, "verify_code", 0), made.advice)
    elif "certificate required" in str(cause).lower().replace("_", " "):
        made.advice = "give a certificate that the site knows, with verify= an ssl.SSLContext that has loaded it"
    elif broke or not (connecting or "alert" in str(cause).lower()):  # a connection that was secure before
        made.repeatable, made.advice = True, f"try again; if it stays, {errors.LOOK_THERE}"
    else:
        made.advice = "check that the site's address names the port of https, and any proxy on the way"
    return made
