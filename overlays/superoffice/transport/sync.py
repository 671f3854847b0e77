"""Sends without async: what an exchange asks for is done in the thread that calls."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Generator
from concurrent import futures
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from superoffice_runtime import Response

from .._fork import renew_after_fork
from ..errors import APIConnectionError, ConfigurationError
from ..retries import Turn
from .attempts import CallFunction, Outcome, PreparedRequest, Send, Step, Wait
from .cancel import LOOK, CancelToken
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
    import httpx


T = TypeVar("T")
_OF_THE_PARENT: list[httpx.Client] = []  # kept in a forked child, where closing the parent's connections is not ours


class SyncSender(Sender):
    """Sends with `httpx.Client`s of one connection each. Safe to share between threads, and after a fork.

    A call takes the connection that was used last and is alone on it: a pool of httpx's loses much of its time on
    choosing among them (measured: benchmarks/tasks.py).
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
        self._stop = CancelToken(self.check_open)
        self._slots = threading.BoundedSemaphore(self.max_concurrency)

    def run(self, exchange: Generator[Step, Any, T], out: PreparedRequest) -> T:
        """Do what an exchange asks for until it ends."""
        self.check_open()
        came: Any = None
        try:
            while True:
                try:
                    step = exchange.send(came)
                except StopIteration as end:
                    result: T = end.value
                    return result
                came = self._do(step, out)  # outside the try: a hook may raise StopIteration too
        finally:
            exchange.close()  # at once, since others may wait for what this call was to renew

    def _do(self, step: Step, out: PreparedRequest) -> object:
        stop = out.stop or self._stop
        if isinstance(step, Send):
            if step.aside is not None:
                return self._sent(step.aside, step)
            with stop.turn(self._slots):
                return self._sent(out, step)
        if isinstance(step, Wait):
            stop.wait(step.seconds)
        elif isinstance(step, AwaitFlight):
            wait_for(step, stop)
        elif isinstance(step, CallFunction):
            return call_function(step)
        elif inspect.isawaitable(told := step.hook(step.event)):
            getattr(told, "close", lambda: None)()
            raise ConfigurationError("a hook of SuperOffice is a plain function; AsyncSuperOffice awaits async ones")
        return None

    def _sent(self, out: PreparedRequest, step: Send) -> Response | APIConnectionError:
        self.check_open()
        client, usable = self._take(), True
        try:
            if step.limiter is not None:
                while not isinstance(turn := step.limiter.take(step.remaining), Turn):
                    (out.stop or self._stop).wait(turn)
                out.turn = turn
            usable = False
            result = self._send(client, out, step.remaining)
            usable = True
        finally:
            if usable:
                self._free.append(client)
                if self._closed:
                    self._close_free()
            else:
                self._drop(client)
        return result

    def _send(self, client: httpx.Client, out: PreparedRequest, remaining: float) -> Response | APIConnectionError:
        import httpx

        if out.before_send is not None:
            out.before_send()
        out.sent_at = time.monotonic()
        self._clock.ends = out.sent_at + remaining
        self._clock.stop = out.stop
        body = Body(out, self._limit, remaining)
        before = IN_OUR_CALL.set(out)
        try:
            with closing(client.send(request_of(out, remaining, _noted(out)), stream=True)) as answer:
                if out.cookies is not None:
                    out.cookies[:] = answer.headers.get_list("set-cookie")
                body.begin(answer)
                for part in answer.iter_bytes() if answer.is_stream_consumed else answer.iter_raw():
                    body.add(part)
            return body.whole(answer)
        except APIConnectionError as error:
            failed = error.with_traceback(None)  # the frames here hold what had come, which may be a token
        except (httpx.RequestError, OSError) as error:
            failed = with_cause(transport_error(error, out), error)
        except RuntimeError:
            self.check_open()  # what httpx says of a client that another thread has closed just now
            raise
        finally:
            IN_OUR_CALL.reset(before)
            if out.turn is not None:
                out.turn.sent()
        (out.stop or self._stop).check()  # what broke then is no failure that anybody waits to hear of
        return body.failed(failed)

    def _take(self) -> httpx.Client:
        try:
            return self._free.pop()
        except IndexError:
            import httpx

            if self._transport is not None and self._made:
                return self._made[0]  # a transport that was given is one, however many calls are under way
            client = make_client(httpx.Client, self._transport, self.max_concurrency)
            if self._transport is None:  # a user's own transport is left as it is
                enforce_deadline(client, self._clock, self._stop)
            self._made.append(client)
            return client

    def _drop(self, client: httpx.Client) -> None:
        """Close a client whose call was broken off: httpcore may hold a connection that it never uses."""
        if self._transport is None:  # a user's own transport is left as it is
            self._made.remove(client)
            client.close()

    def close(self) -> None:
        """Close the connections, and end the calls that are under way; closing twice is harmless."""
        self._closed = True
        self._stop.set()
        self._close_free()
        if self._transport is not None:
            for client in self._made:
                client.close()

    def _close_free(self) -> None:
        """Close the clients that no call has; whoever has one closes it when its call has ended."""
        with suppress(IndexError):
            while True:
                self._free.pop().close()


def _noted(out: PreparedRequest) -> Callable[[str, dict[str, Any]], None] | None:
    """Return what httpcore calls at each step of a request, so that its turn begins when it is written."""
    if (turn := out.turn) is None:
        return None

    def note(event: str, info: dict[str, Any]) -> None:
        if is_written(event, info):
            turn.sent()

    return note


def wait_for(step: AwaitFlight, stop: CancelToken) -> None:
    """Wait for what another call makes, or raise while it is waited for."""
    ends = time.monotonic() + step.seconds
    while not step.flight.done() and (left := ends - time.monotonic()) > 0:
        stop.check()
        futures.wait([step.flight], min(left, LOOK))


def call_function(step: CallFunction) -> Outcome:
    """Call a user's function for its outcome; raises `ConfigurationError` for one that has to be awaited."""
    try:
        given = step.function()
    except Exception as error:
        return Outcome(error=error)
    if inspect.isawaitable(given):
        getattr(given, "close", lambda: None)()
        raise ConfigurationError("SuperOffice calls a plain function for a token; AsyncSuperOffice awaits async ones")
    return Outcome(given)


_LEAST = 0.001  # a socket takes 0 for "do not wait at all", which is another error than a timeout


class Clock(threading.local):
    """When the call that this thread makes has to end."""

    ends = float("inf")
    stop: CancelToken | None = None

    def left(self, timeout: float | None) -> float:
        """Shorten a step's timeout to what is left of the call."""
        left = max(self.ends - time.monotonic(), _LEAST)
        return left if timeout is None else min(timeout, left)

    def watched(self, stream: Any) -> AbstractContextManager[None]:
        """Let the call's stop, if it has one, end what waits on a connection."""
        return nullcontext() if self.stop is None else self.stop.waiting_on(stream.get_extra_info("socket"))


class _Stream:
    def __init__(self, inner: Any, clock: Clock, stop: CancelToken) -> None:
        self._inner = inner
        self._clock = clock
        self._stop = stop

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        with self._clock.watched(self._inner):
            return self._inner.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._clock.watched(self._inner):
            self._inner.write(buffer, self._clock.left(timeout))

    def start_tls(self, *args: Any, timeout: float | None = None, **options: Any) -> _Stream:
        inner = self._inner.start_tls(*args, timeout=self._clock.left(timeout), **options)
        return _Stream(_watched(inner, self._stop), self._clock, self._stop)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Network:
    def __init__(self, inner: Any, clock: Clock, stop: CancelToken) -> None:
        self._inner = inner
        self._clock = clock
        self._stop = stop

    def connect_tcp(self, *args: Any, timeout: float | None = None, **options: Any) -> _Stream:
        inner = self._inner.connect_tcp(*args, timeout=self._clock.left(timeout), **options)
        return _Stream(_watched(inner, self._stop), self._clock, self._stop)


def _watched(inner: Any, stop: CancelToken) -> Any:
    """Have a new connection shut once the client is closed; where that is so already it is closed at once."""
    try:
        stop.watch(inner.get_extra_info("socket"))
    except BaseException:
        inner.close()
        raise
    return inner


def enforce_deadline(client: httpx.Client, clock: Clock, stop: CancelToken) -> None:
    """Have every connection of a client keep to the clock and to the stop.

    Where httpx changes, the limits of the steps still hold.
    """
    wrap_network(client, lambda network: _Network(network, clock, stop))
