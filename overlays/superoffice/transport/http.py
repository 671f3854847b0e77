"""The one seam to httpx, which is imported when the first request is sent: what both senders share."""

from __future__ import annotations

import logging
import os
import re
import ssl
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar

import attrs

from superoffice_runtime import Response

from .. import errors
from .._address import is_loopback, proxy_for
from .._version import __version__
from ..hooks import LOG, log_to_stderr
from .attempts import PreparedRequest, Result, log
from .rate_limit import Turn
from .redaction import HARMLESS, can_be_sent, causes, clean_texts, hidden

if TYPE_CHECKING:
    import httpx

_HTTPX_LOG: Final = logging.getLogger("httpx")
C = TypeVar("C", "httpx.HTTPTransport", "httpx.AsyncHTTPTransport")
T = TypeVar("T")
Verify: TypeAlias = Literal[True] | str | os.PathLike[str] | ssl.SSLContext
# What else httpx can decompress depends on what is installed, and none of it with a bound on memory.
_AGENT: Final = f"superoffice-sdk/{__version__}"
_HEADERS: Final = {"User-Agent": _AGENT, "Accept-Encoding": "gzip", "Connection": "keep-alive"}
_TRUST: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_SCHEME: Final = r"^(?:([A-Za-z][A-Za-z0-9+.-]*):/{1,3})?"  # which may be left out, as curl allows
_FORMS: Final = "which takes http://, https:// or socks5://, a host and a port, as http://proxy.example.com:3128"
_SHOWN: Final = 300  # characters of what httpx said, which may quote what a server sent
_TLS_ERRORS: Final = (ssl.SSLError, ssl.SSLCertVerificationError)  # others say that data are waited for, or of an end


@lru_cache(maxsize=256)
def parsed_url(url: str) -> httpx.URL:
    """Parse an address once; raises `ConfigurationError` where it is not one."""
    import httpx

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
        import httpx

        return httpx.create_ssl_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _as_proxy(name: str, address: str) -> httpx.Proxy:
    import httpx

    with suppress(httpx.InvalidURL, ValueError):
        proxy = httpx.Proxy(re.sub(_SCHEME, lambda found: f"{found[1] or 'http'}://", address, count=1))
        if proxy.url.host and "%" not in proxy.url.host and (proxy.url.port or 0) <= 65535:  # which httpx lets pass
            return proxy
    wrong = f"the proxy has no address that can be used; check {name}, {_FORMS}"
    raise errors.ConfigurationError(f"no connection can be set up: {wrong}")  # not above, where errors show a password


def _as_trust(verify: Verify | bool) -> ssl.SSLContext | None:
    if verify is True or isinstance(verify, ssl.SSLContext):
        return None if verify is True else verify
    wanted = "give a file or a folder of certificates to trust, or an ssl.SSLContext"
    if verify is False:
        raise errors.ConfigurationError(f"verify=False would show the credentials to whoever responds; {wanted}")
    try:
        path = os.fspath(verify)
        folder = os.path.isdir(path)
        return ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except (TypeError, OSError, ValueError) as error:  # an SSLError is an OSError
        raise errors.ConfigurationError(f"verify={verify!r} cannot be used: {error}; {wanted}") from None


@attrs.frozen(kw_only=True)
class Network:
    """How a client reaches servers, also those that sign it in or find its tenant."""

    max_concurrency: int
    max_response_bytes: int
    proxy: httpx.Proxy | None = None  # None for the environment's
    trust: ssl.SSLContext | None = None  # None for `tls_context`
    headers: Mapping[str, str] = _HEADERS


def make_network(proxy: Any, verify: Any, user_agent: Any, **limits: int) -> Network:
    """Return how a client reaches servers; raises `ConfigurationError` for what cannot work."""
    headers = _HEADERS
    if user_agent is not None:
        if not (user_agent and isinstance(user_agent, str) and can_be_sent("User-Agent", user_agent)):
            wanted = "a product and its version in ASCII, such as 'myapp/1.0'"
            raise errors.ConfigurationError(f"user_agent={user_agent!r} cannot be used; give {wanted}")
        headers = {**_HEADERS, "User-Agent": f"{_AGENT} {user_agent}"}
    used = None if proxy is None else _as_proxy("proxy=", proxy if isinstance(proxy, str) else "")
    return Network(proxy=used, trust=_as_trust(verify), headers=headers, **limits)


def make_transport(kind: type[C], site: str, layer: Callable[[Any], Any], network: Network) -> C:
    """Make a transport of httpx's to a site, by the proxy and trust of a client or the environment, with a layer."""
    try:
        trust = network.trust or tls_context()
    except (OSError, ValueError) as error:
        named = [name for name in _TRUST if os.environ.get(name)] or _TRUST[:1]
        raise errors.ConfigurationError(f"no connection can be set up: {error}; check {' and '.join(named)}") from None
    name, proxy = "proxy=", None if is_loopback(site) else network.proxy
    if network.proxy is None:
        name, address = map(hidden, proxy_for(site) or ("", ""))
        proxy = _as_proxy(name, address) if address else None
    try:
        made = kind(verify=trust, proxy=proxy)
    except ImportError:
        wrong = f"{name} names a SOCKS proxy, which takes another package: pip install 'httpx[socks]'"
        raise errors.ConfigurationError(f"no connection can be set up: {wrong}") from None
    pool: Any = getattr(made, "_pool", None)  # httpx has no public place; where it renames its parts, tests fail
    if hasattr(pool, "_network_backend"):
        pool._network_backend = layer(pool._network_backend)
    return made


def note_sent(turn: Turn, event: str, info: dict[str, Any]) -> None:
    """Note the turn of a request when httpcore has written all of it, which is not a proxy's own CONNECT."""
    if event.endswith("receive_response_headers.started") and info["request"].method != b"CONNECT":
        turn.sent()


async def note_sent_async(turn: Turn, event: str, info: dict[str, Any]) -> None:
    """Do the same; httpcore awaits it in an async client."""
    note_sent(turn, event, info)


def request_of(
    out: PreparedRequest, left: float, ours: Mapping[str, str] = _HEADERS, note: Callable[..., Any] = note_sent
) -> httpx.Request:
    """Make httpx's request, none of its steps longer than what remains of the call's total."""
    import httpx

    steps, given = out.timeout, {name.lower() for name in out.headers}
    timeout = {step: min(getattr(steps, step), left) for step in ("connect", "read", "write", "pool")}
    extensions: dict[str, Any] = {"timeout": timeout}
    if out.turn is not None:
        extensions["trace"] = partial(note, out.turn)
    headers = {**{name: value for name, value in ours.items() if name.lower() not in given}, **out.headers}
    return httpx.Request(out.method, parsed_url(out.url), headers=headers, content=out.content, extensions=extensions)


def transport_error(error: Exception, out: PreparedRequest) -> errors.APIConnectionError:
    """Return the error for what went wrong, by its cause; its sentence may quote what a server sent, cleaned."""
    import httpx

    clean = out.cleaner()
    clean_texts(error, clean)
    said = (clean(str(error)) or type(error).__name__)[:_SHOWN]
    where = parsed_url(out.url).netloc.decode()
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    tls = (each for each in causes(error) if isinstance(each, ssl.SSLError))
    made: errors.APIConnectionError
    if isinstance(error, httpx.TimeoutException) or any(isinstance(each, TimeoutError) for each in causes(error)):
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


class Connections(Generic[T]):
    """Connections by their site, each with one request at a time; httpx's pool is slower (benchmarks/tasks.py)."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self.made: list[T] = []
        self.idle: defaultdict[str, list[T]] = defaultdict(list)
        self._make = make

    def take(self, site: str) -> T:
        """Take the one that was used last, or a new one."""
        try:
            return self.idle[site].pop()
        except IndexError:
            self.made.append(made := self._make(site))
            return made


class Sender:
    """What both senders have: their settings, whether they were closed, and how an attempt ends."""

    _sends, _takes = "handle_request", "an httpx.BaseTransport, such as httpx.HTTPTransport()"

    def __init__(self, transport: Any, network: Network) -> None:
        a_class = isinstance(transport, type)
        if transport is not None and (a_class or not callable(getattr(transport, self._sends, None))):
            given = f"the class {transport.__name__}" if a_class else type(transport).__name__
            raise errors.ConfigurationError(f"transport= takes {self._takes}, and not {given}")
        if level := os.environ.get(LOG):
            log_to_stderr(level)
        if transport is not None and (network.proxy or network.trust):
            raise errors.ConfigurationError("transport= has a proxy= and verify= of its own; give them to that")
        self._transport = transport
        self._network = network
        self.max_concurrency = network.max_concurrency
        self._limit = network.max_response_bytes
        self._closed = False

    def check_open(self) -> None:
        """Refuse a call of a client that was closed, and end one that was under way then."""
        if self._closed:
            raise self._closed_error()

    def _closed_error(self) -> errors.ClientClosedError:
        return errors.ClientClosedError("the client was closed; make a new one, or keep its `with` block open")

    @contextmanager
    def _attempt(self, out: PreparedRequest, left: float) -> Generator[Body]:
        """Have a request sent within; what comes, or what goes wrong, is on the body."""
        import httpx

        if out.before_send is not None:
            out.before_send()
        out.sent_at = time.monotonic()
        out.ends = out.sent_at + left
        body = Body(out, self._limit)
        before = IN_OUR_CALL.set(out)
        try:
            yield body
            body.end()
        except errors.APIConnectionError as error:
            body.error = error.with_traceback(None)  # the frames here hold what had come, which may be a token
        except (httpx.RequestError, OSError) as error:
            body.error = transport_error(error, out)
        finally:
            IN_OUR_CALL.reset(before)
            if out.turn is not None:
                out.turn.sent()


_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to say that a gzip header comes first
_READ: Final = frozenset({"gzip", "x-gzip", "deflate"})
# The other codings that there are. A name that is not a coding, such as utf-8, is ignored, as httpx ignores it.
_NOT_READ: Final = frozenset({"aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"})
_LAYERS: Final = 5  # of compression in one another; each costs time and memory
_BODILESS: Final = frozenset({204, 205})  # successes that have no body, whatever their headers say
_LOOK_THERE: Final = "check what responds in the server's place, such as a proxy; gzip is what was asked for"


@attrs.define
class _Layer:
    coding: str
    zlib: Any = None  # once something came
    size: int = 0  # bytes that came of it


class Body:
    """Collects a response's body, within its largest size and the time that is left.

    It decompresses by itself: httpx would decompress all of what it has read at once, however much that becomes.
    """

    def __init__(self, out: PreparedRequest, limit: int) -> None:
        self.error: errors.APIConnectionError | None = None
        self._out = out
        self._limit = limit if out.largest is None else min(limit, out.largest)
        self._response: Any = None  # httpx's, once it came
        self._parts: list[bytes] = []
        self._size = 0
        self._layers: list[_Layer] = []  # in the order in which the server applied them

    def begin(self, response: httpx.Response) -> None:
        """Note that the response came, and look at how the body is compressed."""
        if self._out.cookies is not None:
            self._out.cookies[:] = response.headers.get_list("set-cookie")
        if self._out.turn is not None:
            self._out.turn.responded()
        self._response = response
        shown = response.http_version, response.status_code, response.reason_phrase
        _HTTPX_LOG.info('HTTP Request: %s %s "%s %d %s"', self._out.method, self._out.url, *shown)  # as its clients do
        encoding = response.headers.get("content-encoding")
        if encoding is None or response.is_stream_consumed or response.status_code in _BODILESS:
            return  # a transport for tests has read it already, and decompressed it
        codings = [coding.strip().lower() for coding in encoding.split(",")]
        self._layers = [_Layer(coding) for coding in codings if coding in _READ]
        odd = [f"as {coding!r}, which was not asked for" for coding in codings if coding in _NOT_READ]
        if len(self._layers) > _LAYERS:
            odd.append(f"{len(self._layers)} times over")
        if odd:
            error = self._broken(f"the response was compressed {odd[0]}", _LOOK_THERE)
            error.repeatable = False
            raise error

    def add(self, part: bytes) -> None:
        """Take the next part as it came."""
        if time.monotonic() > self._out.ends:
            raise errors.APITimeoutError("the response did not end within the time allowed", ids=self._out.ids)
        try:
            self._take(part, len(self._layers))
        except zlib.error as error:
            raise self._broken(f"the response could not be decompressed: {error}") from None

    def end(self) -> None:
        """Raise `ConnectionBrokenError` where compressed data did not come to their end."""
        if not all(layer.zlib is not None and layer.zlib.eof for layer in self._layers):
            raise self._broken("the response could not be decompressed: it was cut off")

    def result(self) -> Result:
        """Return the response, or the error; a failure whose body failed too stays what its status says."""
        response = self._response
        if self.error is not None:
            if response is None or response.is_success:
                return self.error
            log.debug("the body of a %d was not read: %s", response.status_code, self.error.args[0])
        return Response(response.status_code, response.headers, b"".join(self._parts))

    def _take(self, part: bytes, layers: int) -> None:
        if not layers:
            self._size = self._checked(self._size + len(part))
            self._parts.append(part)
            return
        layer = self._layers[layers - 1]
        while part:
            if layer.zlib is None or layer.zlib.eof:  # a body may be several gzip files, one after the other
                # The standard's deflate has a header, which some leave out.
                plain = zlib.MAX_WBITS if part[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS
                layer.zlib = zlib.decompressobj(plain if layer.coding == "deflate" else _GZIP)
            found = layer.zlib.decompress(part, self._limit - layer.size + 1)
            layer.size = self._checked(layer.size + len(found))
            self._take(found, layers - 1)
            part = layer.zlib.unused_data if layer.zlib.eof else layer.zlib.unconsumed_tail

    def _checked(self, size: int) -> int:
        if size > self._limit:
            raise errors.ResponseTooLargeError(f"the response grew past {self._limit:,} bytes", ids=self._out.ids)
        return size

    def _broken(self, what: str, advice: str | None = None) -> errors.APIConnectionError:
        return errors.ConnectionBrokenError(what, ids=self._out.ids, advice=advice)


IN_OUR_CALL: Final[ContextVar[PreparedRequest]] = ContextVar("superoffice_call")
"""The request that is being sent; what others in the program log is left as it is."""
_BYTES: Final = r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""
_PAIR: Final = rf"\(({_BYTES}), ({_BYTES})\)"  # compiled by the first line at DEBUG, of which most programs have none


def _redact(record: logging.LogRecord) -> bool:
    if (call := IN_OUR_CALL.get(None)) is not None:
        record.msg, record.args = call.cleaner()(re.sub(_PAIR, _redacted, record.getMessage())), ()
    return True


for _name in ("httpx", "httpcore.http11", "httpcore.http2", "httpcore.socks"):  # which log what was sent
    logging.getLogger(_name).addFilter(_redact)


def _redacted(pair: re.Match[str]) -> str:
    return pair[0] if pair[1][2:-1].lower() in HARMLESS else f"({pair[1]}, b'***')"
