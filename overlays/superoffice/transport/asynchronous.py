"""Sends without blocking, on asyncio or trio: what an exchange asks for is awaited."""

from __future__ import annotations

import inspect
import os
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from superoffice_runtime import Response

from ..errors import APIConnectionError, APITimeoutError
from ..retries import Turn
from .attempts import CallFunction, Outcome, PreparedRequest, Send, Step, Wait
from .http import (
    IN_OUR_CALL,
    Body,
    Sender,
    is_written,
    make_client,
    request_of,
    transport_error,
    with_cause,
    wrap_network,
)
from .single_flight import AwaitFlight

if TYPE_CHECKING:
    import anyio
    import httpx


T = TypeVar("T")


class _Home(threading.local):
    """What belongs to the event loop of this thread: connections and slots cannot be used in another."""

    def __init__(self) -> None:
        self.loop: object = None
        self.free: list[httpx.AsyncClient] = []
        self.made: list[httpx.AsyncClient] = []
        self.slots: Any = None  # an anyio.Semaphore
        self.calls: set[anyio.CancelScope] = set()
        self.kept: AsyncGenerator[None] | None = None


class AsyncSender(Sender):
    """Sends with `httpx.AsyncClient`s of one connection each, made anew in another event loop or process."""

    _sends, _takes = "handle_async_request", "an httpx.AsyncBaseTransport, such as httpx.AsyncHTTPTransport()"

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None, max_concurrency: int, max_response_bytes: int
    ) -> None:
        super().__init__(transport, max_concurrency, max_response_bytes)
        self._home = _Home()
        self._ends: set[Callable[[], None]] = set()  # what ends the calls of an event loop, from anywhere

    async def run(self, exchange: Generator[Step, Any, T], out: PreparedRequest) -> T:
        """Do what an exchange asks for until it ends, or the client is closed."""
        self.check_open()
        import anyio

        calls = (await self._ready()).calls
        with anyio.CancelScope() as scope:
            calls.add(scope)
            try:
                return await self._run(exchange, out)
            finally:
                calls.discard(scope)
        raise self.closed_error()  # nothing else cancels it

    async def _run(self, exchange: Generator[Step, Any, T], out: PreparedRequest) -> T:
        came: Any = None
        try:
            while True:
                try:
                    step = exchange.send(came)
                except StopIteration as end:
                    result: T = end.value
                    return result
                came = await self._do(step, out)  # outside the try: a hook may raise StopIteration too
        finally:
            exchange.close()  # at once, since others may wait for what this call was to renew

    async def _do(self, step: Step, out: PreparedRequest) -> object:
        if isinstance(step, Send):
            if step.aside is not None:
                return await self._sent(step.aside, step)
            async with self._home.slots:
                return await self._sent(out, step)
        if isinstance(step, Wait):
            import anyio

            await anyio.sleep(step.seconds)
        elif isinstance(step, AwaitFlight):
            await wait_for(step)
        elif isinstance(step, CallFunction):
            return await call_function(step)
        elif inspect.isawaitable(told := step.hook(step.event)):
            await told
        return None

    async def _sent(self, out: PreparedRequest, step: Send) -> Response | APIConnectionError:
        self.check_open()
        client, usable = self._take(), True
        try:
            if step.limiter is not None:
                import anyio

                while not isinstance(turn := step.limiter.take(step.remaining), Turn):
                    await anyio.sleep(turn)
                out.turn = turn
            usable = False
            result, usable = await self._send(client, out, step.remaining)
        finally:
            if usable:
                self._home.free.append(client)
            else:
                await self._drop(client)
        return result

    async def _send(
        self, client: httpx.AsyncClient, out: PreparedRequest, remaining: float
    ) -> tuple[Response | APIConnectionError, bool]:
        """Send once; returns what came, and whether the client can be used again."""
        import anyio
        import httpx

        if out.before_send is not None:
            out.before_send()
        out.sent_at = time.monotonic()
        body = Body(out, self._limit, remaining)
        before = IN_OUR_CALL.set(out)
        try:
            with anyio.fail_after(remaining):
                async with aclosing(await client.send(request_of(out, remaining, _noted(out)), stream=True)) as answer:
                    if out.cookies is not None:
                        out.cookies[:] = answer.headers.get_list("set-cookie")
                    body.begin(answer)
                    parts = answer.aiter_bytes() if answer.is_stream_consumed else answer.aiter_raw()
                    async with aclosing(cast("AsyncGenerator[bytes]", parts)):
                        async for part in parts:
                            body.add(part)
            return body.whole(answer), True
        except APIConnectionError as error:
            failed = error.with_traceback(None)  # the frames here hold what had come, which may be a token
        except TimeoutError as error:
            failed = with_cause(APITimeoutError("no whole answer within the time allowed", ids=out.ids), error)
        except (httpx.RequestError, OSError) as error:
            failed = with_cause(transport_error(error, out), error)
        finally:
            IN_OUR_CALL.reset(before)
            if out.turn is not None:
                out.turn.sent()
        self.check_open()  # closing it may be what broke the call
        return body.failed(failed), not isinstance(failed, APITimeoutError)

    async def _ready(self) -> _Home:
        import anyio

        home, loop = self._home, _this_loop()
        if home.kept is None or home.loop != loop:
            home.free, home.made, home.calls, home.loop = [], [], set(), loop
            home.slots = anyio.Semaphore(self.max_concurrency, fast_acquire=True)
            home.kept = self._keep(home.made, home.calls)
            await anext(home.kept)
        return home

    def _take(self) -> httpx.AsyncClient:
        home = self._home
        if home.free:
            return home.free.pop()
        if self._transport is not None and home.made:
            return home.made[0]
        import httpx

        client = make_client(httpx.AsyncClient, self._transport, self.max_concurrency)
        if self._transport is None:  # a user's own transport is left as it is
            wrap_network(client, SafeNetwork)
        home.made.append(client)
        return client

    async def _drop(self, client: httpx.AsyncClient) -> None:
        """Close a client whose call was broken off: httpcore may hold a connection that it never uses."""
        if self._transport is None:  # a user's own transport is left as it is
            import anyio

            self._home.made.remove(client)
            with anyio.CancelScope(shield=True):
                await client.aclose()

    async def _keep(self, clients: list[httpx.AsyncClient], calls: set[anyio.CancelScope]) -> AsyncGenerator[None]:
        """Close clients when their event loop ends, which finishes the generators that were begun in it."""
        end = from_anywhere(lambda: _cancel(calls))
        self._ends.add(end)
        try:
            yield
        finally:
            self._ends.discard(end)
            for client in list(clients):  # a call that is just ended may drop one
                await client.aclose()

    async def close(self) -> None:
        """Close the connections, and end the calls that are under way; closing twice is harmless."""
        import anyio

        self._closed = True
        for end in list(self._ends):  # in other event loops too
            end()
        home = self._home
        if home.kept is not None and home.loop == _this_loop():  # another loop has ended, or ends its own
            _cancel(home.calls)
            with anyio.CancelScope(shield=True):  # one of these calls may be what closes the client
                await home.kept.aclose()


def _cancel(calls: set[anyio.CancelScope]) -> None:
    for call in list(calls):
        call.cancel()


def _noted(out: PreparedRequest) -> Callable[[str, dict[str, Any]], Awaitable[None]] | None:
    """Return what httpcore awaits at each step of a request, so that its turn begins when it is written."""
    if (turn := out.turn) is None:
        return None

    async def note(event: str, info: dict[str, Any]) -> None:
        if is_written(event, info):
            turn.sent()

    return note


def _this_loop() -> object:
    import anyio.lowlevel

    return os.getpid(), anyio.lowlevel.current_token()


async def wait_for(step: AwaitFlight) -> None:
    """Wait for what another call makes, which may run in another thread or event loop."""
    import anyio

    made = anyio.Event()
    wake = from_anywhere(made.set)
    step.flight.add_done_callback(lambda _: wake())
    with anyio.move_on_after(step.seconds):
        await made.wait()


def from_anywhere(function: Callable[[], None]) -> Callable[[], None]:
    """Give what has a function called in this event loop, from any thread; nothing happens once the loop has ended."""
    call = _soon()

    def wake() -> None:
        with suppress(RuntimeError):
            call(function)

    return wake


def _soon() -> Callable[[Callable[[], object]], object]:
    """Give how this event loop is told from another thread to call something."""
    with suppress(KeyError, RuntimeError):  # it is not loaded, or this is no loop of its
        soon: Callable[[Callable[[], object]], object] = sys.modules["trio"].lowlevel.current_trio_token().run_sync_soon
        return soon
    import asyncio

    return asyncio.get_running_loop().call_soon_threadsafe


async def call_function(step: CallFunction) -> Outcome:
    """Call a user's function: one that has to be awaited here, any other in a thread, since it may block."""
    import anyio
    import anyio.to_thread

    with anyio.move_on_after(step.seconds):
        try:
            if _is_async(step.function):
                return Outcome(await step.function())
            # In a list, since trio takes what is awaited for a mistake there.
            (given,) = await anyio.to_thread.run_sync(lambda: [step.function()], abandon_on_cancel=True)
            return Outcome(await given if inspect.isawaitable(given) else given)
        except Exception as error:
            return Outcome(error=error)
    return Outcome(error=APITimeoutError("the function that gives the token took longer than the time allowed"))


def _is_async(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - it is called


_LOOK: Final = 0.001  # seconds for which a new connection is listened to before it is written to


class SafeNetwork:
    """An async network of such connections."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **options: Any) -> _Stream:
        """Return a connection whose TLS may be set up and broken off safely."""
        return _Stream(await self._inner.connect_tcp(*args, **options))


class _Stream:
    """Writes a request in one piece, when its answer is waited for."""

    def __init__(self, inner: Any, *, shaken: bool = False) -> None:
        self._inner = inner
        self._shaken = shaken  # whether the handshake was made just now
        self._unsent = b""
        self._ahead = b""
        self._timeout: float | None = None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        self._timeout = timeout

    async def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        if self._unsent:
            await self._send(max_bytes)
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        return await self._inner.read(max_bytes, timeout)

    async def _send(self, max_bytes: int) -> None:
        from httpcore import ReadTimeout, WriteError

        unsent, self._unsent = self._unsent, b""
        if self._shaken:
            self._shaken = False
            with suppress(ReadTimeout):
                self._ahead = await self._inner.read(max_bytes, _LOOK)
        with suppress(WriteError):  # as httpcore does: an answer may have come all the same
            await self._inner.write(unsent, self._timeout)

    async def start_tls(self, *args: Any, **options: Any) -> _Stream:
        try:
            return _Stream(await self._inner.start_tls(*args, **options), shaken=True)
        except BaseException:
            import anyio

            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
