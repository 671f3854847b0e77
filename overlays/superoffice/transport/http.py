"""The one seam to httpx, which is imported when the first call goes out: what both senders share."""

from __future__ import annotations

import logging
import os
import re
import ssl
import time
import zlib
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from superoffice_runtime import Response

from .._address import proxy_for
from .._version import __version__
from ..errors import (
    PROXY_ADVICE,
    APIConnectionError,
    APITimeoutError,
    ClientClosedError,
    ConfigurationError,
    ConnectionBrokenError,
    ConnectionFailedError,
    ResponseTooLargeError,
    TlsError,
)
from .attempts import PreparedRequest
from .call import HARMLESS, clean_texts

if TYPE_CHECKING:
    import httpx

    from .attempts import PreparedRequest


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


def make_client(kind: type[C], transport: Any, connections: int) -> C:
    """Make one httpx client; raises `ConfigurationError` where the environment's certificates allow none."""
    redact_httpcore_logs()
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


def wrap_network(client: httpx.Client | httpx.AsyncClient, layer: Callable[[Any], Any]) -> None:
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


def request_of(out: PreparedRequest, remaining: float, trace: Callable[..., Any] | None = None) -> httpx.Request:
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


def transport_error(error: Exception, out: PreparedRequest) -> APIConnectionError:
    """Put what went wrong into a plain sentence, by its cause, in whichever phase; it may quote what a server sent."""
    import httpx

    clean = out.cleaner()
    clean_texts(error, clean)
    said = (clean(str(error)) or type(error).__name__)[:_SHOWN]
    where = parsed_url(out.url).netloc.decode()
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    if isinstance(error, httpx.TimeoutException) or _found(error, TimeoutError) is not None:
        if not connecting:
            return APITimeoutError("no answer within the time allowed", ids=out.ids)
        late = APITimeoutError(f"no connection to {where} within the time allowed", ids=out.ids)
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


def _refused_by_proxy(said: str, where: str, out: PreparedRequest) -> ConnectionFailedError:
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


def with_cause(error: APIConnectionError, cause: BaseException) -> APIConnectionError:
    """Say what httpx said too, but without its stack: the frames there hold the sign-in."""
    error.__cause__ = cause
    link: BaseException | None = cause
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


log = logging.getLogger("superoffice")
_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to say that a gzip header comes first
_READ: Final = frozenset({"gzip", "x-gzip", "deflate"})

# The other codings that there are. A name that is none, such as utf-8 or none, is ignored, as httpx ignores it.
_NOT_READ: Final = frozenset({"aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"})
_LAYERS: Final = 5  # of compression in one another; each costs time and memory
_BODILESS: Final = frozenset({204, 205})  # successes that have no body, whatever their headers say
_LOOK_THERE: Final = "look what answers in the server's place, such as a proxy; gzip is what was asked for"


class _Layer:
    """Undoes one layer of compression, and passes on what comes of it; no layer may grow past the limit."""

    def __init__(self, coding: str, passes_on: Callable[[bytes], None], room: Callable[[int], int]) -> None:
        self._coding = coding
        self._passes_on = passes_on
        self._room = room
        self._size = 0
        self._zlib: Any = None

    @property
    def ended(self) -> bool:
        """Whether its data came to their end."""
        return self._zlib is not None and bool(self._zlib.eof)

    def add(self, part: bytes) -> None:
        while part:
            if self._zlib is None or self._zlib.eof:  # a body may be several gzip files, one after the other
                self._zlib = zlib.decompressobj(_GZIP if self._coding != "deflate" else _deflated(part))
            found = self._zlib.decompress(part, self._room(self._size) + 1)
            self._size += len(found)
            self._room(self._size)
            self._passes_on(found)
            part = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail


def _deflated(first: bytes) -> int:
    """Tell the two kinds of deflate apart: with zlib's header, as the standard has it, and without, as some send it."""
    return zlib.MAX_WBITS if first[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS


class Body:
    """Collects an answer's body, within its largest size and the time that is left.

    It decompresses by itself: httpx would decompress all of what it has read at once, however much that becomes.
    """

    def __init__(self, out: PreparedRequest, limit: int, remaining: float) -> None:
        self._out = out
        self._limit = limit if out.largest is None else min(limit, out.largest)
        self._deadline = time.monotonic() + remaining
        self._answer: httpx.Response | None = None
        self._parts: list[bytes] = []
        self._came = False
        self._size = 0
        self._layers: list[_Layer] = []
        self._add: Callable[[bytes], None] = self._take

    def begin(self, answer: httpx.Response) -> None:
        """Note that the response came, and look at how the body is compressed."""
        if self._out.turn is not None:
            self._out.turn.answered()
        self._answer = answer
        if (place := answer.extensions.pop(PLACE, None)) is not None:
            answer.headers["location"] = place
        if answer.is_stream_consumed or "content-encoding" not in answer.headers:
            return  # a transport for tests has read it already, and decompressed it
        codings = [coding.strip().lower() for coding in answer.headers["content-encoding"].split(",")]
        if unread := next((coding for coding in codings if coding in _NOT_READ), None):
            raise self._not_read(f"as {unread!r}, which was not asked for")
        codings = [coding for coding in codings if coding in _READ]
        if len(codings) > _LAYERS:
            raise self._not_read(f"{len(codings)} times over")
        for coding in codings:  # in the order in which the server applied them
            self._layers.append(_Layer(coding, self._add, self._room))
            self._add = self._layers[-1].add

    def add(self, part: bytes) -> None:
        """Take the next part as it came."""
        if time.monotonic() > self._deadline:
            raise APITimeoutError("the answer did not end within the time allowed", ids=self._out.ids)
        self._came = True
        try:
            self._add(part)
        except zlib.error as error:
            raise self._corrupt(str(error)) from None

    def _take(self, part: bytes) -> None:
        self._size += len(part)
        self._room(self._size)
        self._parts.append(part)

    def _room(self, size: int) -> int:
        """Return how many bytes more there may be; raises `ResponseTooLargeError` where there are too many."""
        if size > self._limit:
            raise ResponseTooLargeError(f"the answer grew past {self._limit:,} bytes", ids=self._out.ids)
        return self._limit - size

    def _corrupt(self, said: str) -> APIConnectionError:
        return ConnectionBrokenError(f"the answer could not be decompressed: {said}", ids=self._out.ids)

    def _not_read(self, how: str) -> APIConnectionError:
        error = ConnectionBrokenError(f"the answer came compressed {how}", ids=self._out.ids, advice=_LOOK_THERE)
        error.repeatable = False
        return error

    def whole(self, answer: httpx.Response) -> Response:
        """Return the answer with its whole body."""
        empty = not self._came and answer.status_code in _BODILESS
        if not empty and not all(layer.ended for layer in self._layers):
            raise self._corrupt("it was cut off")
        return self._response(answer)

    def failed(self, error: APIConnectionError) -> Response | APIConnectionError:
        """Return what an answer is whose body failed: one of a failure stays what its status says, whatever came."""
        if self._answer is None or self._answer.is_success:
            return error
        log.debug("the body of a %d was not read: %s", self._answer.status_code, error.args[0])
        return self._response(self._answer)

    def _response(self, answer: httpx.Response) -> Response:
        content = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return Response(answer.status_code, answer.headers, content)


IN_OUR_CALL: Final[ContextVar[PreparedRequest | None]] = ContextVar("superoffice_call", default=None)
"""The call that is being sent; what others in the program log is left as it is."""
_LOGGERS: Final = ("httpx", "httpcore.http11", "httpcore.http2", "httpcore.socks")  # those that show what was sent
_BYTES: Final = r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""
_PAIR: Final = rf"\(({_BYTES}), ({_BYTES})\)"  # compiled by the first line at DEBUG, of which most programs have none


class _Veil(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if (call := IN_OUR_CALL.get()) is not None:
            record.msg, record.args = call.cleaner()(re.sub(_PAIR, _veiled, record.getMessage())), ()
        return True


_VEIL: Final = _Veil()


def redact_httpcore_logs() -> None:
    """Begin to; to begin twice is harmless."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_VEIL)


def _veiled(pair: re.Match[str]) -> str:
    name = pair[1][2:-1].lower()
    return pair[0] if name in HARMLESS else f"({pair[1]}, b'***')"
