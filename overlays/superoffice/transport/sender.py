"""What both senders share: a client's network, connections at rest, how an attempt ends, and what is logged."""

from __future__ import annotations

import logging
import os
import re
import ssl
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar

import attrs

from .. import errors
from .._address import is_loopback, proxy_for
from .._version import __version__
from ..hooks import LOG, log_to_stderr
from .attempts import SENDING, PreparedRequest
from .body import Body
from .redaction import HARMLESS, can_be_sent, hidden

if TYPE_CHECKING:
    import httpx

    from .connections import Route

T = TypeVar("T")
Verify: TypeAlias = Literal[True] | str | os.PathLike[str] | ssl.SSLContext
_AGENT: Final = f"superoffice-sdk/{__version__}"
# What else can be decompressed depends on what is installed, and none of it with a bound on memory.
_HEADERS: Final = {"User-Agent": _AGENT, "Accept-Encoding": "gzip", "Connection": "keep-alive"}
_TRUST: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


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
    used = None
    if proxy is not None:
        from .http import as_proxy

        used = as_proxy("proxy=", proxy if isinstance(proxy, str) else "")
    return Network(proxy=used, trust=_as_trust(verify), headers=headers, **limits)


def route_to(site: str, network: Network) -> Route:
    """Return how a site is reached, by the proxy and trust of a client or the environment."""
    from .connections import Route
    from .http import as_proxy, tls_context

    try:
        trust = network.trust or tls_context()
    except (OSError, ValueError) as error:
        named = [name for name in _TRUST if os.environ.get(name)] or _TRUST[:1]
        raise errors.ConfigurationError(f"no connection can be set up: {error}; check {' and '.join(named)}") from None
    if network.proxy is not None:
        return Route(trust, None if is_loopback(site) else network.proxy, "proxy=")
    name, address = map(hidden, proxy_for(site) or ("", ""))
    return Route(trust, as_proxy(name, address) if address else None, name)


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
        """Yield a body, for the response or for what goes wrong while the request is sent."""
        from .http import FAILURES, transport_error

        if out.before_send is not None:
            out.before_send()
        out.sent_at = time.monotonic()
        out.ends, handled = out.sent_at + left, sys.exception()
        body = Body(out, self._limit)
        before = SENDING.set(out)
        try:
            yield body
            body.end()
        except errors.APIConnectionError as error:
            body.error = error.with_traceback(None)  # the frames here hold what had come, which may be a token
        except errors.SuperOfficeError:
            raise
        except Exception as error:
            proxy = None if self._transport is not None else route_to(out.url, self._network).proxy
            by_socks = proxy is not None and proxy.url.scheme.startswith("socks") and not body.begun
            if not (by_socks or isinstance(error, FAILURES)):  # what a SOCKS proxy sends may raise anything
                raise
            body.error = transport_error(error, out, "" if proxy is None else proxy.url.netloc.decode(), handled)
        finally:
            SENDING.reset(before)
            if out.turn is not None:
                out.turn.sent()


_BYTES: Final = r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""
_PAIR: Final = rf"\(({_BYTES}), ({_BYTES})\)"  # compiled by the first line at DEBUG, of which most programs have none


def _redact(record: logging.LogRecord) -> bool:
    if (call := SENDING.get(None)) is not None:
        record.msg, record.args = call.cleaner()(re.sub(_PAIR, _redacted, record.getMessage())), ()
    return True


for _name in ("httpx", "httpcore.http11", "httpcore.http2", "httpcore.socks"):  # which log what was sent
    logging.getLogger(_name).addFilter(_redact)


def _redacted(pair: re.Match[str]) -> str:
    return pair[0] if pair[1][2:-1].lower() in HARMLESS else f"({pair[1]}, b'***')"
