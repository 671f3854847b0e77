"""Sends without blocking, on asyncio or trio: the steps of a call are awaited."""

from __future__ import annotations

import inspect
import os
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, asynccontextmanager, closing, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import anyio
import anyio.lowlevel
import anyio.to_thread

from ..errors import APITimeoutError
from .attempts import CallFunction, Outcome, PreparedRequest, Result, Send, Step, Wait
from .body import Body
from .rate_limit import Turn
from .sender import Connections, Network, Sender, route_to

if TYPE_CHECKING:
    import httpx

    from .connections import AsyncTransport

T = TypeVar("T")


class _Home(threading.local):
    """What belongs to the event loop of this thread: connections and slots cannot be used in another."""

    loop: object = None
    connections: Connections[AsyncTransport]
    slots: Any  # an anyio.Semaphore
    calls: set[anyio.CancelScope]
    kept: AsyncGenerator[None]


class AsyncSender(Sender):
    """Sends without blocking, with new connections in another event loop or process."""

    _sends, _takes = "handle_async_request", "an httpx.AsyncBaseTransport, such as httpx.AsyncHTTPTransport()"

    def __init__(self, transport: httpx.AsyncBaseTransport | None, network: Network) -> None:
        super().__init__(transport, network)
        self._home = _Home()
        self._ends: set[Callable[[], None]] = set()  # what ends the calls of an event loop, from anywhere

    async def run(self, steps: Generator[Step, Any, T], out: PreparedRequest) -> T:
        """Do the steps of a call until it ends, or the client is closed."""
        self.check_open()
        calls = (await self._ready()).calls
        with anyio.CancelScope() as scope, closing(steps):  # at once, since others may wait for what it was to refresh
            calls.add(scope)
            try:
                came: Any = None
                while True:
                    try:
                        step = steps.send(came)
                    except StopIteration as end:
                        return cast("T", end.value)
                    came = await self._do(step, out)  # outside the try: a hook may raise StopIteration too
            finally:
                calls.discard(scope)
        raise self._closed_error()  # nothing else cancels it

    async def _do(self, step: Step, out: PreparedRequest) -> object:
        if isinstance(step, Send):
            async with self._home.slots if step.aside is None else nullcontext():
                return await self._send_in_turn(step.aside or out, step)
        if isinstance(step, Wait):
            made = anyio.Event()
            if step.flight is not None:
                step.flight.add_done_callback(_from_anywhere(made.set))
            with anyio.move_on_after(step.seconds):
                await made.wait()
        elif isinstance(step, CallFunction):
            return await _call(step)
        elif inspect.isawaitable(told := step.hook(step.event)):
            await told
        return None

    async def _send_in_turn(self, out: PreparedRequest, step: Send) -> Result:
        from .http import note_sent_async, request_of

        self.check_open()
        if step.limiter is not None:
            while not isinstance(turn := step.limiter.take(step.remaining), Turn):
                await anyio.sleep(turn)
            out.turn = turn
        with self._attempt(out, step.remaining) as body, anyio.fail_after(step.remaining):
            request = request_of(out, step.remaining, self._network.headers, note_sent_async)
            async with (
                self._connection(out, body) as transport,
                aclosing(await transport.handle_async_request(request)) as response,
            ):
                body.begin(response)
                parts = response.aiter_bytes() if response.is_stream_consumed else response.aiter_raw()
                async with aclosing(cast("AsyncGenerator[bytes]", parts)):
                    async for part in parts:
                        body.add(part)
        if body.error is not None:
            self.check_open()  # closing it may be what broke the call
        return body.result()

    @asynccontextmanager
    async def _connection(self, out: PreparedRequest, body: Body) -> AsyncGenerator[httpx.AsyncBaseTransport]:
        if self._transport is not None:  # a user's own has all requests at once
            yield self._transport
            return
        connections = self._home.connections
        transport = connections.take(site := out.url.removesuffix(out.path))
        kept = False
        try:
            yield transport
            kept = not body.may_have_more()
        finally:
            if kept:
                connections.idle[site].append(transport)
            else:
                connections.made.remove(transport)
                await _close_shielded(transport)

    async def _ready(self) -> _Home:
        home, loop = self._home, _this_loop()
        if home.loop != loop:
            from .connections import AsyncTransport

            home.loop, home.calls = loop, set()
            home.connections = Connections(lambda site: AsyncTransport(route_to(site, self._network)))
            home.slots = anyio.Semaphore(self.max_concurrency, fast_acquire=True)
            home.kept = self._keep(home.connections.made, home.calls)
            await anext(home.kept)
        return home

    async def _keep(self, made: list[AsyncTransport], calls: set[anyio.CancelScope]) -> AsyncGenerator[None]:
        """Close connections when their event loop ends, which finishes the generators that were begun in it."""
        end = _from_anywhere(partial(_cancel, calls))
        self._ends.add(end)
        try:
            yield
        finally:
            self._ends.discard(end)
            for transport in list(made):  # a call that is just ended may close one
                await transport.aclose()
            if self._transport is not None:
                await self._transport.aclose()

    async def close(self) -> None:
        """Close the connections, and end the calls that are under way; closing twice is harmless."""
        self._closed = True
        for end in list(self._ends):  # in other event loops too
            end()
        home = self._home
        if home.loop == _this_loop():  # another loop has ended, or ends its own
            _cancel(home.calls)
            await _close_shielded(home.kept)  # one of these calls may be what closes the client


def _cancel(calls: set[anyio.CancelScope]) -> None:
    for call in calls:
        call.cancel()


def _this_loop() -> object:
    return os.getpid(), anyio.lowlevel.current_token()


def _from_anywhere(function: Callable[[], None]) -> Callable[..., None]:
    """Return what calls a function in this event loop, from any thread; nothing happens once the loop has ended."""
    call: Callable[[Callable[[], object]], object]
    try:  # trio may not be loaded, or this may not be a loop of its
        call = sys.modules["trio"].lowlevel.current_trio_token().run_sync_soon
    except (KeyError, RuntimeError):
        import asyncio

        call = asyncio.get_running_loop().call_soon_threadsafe

    def wake(*_: object) -> None:
        with suppress(RuntimeError):
            call(function)

    return wake


async def _call(step: CallFunction) -> Outcome:
    """Call a user's function in a thread, since it may block; what it returns is awaited here where it has to be."""
    with anyio.move_on_after(step.seconds):
        try:
            # In a list, since trio takes what is awaited for a mistake there.
            (given,) = await anyio.to_thread.run_sync(lambda: [step.function()], abandon_on_cancel=True)
            return Outcome(await given if inspect.isawaitable(given) else given)
        except Exception as error:
            return Outcome(error=error)
    return Outcome(error=APITimeoutError("the function that returns the token took longer than the time allowed"))


async def _close_shielded(connection: Any) -> None:
    with anyio.CancelScope(shield=True):
        await connection.aclose()
