"""The seam to httpx: requests, addresses, what is trusted, and what goes wrong. Imported with the first request."""

from __future__ import annotations

import re
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
        return httpx.create_ssl_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def as_proxy(name: str, address: str) -> httpx.Proxy:
    """Return a proxy by its address; raises `ConfigurationError`, which names the setting, for what is not one."""
    with suppress(httpx.InvalidURL, ValueError):
        proxy = httpx.Proxy(re.sub(_SCHEME, lambda found: f"{found[1] or 'http'}://", address, count=1))
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


def transport_error(error: Exception, out: PreparedRequest) -> errors.APIConnectionError:
    """Return the error for what went wrong, by its cause; its sentence may quote what a server sent, cleaned."""
    clean = out.cleaner()
    clean_texts(error, clean)
    said = (clean(str(error)) or type(error).__name__)[:_SHOWN]
    where = parsed_url(out.url).netloc.decode()
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    tls = (each for each in causes(error) if isinstance(each, ssl.SSLError))
    # What was cut off when the time was over may read like anything else.
    late = isinstance(error, httpx.TimeoutException) or time.monotonic() >= out.ends
    made: errors.APIConnectionError
    if late or any(isinstance(each, TimeoutError) for each in causes(error)):
        what = f"no connection to {where}" if connecting else "no response"
        made = errors.APITimeoutError(f"{what} within the time allowed", ids=out.ids)
    elif (cause := next((each for each in tls if connecting or type(each) in _TLS_ERRORS), None)) is not None:
        made = errors.TlsError(f"no secure connection to {where}: {said}", ids=out.ids)
        if "certificate required" in str(cause).lower().replace("_", " "):
            made.advice = "give a certificate that the site knows, with verify= an ssl.SSLContext that has loaded it"
        elif not isinstance(cause, ssl.SSLCertVerificationError):
            made.advice = "check that the site's address names the port of https, and any proxy on the way"
    elif isinstance(error, httpx.ProxyError):  # its text begins with the status of the proxy, if that gave one
        made = errors.ConnectionFailedError(f"the proxy did not connect to {where}: {said}", ids=out.ids)
        made.repeatable = not said.startswith("4")
        if said.startswith("407"):
            made.args = (f"the proxy on the way to {where} asks for credentials of its own (407)",)
            made.advice = errors.PROXY_ADVICE
    elif connecting:
        made = errors.ConnectionFailedError(f"could not connect to {where}: {said}", ids=out.ids)
    else:
        made = errors.ConnectionBrokenError(f"the connection broke: {said}", ids=out.ids)
    made.sent = not connecting
    made.__cause__ = error
    for each in causes(error):
        each.__traceback__ = None  # the frames there hold credentials
    return made
