"""The one seam to httpx, which is imported when the first call goes out: what both senders share."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ._exchange import Outgoing
from ._headers import clean_texts
from ._site import proxy_for
from ._version import __version__
from ._wire_log import veil
from .errors import (
    PROXY_ADVICE,
    CallTimeoutError,
    ClientClosedError,
    ConfigurationError,
    ConnectionBrokenError,
    ConnectionFailedError,
    TlsError,
    TransportError,
)

if TYPE_CHECKING:
    import httpx

C = TypeVar("C", "httpx.Client", "httpx.AsyncClient")
E = TypeVar("E", bound=BaseException)
# What else httpx can decompress depends on what is installed, and none of it with a bound on memory.
_HEADERS: Final = {
    "User-Agent": f"superoffice-sdk/{__version__}",
    "Accept-Encoding": "gzip",
    "Connection": "keep-alive",
}
_TRUST: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_SCHEME: Final = r"^(?:([A-Za-z][A-Za-z0-9+.-]*):/{1,3})?"  # which may be left out, as curl allows
_FORMS: Final = "which takes http://, https:// or socks5://, a host and a port, as http://proxy.example.com:3128"
_SHOWN = 300  # characters of what httpx said, which may quote what a server sent
PLACE: Final = "superoffice_location"
# A TLS error that is not the cause of what went wrong: data were waited for, or the other side had simply gone.
_NO_TLS_ERROR: Final = (
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
)


@lru_cache(maxsize=256)
def parsed_url(url: str) -> httpx.URL:
    """Parse an address once; raises `ConfigurationError` where it is none."""
    import httpx

    try:
        parsed = httpx.URL(url)  # parsing costs a tenth of a whole call; sites and $selects recur
        parsed.host.encode("idna")  # as httpx and the system do while it is sent
        return parsed
    except (httpx.InvalidURL, ValueError) as error:  # the second for a host whose IDNA is wrong
        raise ConfigurationError(f"the site is no address: {error}") from None


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Give the trust that calls have: the system's where truststore is installed, else SSL_CERT_FILE's or certifi's."""
    try:
        import truststore
    except ModuleNotFoundError:
        import httpx

        return httpx.create_ssl_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def made(kind: type[C], transport: Any, connections: int) -> C:
    """Make one httpx client; raises `ConfigurationError` where the environment's certificates allow none."""
    veil()
    client = kind(**_options(kind, transport, connections))
    vars(client)["_cookies"] = _no_cookies()  # given in public, they would be copied into cookies that take some
    return client


def _put_place_aside(answer: httpx.Response) -> None:
    """Keep httpx from parsing the address that an answer leads to: it is not followed, and may not be one."""
    if "location" in answer.headers:
        answer.extensions[PLACE] = answer.headers.pop("location")  # `Body` puts it back


async def _put_place_aside_async(answer: httpx.Response) -> None:
    _put_place_aside(answer)


def _options(kind: type[Any], transport: Any, connections: int) -> dict[str, Any]:
    import httpx

    put_aside = _put_place_aside_async if issubclass(kind, httpx.AsyncClient) else _put_place_aside
    # httpx fails on values of NO_PROXY that curl reads, and on a proxy that no call needs.
    options: dict[str, Any] = {
        "transport": transport,
        "trust_env": False,
        "follow_redirects": False,
        "event_hooks": {"response": [put_aside]},
    }
    if transport is not None:
        return options
    try:
        trust = tls_context()
    except (OSError, ValueError) as error:
        named = [name for name in _TRUST if os.environ.get(name)] or _TRUST[:1]
        raise ConfigurationError(f"no connection can be set up: {error}; check {' and '.join(named)}") from None
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    make = httpx.HTTPTransport if issubclass(kind, httpx.Client) else httpx.AsyncHTTPTransport
    options["transport"] = direct = make(verify=trust, limits=limits)
    options["mounts"] = {
        f"{scheme}://": _Proxied(direct, *proxy, partial(make, verify=trust, limits=limits))
        for scheme in ("http", "https")
        if (proxy := proxy_for(f"{scheme}://"))
    }
    return options


class _Proxied:
    """Sends through a proxy of the environment, or directly where NO_PROXY names the host."""

    def __init__(self, direct: Any, name: str, address: str, make: Callable[..., Any]) -> None:
        import httpx

        self._direct, self._wrong = direct, ""
        whole = re.sub(_SCHEME, lambda found: f"{found[1] or 'http'}://", address, count=1)
        try:
            proxy = httpx.Proxy(whole)
            if not proxy.url.host or "%" in proxy.url.host or (proxy.url.port or 0) > 65535:  # which httpx lets pass
                raise ValueError
            self._inner = make(proxy=proxy)
        except ImportError:
            self._wrong = f"{name} names a SOCKS proxy, which takes another package: pip install 'httpx[socks]'"
        except (httpx.InvalidURL, ValueError):  # whose texts may show a password
            self._wrong = f"the proxy has no address that can be used; check {name}, {_FORMS}"
        if self._wrong:  # which is told to the call that needs the proxy
            self._inner = make()
        self._pool = getattr(self._inner, "_pool", None)  # where `lay_over` looks for it

    def _way(self, request: httpx.Request) -> Any:
        if proxy_for(str(request.url)) is None:
            return self._direct
        if self._wrong:
            raise ConfigurationError(f"no connection can be set up: {self._wrong}")
        return self._inner

    def handle_request(self, request: httpx.Request) -> Any:
        return self._way(request).handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> Any:
        return await self._way(request).handle_async_request(request)

    def close(self) -> None:
        self._inner.close()

    async def aclose(self) -> None:
        await self._inner.aclose()


@lru_cache(maxsize=1)
def _no_cookies() -> httpx.Cookies:
    """Give cookies that take none, so that one identity's are never in another's requests.

    To have httpx look whether one may be taken costs a tenth of a call. Where a later one names the place of cookies
    otherwise, a test fails.
    """
    import httpx

    class NoCookies(httpx.Cookies):
        def extract_cookies(self, response: httpx.Response) -> None:
            """Take none."""

    return NoCookies()


def lay_over(client: httpx.Client | httpx.AsyncClient, layer: Callable[[Any], Any]) -> None:
    """Put a layer of ours over the network that a client's connections, through proxies too, are made on.

    httpx has no public place for this. Where a later one names its parts otherwise nothing is laid, and tests fail.
    """
    mounts: dict[Any, Any] = getattr(client, "_mounts", {})
    for transport in (getattr(client, "_transport", None), *mounts.values()):
        pool: Any = getattr(transport, "_pool", None)
        if hasattr(pool, "_network_backend"):
            vars(pool)["_network_backend"] = layer(getattr(pool, "_network_backend", None))


def is_written(event: str, info: dict[str, Any]) -> bool:
    """Return whether a step that httpcore tells of comes after a whole request, other than a proxy's, was written."""
    return event.endswith("receive_response_headers.started") and info["request"].method != b"CONNECT"


def request_of(out: Outgoing, remaining: float, trace: Callable[..., Any] | None = None) -> httpx.Request:
    """Make httpx's request, none of its steps longer than what remains of the call's total.

    A client's own way to make one costs a tenth of a call, for settings that ours do not have.
    """
    import httpx

    steps = out.timeout
    given = {name.lower() for name in out.headers}
    return httpx.Request(
        out.method,
        parsed_url(out.url),
        headers={**{name: value for name, value in _HEADERS.items() if name.lower() not in given}, **out.headers},
        content=out.content,
        extensions={
            "timeout": {
                "connect": min(steps.connect, remaining),
                "read": min(steps.read, remaining),
                "write": min(steps.write, remaining),
                "pool": min(steps.pool, remaining),
            },
            **({} if trace is None else {"trace": trace}),
        },
    )


def transport_error(error: Exception, out: Outgoing) -> TransportError:
    """Put what went wrong into a plain sentence, by its cause, in whichever phase; it may quote what a server sent."""
    import httpx

    clean = out.cleaner()
    clean_texts(error, clean)
    said = (clean(str(error)) or type(error).__name__)[:_SHOWN]
    where = parsed_url(out.url).netloc.decode()
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    if isinstance(error, httpx.TimeoutException) or _found(error, TimeoutError) is not None:
        if not connecting:
            return CallTimeoutError("no answer within the time allowed", ids=out.ids)
        late = CallTimeoutError(f"no connection to {where} within the time allowed", ids=out.ids)
        late.sent = False
        return late
    tls = _found(error, ssl.SSLError, () if connecting else _NO_TLS_ERROR)
    if tls is not None:
        insecure = TlsError(f"no secure connection to {where}: {said}", ids=out.ids)
        insecure.sent = not connecting
        if "certificate required" in str(tls).lower().replace("_", " "):
            insecure.advice = (
                "give the client a certificate that the site knows, with transport= an httpx.HTTPTransport"
            )
        elif not isinstance(tls, ssl.SSLCertVerificationError):
            insecure.advice = "check that the site's address names the port of https, and any proxy on the way"
        return insecure
    if isinstance(error, httpx.ProxyError):
        return _refused_by_proxy(said, where, out)
    if connecting:
        return ConnectionFailedError(f"could not connect to {where}: {said}", ids=out.ids)
    return ConnectionBrokenError(f"the connection broke: {said}", ids=out.ids)


def _found(error: BaseException | None, kind: type[E], but: tuple[type[E], ...] = ()) -> E | None:
    """Look for an error of a kind in what an error came of."""
    while error is not None and (not isinstance(error, kind) or isinstance(error, but)):
        error = error.__cause__ or error.__context__
    return error


def _refused_by_proxy(said: str, where: str, out: Outgoing) -> ConnectionFailedError:
    """Make the error for a proxy that opened no way to the site; `said` begins with its status, if it gave one."""
    error = ConnectionFailedError(f"the proxy did not connect to {where}: {said}", ids=out.ids)
    if said.startswith("407"):
        error.args = (f"the proxy on the way to {where} asks for a sign-in of its own (407)",)
        error.advice = PROXY_ADVICE
    error.repeatable = not said.startswith("4")
    return error


class Sender:
    """What both senders have: their settings, and whether they were closed."""

    _sends, _takes = "handle_request", "an httpx.BaseTransport, such as httpx.HTTPTransport()"

    def __init__(self, transport: Any, max_concurrency: int, max_response_bytes: int) -> None:
        a_class = isinstance(transport, type)
        if transport is not None and (a_class or not callable(getattr(transport, self._sends, None))):
            given = f"the class {transport.__name__}" if a_class else type(transport).__name__
            raise ConfigurationError(f"transport= takes {self._takes}, and not {given}")
        self._transport = transport
        self.max_concurrency = max_concurrency
        self._limit = max_response_bytes
        self._closed = False

    def check_open(self) -> None:
        """Refuse a call of a client that was closed, and end one that was under way then."""
        if self._closed:
            raise self.closed_error()

    def closed_error(self) -> ClientClosedError:
        """Make the error of such a call."""
        return ClientClosedError("the client was closed; make a new one, or keep its `with` block open")


def caused(error: TransportError, cause: BaseException) -> TransportError:
    """Say what httpx said too, but without its stack: the frames there hold the sign-in."""
    error.__cause__ = cause
    link: BaseException | None = cause
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
