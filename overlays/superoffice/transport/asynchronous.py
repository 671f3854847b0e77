"""Sends without blocking, on asyncio or trio: the steps of a call are awaited."""

from __future__ import annotations

import inspect
import os
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from ..errors import APITimeoutError
from ..retries import Turn
from .attempts import CallFunction, Outcome, PreparedRequest, Result, Send, Step, Wait
from .http import Sender, make_client, note_sent_async, request_of, wrap_network
from .single_flight import AwaitFlight

if TYPE_CHECKING:
    import anyio
    import httpx

T = TypeVar("T")
_LOOK: Final = 0.001  # seconds for which a new connection is listened to before it is written to


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
    """Sends with `httpx.AsyncClient`s of one connection each, new ones in another event loop or process."""

    _sends, _takes = "handle_async_request", "an httpx.AsyncBaseTransport, such as httpx.AsyncHTTPTransport()"

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None, max_concurrency: int, max_response_bytes: int
    ) -> None:
        super().__init__(transport, max_concurrency, max_response_bytes)
        self._home = _Home()
        self._ends: set[Callable[[], None]] = set()  # what ends the calls of an event loop, from anywhere

    async def run(self, steps: Generator[Step, Any, T], out: PreparedRequest) -> T:
        """Do the steps of a call until it ends, or the client is closed."""
        self.check_open()
        import anyio

        calls = (await self._ready()).calls
        with anyio.CancelScope() as scope, closing(steps):  # at once, since others may wait for what it was to refresh
            calls.add(scope)
            try:
                came: Any = None
                while True:
                    try:
                        step = steps.send(came)
                    except StopIteration as end:
                        result: T = end.value
                        return result
                    came = await self._do(step, out)  # outside the try: a hook may raise StopIteration too
            finally:
                calls.discard(scope)
        raise self.closed_error()  # nothing else cancels it

    async def _do(self, step: Step, out: PreparedRequest) -> object:
        import anyio

        if isinstance(step, Send):
            if step.aside is not None:
                return await self._send_in_turn(step.aside, step)
            async with self._home.slots:
                return await self._send_in_turn(out, step)
        if isinstance(step, Wait):
            await anyio.sleep(step.seconds)
        elif isinstance(step, AwaitFlight):
            made = anyio.Event()
            wake = _from_anywhere(made.set)
            step.flight.add_done_callback(lambda _: wake())
            with anyio.move_on_after(step.seconds):
                await made.wait()
        elif isinstance(step, CallFunction):
            return await _call(step)
        elif inspect.isawaitable(told := step.hook(step.event)):
            await told
        return None

    async def _send_in_turn(self, out: PreparedRequest, step: Send) -> Result:
        self.check_open()
        client, usable = self._free_client(), True
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

    async def _send(self, client: httpx.AsyncClient, out: PreparedRequest, remaining: float) -> tuple[Result, bool]:
        """Send once; returns what came, and whether the client can be used again."""
        import anyio

        with self._attempt(out, remaining) as body, anyio.fail_after(remaining):
            request = request_of(out, remaining, note_sent_async)
            async with aclosing(await client.send(request, stream=True)) as response:
                body.begin(response)
                parts = response.aiter_bytes() if response.is_stream_consumed else response.aiter_raw()
                async with aclosing(cast("AsyncGenerator[bytes]", parts)):
                    async for part in parts:
                        body.add(part)
        if body.error is not None:
            self.check_open()  # closing it may be what broke the call
        return body.result(), not isinstance(body.error, APITimeoutError)

    async def _ready(self) -> _Home:
        import anyio

        home, loop = self._home, _this_loop()
        if home.kept is None or home.loop != loop:
            home.free, home.made, home.calls, home.loop = [], [], set(), loop
            home.slots = anyio.Semaphore(self.max_concurrency, fast_acquire=True)
            home.kept = self._keep(home.made, home.calls)
            await anext(home.kept)
        return home

    def _free_client(self) -> httpx.AsyncClient:
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
        """Close a client whose request was broken off: httpcore may hold a connection that it never uses."""
        if self._transport is None:  # a user's own transport is left as it is
            import anyio

            self._home.made.remove(client)
            with anyio.CancelScope(shield=True):
                await client.aclose()

    async def _keep(self, clients: list[httpx.AsyncClient], calls: set[anyio.CancelScope]) -> AsyncGenerator[None]:
        """Close clients when their event loop ends, which finishes the generators that were begun in it."""
        end = _from_anywhere(partial(_cancel, calls))
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


def _this_loop() -> object:
    import anyio.lowlevel

    return os.getpid(), anyio.lowlevel.current_token()


def _from_anywhere(function: Callable[[], None]) -> Callable[[], None]:
    """Return what calls a function in this event loop, from any thread; nothing happens once the loop has ended."""
    call: Callable[[Callable[[], object]], object]
    try:  # trio may not be loaded, or this may not be a loop of its
        call = sys.modules["trio"].lowlevel.current_trio_token().run_sync_soon
    except (KeyError, RuntimeError):
        import asyncio

        call = asyncio.get_running_loop().call_soon_threadsafe

    def wake() -> None:
        with suppress(RuntimeError):
            call(function)

    return wake


async def _call(step: CallFunction) -> Outcome:
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
    return Outcome(error=APITimeoutError("the function that returns the token took longer than the time allowed"))


def _is_async(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - it is called


class SafeNetwork:
    """An async network whose connections set up TLS, and are broken off, safely."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **options: Any) -> _Stream:
        """Return a new connection."""
        return _Stream(await self._inner.connect_tcp(*args, **options))


class _Stream:
    """Writes a request in one piece, when its response is waited for."""

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
        with suppress(WriteError):  # as httpcore does: a response may have come all the same
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
