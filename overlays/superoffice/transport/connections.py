"""Connections over httpcore's public network, which keep to the time of the call that uses them."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator
from concurrent import futures
from contextlib import contextmanager, nullcontext, suppress
from importlib.util import find_spec
from typing import Any, Final, TypeVar, cast

import anyio
import attrs
import httpcore
import httpx

from .. import errors
from .attempts import SENDING
from .body import Framed
from .cancel import CancelToken, shut

R = TypeVar("R")
_IDLE: Final = 5.0  # seconds for which an unused connection is kept
_PIECE: Final = 65_536  # bytes that are written between looks at the time
_LISTEN: Final = 0.001  # seconds for which a new connection is listened to before it is written to


@attrs.frozen
class Route:
    """How a site is reached."""

    trust: ssl.SSLContext
    proxy: httpx.Proxy | None
    setting: str  # which names the proxy


def _make_pool(
    direct: Callable[..., R], by_http: Callable[..., R], by_socks: Callable[..., R], route: Route, network: object
) -> R:
    shared: dict[str, Any] = {"ssl_context": route.trust, "network_backend": network, "keepalive_expiry": _IDLE}
    if (proxy := route.proxy) is None:
        return direct(**shared)
    url = proxy.url
    if not url.scheme.startswith("http") and find_spec("socksio") is None:
        wrong = f"{route.setting} names a SOCKS proxy, which takes another package: pip install 'httpx[socks]'"
        raise errors.ConfigurationError(f"no connection can be set up: {wrong}")
    shared["proxy_url"] = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/")
    shared["proxy_auth"] = proxy.raw_auth
    if url.scheme.startswith("http"):
        return by_http(**shared, proxy_ssl_context=route.trust if url.scheme == "https" else None)
    return by_socks(**shared)


class Transport(httpx.HTTPTransport):
    """A transport of httpx's, which what patches or watches httpx sees, over a network that keeps to a call's time."""

    def __init__(self, route: Route, stop: CancelToken) -> None:
        kinds = httpcore.ConnectionPool, httpcore.HTTPProxy, httpcore.SOCKSProxy
        self._network = _Network(stop)
        self._pool = _make_pool(*kinds, route, self._network)

    def close(self) -> None:
        """Close the connection, also one whose SOCKS proxy failed, which httpcore leaves open."""
        super().close()
        if self._network.made is not None:
            self._network.made.close()


class AsyncTransport(httpx.AsyncHTTPTransport):
    """The same without blocking."""

    def __init__(self, route: Route) -> None:
        kinds = httpcore.AsyncConnectionPool, httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy
        self._network = _AsyncNetwork()
        self._pool = _make_pool(*kinds, route, self._network)

    async def aclose(self) -> None:
        """Close the connection, as above."""
        await super().aclose()
        if self._network.made is not None:
            with anyio.CancelScope(shield=True):  # a loop that ends cancels even this
                await self._network.made.aclose()


def _left(late: type[httpcore.TimeoutException], timeout: float | None = None) -> float:
    """Return the seconds that a step may take; raises `late` where the call's time is over."""
    if (left := SENDING.get().ends - time.monotonic()) <= 0:
        raise late("the call's time is over")
    return left if timeout is None else min(timeout, left)


class _Network(httpcore.NetworkBackend):
    def __init__(self, stop: CancelToken) -> None:
        self._stop = stop
        self._inner = httpcore.SyncBackend()
        self.made: _Stream | None = None  # the last connection

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: object, **__: object) -> _Stream:
        """Connect to an address of a host, each of those that are left having its share of the time."""
        ends = time.monotonic() + _left(httpcore.ConnectTimeout, timeout)
        *others, last = dict.fromkeys(str(found[4][0]) for found in self._look_up(host, port, ends))
        for tried, address in enumerate(others):
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connect(address, port, ends, len(others) + 1 - tried)
        return self._connect(last, port, ends, 1)

    def _connect(self, address: str, port: int, ends: float, among: int) -> _Stream:
        left = max(ends - time.monotonic(), _LISTEN) / among
        self.made = _Stream(self._inner.connect_tcp(address, port, left), self._stop)
        return self.made

    def _look_up(self, host: str, port: int, ends: float) -> list[Any]:
        """Look a name up in another thread, since nothing ends it, and leave it there when the time is over."""
        with suppress(socket.gaierror):
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        found: futures.Future[list[Any]] = futures.Future()

        def look_up() -> None:
            try:
                found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except Exception as error:
                found.set_exception(error)

        threading.Thread(target=look_up, name="superoffice-look-up", daemon=True).start()
        stop = SENDING.get().stop or self._stop
        stop.wait(ends - time.monotonic(), lambda seconds: futures.wait([found], seconds).done)
        if not found.done():
            raise httpcore.ConnectTimeout(f"the name {host} was not found in time")
        try:
            return found.result()
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error


class _Stream(Framed, httpcore.NetworkStream):
    """A connection that keeps to the time of the call that uses it, and is shut where nobody waits for that."""

    def __init__(self, inner: httpcore.NetworkStream, stop: CancelToken, *, nested: bool = False) -> None:
        super().__init__()
        self._inner = inner
        self._stop = stop
        self._nested = nested  # TLS in TLS, which httpcore does by many steps with the whole timeout each
        try:  # has a new connection shut once the client is closed
            stop.watch(self._socket())
        except BaseException:
            inner.close()  # where that is so already
            raise

    def _socket(self) -> Any:
        return self._inner.get_extra_info("socket")

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        nested = self._inner.get_extra_info("ssl_object") is not None
        left = _left(httpcore.ConnectTimeout, timeout)
        with self._shut_after(left) if nested else nullcontext():
            secure = self._inner.start_tls(ssl_context, server_hostname, left)
        return _Stream(secure, self._stop, nested=nested)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _left(httpcore.ReadTimeout, timeout)
        return self.hand_on(None if self.ahead() else self._waiting(self._inner.read, max_bytes, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.asks()
        for at in range(0, len(buffer), _PIECE):
            self._waiting(self._inner.write, buffer[at : at + _PIECE], _left(httpcore.WriteTimeout, timeout))

    def _waiting(self, function: Callable[[Any, float], R], given: object, left: float) -> R:
        stop = SENDING.get().stop
        with (
            nullcontext() if stop is None else stop.waiting_on(self._socket()),
            self._shut_after(left) if self._nested else nullcontext(),
        ):
            return function(given, left)

    @contextmanager
    def _shut_after(self, seconds: float) -> Generator[None]:
        timer = threading.Timer(seconds, shut, [self._socket()])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _AsyncNetwork(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self.made: _AsyncStream | None = None

    async def connect_tcp(self, *args: Any, **options: Any) -> _AsyncStream:
        self.made = _AsyncStream(await self._inner.connect_tcp(*args, **options))
        return self.made


class _AsyncStream(Framed, httpcore.AsyncNetworkStream):
    """Writes a request in one piece when its response is read."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, *, shaken: bool = False) -> None:
        super().__init__()
        self._inner = inner
        self._shaken = shaken  # whether the handshake was made just now
        self._unsent = b""
        self._timeout: float | None = None

    async def start_tls(self, *args: Any, **options: Any) -> _AsyncStream:
        """Return the connection once it is secure; one whose handshake is broken off is closed."""
        try:
            return _AsyncStream(await self._inner.start_tls(*args, **options), shaken=True)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.asks()
        self._unsent += buffer
        self._timeout = timeout

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        _left(httpcore.ReadTimeout)  # a flood leaves no other moment to notice
        if self.ahead():
            return self.hand_on()
        came = b""
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            if self._shaken:  # a server that wants a certificate says so now, and not once it is written to
                self._shaken = False
                with suppress(httpcore.ReadTimeout):
                    came = await self._inner.read(max_bytes, _LISTEN)
            with suppress(httpcore.WriteError):  # as httpcore does: a response may have come all the same
                await self._inner.write(unsent, self._timeout)
        return self.hand_on(came or await self._inner.read(max_bytes, timeout))

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
