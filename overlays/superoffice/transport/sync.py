"""Sends without async: the steps of a call are done in the thread that calls."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Generator
from concurrent import futures
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .._fork import reset_now_and_after_fork
from ..errors import ConfigurationError
from .attempts import CallFunction, Outcome, PreparedRequest, Result, Send, Step, Wait
from .body import Body
from .cancel import CancelToken
from .rate_limit import Turn
from .sender import Connections, Network, Sender, route_to

if TYPE_CHECKING:
    import httpx

    from .connections import Transport

T = TypeVar("T")
_OF_THE_PARENT: list[Transport] = []  # kept in a forked child, which must not close them


class SyncSender(Sender):
    """Sends in the thread that calls. Safe to share between threads, and after a fork."""

    def __init__(self, transport: httpx.BaseTransport | None, network: Network) -> None:
        super().__init__(transport, network)
        self._connections = Connections(self._connect)
        reset_now_and_after_fork(self)

    def reset(self) -> None:
        """Begin without connections and with every slot free, as a forked child must."""
        _OF_THE_PARENT.extend(self._connections.made)
        self._connections = Connections(self._connect)
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
                    return cast("T", end.value)
                came = self._do(step, out)  # outside the try: a hook may raise StopIteration too

    def _do(self, step: Step, out: PreparedRequest) -> object:
        stop = out.stop or self._stop
        if isinstance(step, Send):
            if step.aside is not None:
                return self._send_in_turn(step.aside, step)
            stop.wait(float("inf"), lambda seconds: self._slots.acquire(timeout=seconds))
            try:
                return self._send_in_turn(out, step)
            finally:
                self._slots.release()
        if isinstance(step, Wait):
            flight = step.flight
            stop.wait(step.seconds, time.sleep if flight is None else lambda left: futures.wait([flight], left).done)
        elif isinstance(step, CallFunction):
            try:
                value = step.function()
            except Exception as error:
                return Outcome(error=error)
            return Outcome(_not_awaited(value, "SuperOffice calls a plain function for a token"))
        else:
            _not_awaited(step.hook(step.event), "a hook of SuperOffice is a plain function")
        return None

    def _send_in_turn(self, out: PreparedRequest, step: Send) -> Result:
        from .http import request_of

        stop = out.stop or self._stop
        stop.check()
        if step.limiter is not None:
            while not isinstance(turn := step.limiter.take(step.remaining), Turn):
                stop.wait(turn)
            out.turn = turn
        with (
            self._attempt(out, step.remaining) as body,
            self._connection(out, body) as transport,
            closing(transport.handle_request(request_of(out, step.remaining, self._network.headers))) as response,
        ):
            body.begin(response)
            for part in response.iter_bytes() if response.is_stream_consumed else response.iter_raw():
                body.add(part)
        if body.error is not None:
            stop.check()  # nobody waits for the error of a stopped call
        return body.result()

    @contextmanager
    def _connection(self, out: PreparedRequest, body: Body) -> Generator[httpx.BaseTransport]:
        """Yield a connection to send a request on; close it where more than the response may have come."""
        if self._transport is not None:  # a user's own has all requests at once
            yield self._transport
            return
        site = out.url.removesuffix(out.path)
        transport = self._connections.take(site)
        kept = False
        try:
            yield transport
            kept = not body.may_have_more()
        finally:
            if kept:
                self._connections.idle[site].append(transport)
            else:
                self._connections.made.remove(transport)
                transport.close()
        if self._closed:
            self._close_idle()

    def _connect(self, site: str) -> Transport:
        from .connections import Transport

        return Transport(route_to(site, self._network), self._stop)

    def close(self) -> None:
        """Close the connections, and end the calls that are under way; closing twice is harmless."""
        before, self._closed = self._closed, True
        self._stop.set()
        self._close_idle()
        if self._transport is not None and not before:
            self._transport.close()

    def _close_idle(self) -> None:
        for idle in list(self._connections.idle.values()):
            with suppress(IndexError):  # another thread may take one too
                while True:
                    idle.pop().close()


def _not_awaited(value: Any, takes: str) -> Any:
    if inspect.isawaitable(value):
        getattr(value, "close", lambda: None)()
        raise ConfigurationError(f"{takes}; AsyncSuperOffice awaits async ones")
    return value
