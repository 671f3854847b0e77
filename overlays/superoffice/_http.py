"""The one seam to httpx, which is imported when the first call goes out."""

from __future__ import annotations

import inspect
import os
import ssl
import threading
import time
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from superoffice_runtime import Response

from ._body import Body
from ._deadline import Clock, hold
from ._exchange import Exchange, Outgoing, Send, Step, Wait
from ._fork import renew_after_fork
from ._version import __version__
from .errors import (
    CallTimeoutError,
    ClientClosedError,
    ConfigurationError,
    ConnectionBrokenError,
    ConnectionFailedError,
    TlsError,
    TransportError,
)

if TYPE_CHECKING:
    import anyio
    import httpx

USER_AGENT: Final = f"superoffice-sdk/{__version__}"
_SHOWN = 300  # characters of what httpx said, which may quote what a server sent


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    import httpx

    try:
        parsed = httpx.URL(url)  # parsing costs a tenth of a whole call; sites and $selects recur
        _ = parsed.host  # decodes an international name, which httpx would first do while it sends
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


def _options(transport: Any, connections: int) -> dict[str, Any]:
    import httpx

    return {
        "transport": transport,
        "verify": tls_context() if transport is None else True,
        "follow_redirects": False,
        # What else httpx can decompress depends on what is installed, and none of it with a bound on memory.
        "headers": {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        "limits": httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
    }


def _without_cookies(client: httpx.Client | httpx.AsyncClient) -> None:
    """Keep a server's cookies from one identity's answers out of another's requests."""
    from http.cookiejar import DefaultCookiePolicy

    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))


def _timeout(out: Outgoing, remaining: float) -> httpx.Timeout:
    import httpx

    steps = out.timeout
    return httpx.Timeout(
        connect=min(steps.connect, remaining),
        read=min(steps.read, remaining),
        write=min(steps.write, remaining),
        pool=min(steps.pool, remaining),
    )


def _failed(error: Exception, out: Outgoing) -> TransportError:
    """Put what went wrong into a plain sentence, without headers."""
    import httpx

    said = (str(error) or type(error).__name__)[:_SHOWN]
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return CallTimeoutError("no connection to the site within the time allowed", ids=out.ids)
    if isinstance(error, httpx.TimeoutException):
        return CallTimeoutError("no answer within the time allowed", ids=out.ids)
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        if _is_tls(error):
            return TlsError(f"no secure connection to the site: {said}", ids=out.ids)
        return ConnectionFailedError(f"could not connect to the site: {said}", ids=out.ids)
    return ConnectionBrokenError(f"the connection broke: {said}", ids=out.ids)


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Sender:
    """What both senders have: their settings, and whether they were closed."""

    def __init__(self, transport: Any, max_concurrency: int, max_response_bytes: int) -> None:
        self._transport = transport
        self._max_concurrency = max_concurrency
        self._limit = max_response_bytes
        self._closed = False

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosedError("the client was closed; make a new one, or keep its `with` block open")


_OF_THE_PARENT: list[httpx.Client] = []  # kept in a forked child, where closing the parent's connections is not ours


class SyncSender(_Sender):
    """Sends with `httpx.Client`s of one connection each. Safe to share between threads, and after a fork.

    A call takes the connection that was used last and is alone on it: a pool of httpx's loses much of its time on
    choosing among them (measured: benchmarks/concurrency.py).
    """

    def __init__(self, transport: httpx.BaseTransport | None, max_concurrency: int, max_response_bytes: int) -> None:
        super().__init__(transport, max_concurrency, max_response_bytes)
        self._clock = Clock()
        self._made: list[httpx.Client] = []
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Begin without connections and with every slot free, as a forked child must."""
        _OF_THE_PARENT.extend(self._made)
        self._made = []
        self._free: list[httpx.Client] = []
        self._slots = threading.BoundedSemaphore(self._max_concurrency)

    def run(self, exchange: Exchange, out: Outgoing) -> Response:
        """Do what an exchange asks for until it ends."""
        self._check_open()
        came: Any = None
        while True:
            try:
                step = exchange.send(came)
            except StopIteration as end:
                answer: Response = end.value
                return answer
            came = self._do(step, out)  # outside the try: a hook may raise StopIteration too

    def _do(self, step: Step, out: Outgoing) -> Response | TransportError | None:
        if isinstance(step, Send):
            with self._slots:
                self._check_open()
                client = self._take()
                try:
                    return self._send(client, out, step.remaining)
                finally:
                    self._free.append(client)
        if isinstance(step, Wait):
            time.sleep(step.seconds)
        elif inspect.isawaitable(told := step.hook(step.event)):
            getattr(told, "close", lambda: None)()
            raise ConfigurationError("a hook of SuperOffice is a plain function; AsyncSuperOffice awaits async ones")
        return None

    def _send(self, client: httpx.Client, out: Outgoing, remaining: float) -> Response | TransportError:
        import httpx

        out.sent_at = time.monotonic()
        self._clock.ends = out.sent_at + remaining
        body = Body(out, self._limit, remaining)
        try:
            with client.stream(
                out.method, _parsed(out.url), headers=out.headers, content=out.content, timeout=_timeout(out, remaining)
            ) as answer:
                body.begin(answer)
                for part in answer.iter_bytes() if answer.is_stream_consumed else answer.iter_raw():
                    body.add(part)
            return Response(answer.status_code, answer.headers, body.whole())
        except TransportError as error:
            return error
        except httpx.RequestError as error:
            return _caused(_failed(error, out), error)

    def _take(self) -> httpx.Client:
        try:
            return self._free.pop()
        except IndexError:
            import httpx

            if self._transport is not None and self._made:
                return self._made[0]  # a transport that was given is one, however many calls are under way
            client = httpx.Client(**_options(self._transport, self._max_concurrency))
            _without_cookies(client)
            if self._transport is None:  # a user's own transport is left as it is
                hold(client, self._clock)
            self._made.append(client)
            return client

    def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._closed = True
        for client in self._made:
            client.close()


class AsyncSender(_Sender):
    """Sends with `httpx.AsyncClient`s of one connection each, made anew in another event loop or process."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None, max_concurrency: int, max_response_bytes: int
    ) -> None:
        super().__init__(transport, max_concurrency, max_response_bytes)
        self._free: list[httpx.AsyncClient] = []
        self._made: list[httpx.AsyncClient] = []
        self._slots: anyio.Semaphore | None = None
        self._kept: AsyncGenerator[None] | None = None
        self._loop: object = None

    async def run(self, exchange: Exchange, out: Outgoing) -> Response:
        """Do what an exchange asks for until it ends."""
        self._check_open()
        came: Any = None
        while True:
            try:
                step = exchange.send(came)
            except StopIteration as end:
                answer: Response = end.value
                return answer
            came = await self._do(step, out)  # outside the try: a hook may raise StopIteration too

    async def _do(self, step: Step, out: Outgoing) -> Response | TransportError | None:
        if isinstance(step, Send):
            async with await self._ready():
                self._check_open()
                free = self._free
                client = self._take()
                try:
                    return await self._send(client, out, step.remaining)
                finally:
                    free.append(client)
        if isinstance(step, Wait):
            import anyio

            await anyio.sleep(step.seconds)
        elif inspect.isawaitable(told := step.hook(step.event)):
            await told
        return None

    async def _send(self, client: httpx.AsyncClient, out: Outgoing, remaining: float) -> Response | TransportError:
        import anyio
        import httpx

        out.sent_at = time.monotonic()
        body = Body(out, self._limit, remaining)
        try:
            with anyio.fail_after(remaining):
                async with client.stream(
                    out.method,
                    _parsed(out.url),
                    headers=out.headers,
                    content=out.content,
                    timeout=_timeout(out, remaining),
                ) as answer:
                    body.begin(answer)
                    async for part in answer.aiter_bytes() if answer.is_stream_consumed else answer.aiter_raw():
                        body.add(part)
            return Response(answer.status_code, answer.headers, body.whole())
        except TransportError as error:
            return error
        except TimeoutError as error:
            return _caused(CallTimeoutError("no whole answer within the time allowed", ids=out.ids), error)
        except httpx.RequestError as error:
            return _caused(_failed(error, out), error)

    async def _ready(self) -> anyio.Semaphore:
        import anyio

        loop = _this_loop()
        if self._slots is None or self._loop != loop:
            self._free, self._made, self._loop = [], [], loop
            self._slots = anyio.Semaphore(self._max_concurrency, fast_acquire=True)
            self._kept = _kept(self._made)
            await anext(self._kept)
        return self._slots

    def _take(self) -> httpx.AsyncClient:
        if self._free:
            return self._free.pop()
        if self._transport is not None and self._made:
            return self._made[0]
        import httpx

        client = httpx.AsyncClient(**_options(self._transport, self._max_concurrency))
        _without_cookies(client)
        self._made.append(client)
        return client

    async def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._closed = True
        if self._kept is not None and self._loop == _this_loop():  # another loop has ended, or ends its own
            await self._kept.aclose()


def _this_loop() -> object:
    import anyio.lowlevel

    return os.getpid(), anyio.lowlevel.current_token()


async def _kept(clients: list[httpx.AsyncClient]) -> AsyncGenerator[None]:
    """Close clients when their event loop ends, which finishes the generators that were begun in it."""
    try:
        yield
    finally:
        for client in clients:
            await client.aclose()


def _caused(error: TransportError, cause: BaseException) -> TransportError:
    """Say what httpx said too, but without its stack: the frames there hold the sign-in."""
    error.__cause__ = cause
    link: BaseException | None = cause
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
