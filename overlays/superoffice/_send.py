"""Sends without async: what an exchange asks for is done in the thread that calls."""

from __future__ import annotations

import inspect
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from superoffice_runtime import Response

from ._body import Body
from ._deadline import Clock, hold
from ._exchange import Exchange, Outgoing, Send, Step, Wait
from ._fork import renew_after_fork
from ._http import Sender, caused, made, request_of, transport_error
from .errors import ConfigurationError, TransportError

if TYPE_CHECKING:
    import httpx

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
        self._slots = threading.BoundedSemaphore(self.max_concurrency)

    def run(self, exchange: Exchange, out: Outgoing) -> Response:
        """Do what an exchange asks for until it ends."""
        self.check_open()
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
            with self._slots if out.stop is None else out.stop.turn(self._slots):
                self.check_open()
                if step.limiter is not None and (turn := step.limiter.reserve()) > 0:
                    time.sleep(turn)
                client = self._take()
                try:
                    result = self._send(client, out, step.remaining)
                except BaseException:
                    self._drop(client)
                    raise
                self._free.append(client)
                return result
        if isinstance(step, Wait):
            (time.sleep if out.stop is None else out.stop.wait)(step.seconds)
        elif inspect.isawaitable(told := step.hook(step.event)):
            getattr(told, "close", lambda: None)()
            raise ConfigurationError("a hook of SuperOffice is a plain function; AsyncSuperOffice awaits async ones")
        return None

    def _send(self, client: httpx.Client, out: Outgoing, remaining: float) -> Response | TransportError:
        import httpx

        out.sent_at = time.monotonic()
        self._clock.ends = out.sent_at + remaining
        self._clock.stop = out.stop
        body = Body(out, self._limit, remaining)
        try:
            with closing(client.send(request_of(out, remaining), stream=True)) as answer:
                body.begin(answer)
                for part in answer.iter_bytes() if answer.is_stream_consumed else answer.iter_raw():
                    body.add(part)
            return Response(answer.status_code, answer.headers, body.whole())
        except TransportError as error:
            return error
        except httpx.RequestError as error:
            if out.stop is not None:
                out.stop.check()  # what broke then is no failure that anybody waits to hear of
            return caused(transport_error(error, out), error)
        except RuntimeError:
            self.check_open()  # what httpx says of a client that another thread has closed just now
            raise

    def _take(self) -> httpx.Client:
        try:
            return self._free.pop()
        except IndexError:
            import httpx

            if self._transport is not None and self._made:
                return self._made[0]  # a transport that was given is one, however many calls are under way
            client = made(httpx.Client, self._transport, self.max_concurrency)
            if self._transport is None:  # a user's own transport is left as it is
                hold(client, self._clock)
            self._made.append(client)
            return client

    def _drop(self, client: httpx.Client) -> None:
        """Close a client whose call was broken off: httpcore may hold a connection that it never uses."""
        if self._transport is None:  # a user's own transport is left as it is
            self._made.remove(client)
            client.close()

    def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._closed = True
        for client in list(self._made):  # another thread may just drop one
            client.close()
