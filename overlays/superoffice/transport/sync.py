"""Sends without async: the steps of a call are done in the thread that calls."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Generator
from concurrent import futures
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from .._fork import reset_after_fork
from ..errors import ConfigurationError
from ..retries import Turn
from .attempts import CallFunction, Outcome, PreparedRequest, Result, Send, Step, Wait
from .cancel import LOOK, CancelToken
from .http import Sender, make_client, request_of, wrap_network
from .single_flight import AwaitFlight

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
_OF_THE_PARENT: list[httpx.Client] = []  # kept in a forked child, where closing the parent's connections is not ours
_LEAST = 0.001  # a socket takes 0 for "do not wait at all", which is another error than a timeout


class SyncSender(Sender):
    """Sends with `httpx.Client`s of one connection each. Safe to share between threads, and after a fork.

    A request takes the connection that was used last and is alone on it: a pool of httpx's loses much of its time on
    choosing among them (measured: benchmarks/tasks.py).
    """

    def __init__(self, transport: httpx.BaseTransport | None, max_concurrency: int, max_response_bytes: int) -> None:
        super().__init__(transport, max_concurrency, max_response_bytes)
        self._deadline = _Deadline()
        self._made: list[httpx.Client] = []
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without connections and with every slot free, as a forked child must."""
        _OF_THE_PARENT.extend(self._made)
        self._made = []
        self._free: list[httpx.Client] = []
        self._stop = CancelToken(self.check_open)
        self._slots = threading.BoundedSemaphore(self.max_concurrency)

    def run(self, steps: Generator[Step, Any, T], out: PreparedRequest) -> T:
        """Do the steps of a call until it ends."""
        self.check_open()
        came: Any = None
        with closing(steps):  # at once, since others may wait for what this call was to refresh
            while True:
                try:
                    step = steps.send(came)
                except StopIteration as end:
                    result: T = end.value
                    return result
                came = self._do(step, out)  # outside the try: a hook may raise StopIteration too

    def _do(self, step: Step, out: PreparedRequest) -> object:
        stop = out.stop or self._stop
        if isinstance(step, Send):
            if step.aside is not None:
                return self._send_in_turn(step.aside, step)
            with stop.turn(self._slots):
                return self._send_in_turn(out, step)
        if isinstance(step, Wait):
            stop.wait(step.seconds)
        elif isinstance(step, AwaitFlight):
            ends = time.monotonic() + step.seconds
            while not step.flight.done() and (left := ends - time.monotonic()) > 0:
                stop.check()
                futures.wait([step.flight], min(left, LOOK))
        elif isinstance(step, CallFunction):
            return _call(step)
        elif inspect.isawaitable(told := step.hook(step.event)):
            getattr(told, "close", lambda: None)()
            raise ConfigurationError("a hook of SuperOffice is a plain function; AsyncSuperOffice awaits async ones")
        return None

    def _send_in_turn(self, out: PreparedRequest, step: Send) -> Result:
        self.check_open()
        client, usable = self._free_client(), True
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

    def _send(self, client: httpx.Client, out: PreparedRequest, remaining: float) -> Result:
        with self._attempt(out, remaining) as body:
            self._deadline.ends, self._deadline.stop = out.sent_at + remaining, out.stop
            with closing(client.send(request_of(out, remaining), stream=True)) as response:
                body.begin(response)
                for part in response.iter_bytes() if response.is_stream_consumed else response.iter_raw():
                    body.add(part)
        if body.error is not None:
            (out.stop or self._stop).check()  # nobody waits for the error of a stopped call
        return body.result()

    def _free_client(self) -> httpx.Client:
        try:
            return self._free.pop()
        except IndexError:
            import httpx

            if self._transport is not None and self._made:
                return self._made[0]  # a transport that was given is one, however many calls are under way
            client = make_client(httpx.Client, self._transport, self.max_concurrency)
            if self._transport is None:  # a user's own transport is left as it is
                wrap_network(client, lambda network: _Network(network, self._deadline, self._stop))
            self._made.append(client)
            return client

    def _drop(self, client: httpx.Client) -> None:
        """Close a client whose request was broken off: httpcore may hold a connection that it never uses."""
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


def _call(step: CallFunction) -> Outcome:
    """Call a user's function for its outcome; raises `ConfigurationError` for one that has to be awaited."""
    try:
        given = step.function()
    except Exception as error:
        return Outcome(error=error)
    if inspect.isawaitable(given):
        getattr(given, "close", lambda: None)()
        raise ConfigurationError("SuperOffice calls a plain function for a token; AsyncSuperOffice awaits async ones")
    return Outcome(given)


class _Deadline(threading.local):
    """When the request that this thread sends has to end, and what may end it before."""

    ends = float("inf")
    stop: CancelToken | None = None

    def left(self, timeout: float | None) -> float:
        """Shorten a step's timeout to what is left of the call."""
        left = max(self.ends - time.monotonic(), _LEAST)
        return left if timeout is None else min(timeout, left)

    def watching(self, stream: Any) -> AbstractContextManager[None]:
        """Let the call's stop, if it has one, end what waits on a connection."""
        return nullcontext() if self.stop is None else self.stop.waiting_on(stream.get_extra_info("socket"))


class _Network:
    """A network, or a connection on it, that keeps to the deadline, and ends once its client is closed."""

    def __init__(self, inner: Any, deadline: _Deadline, stop: CancelToken) -> None:
        self._inner = inner
        self._deadline = deadline
        self._stop = stop

    def connect_tcp(self, *args: Any, timeout: float | None = None, **options: Any) -> _Network:
        return self._watched(self._inner.connect_tcp(*args, timeout=self._deadline.left(timeout), **options))

    def start_tls(self, *args: Any, timeout: float | None = None, **options: Any) -> _Network:
        return self._watched(self._inner.start_tls(*args, timeout=self._deadline.left(timeout), **options))

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        with self._deadline.watching(self._inner):
            return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._deadline.watching(self._inner):
            self._inner.write(buffer, self._deadline.left(timeout))

    def _watched(self, connection: Any) -> _Network:
        """Have a new connection shut once the client is closed; where that is so already it is closed at once."""
        try:
            self._stop.watch(connection.get_extra_info("socket"))
        except BaseException:
            connection.close()
            raise
        return _Network(connection, self._deadline, self._stop)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
