"""The three ways to read a stream, each as one that a test awaits."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Self

import anyio

from superoffice import AsyncSuperOffice, BasicAuth, SuperOffice, TicketStream
from superoffice_sandbox import Sandbox


class Blocking:
    """A sync stream with the face of an async one, so that one test serves both."""

    def __init__(self, stream: TicketStream[Any]) -> None:
        self._stream = stream

    async def __aenter__(self) -> Self:
        assert self._stream.__enter__() is self._stream
        return self

    async def __aexit__(self, *error: Any) -> None:
        self._stream.__exit__(*error)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        for ticket in self._stream:
            return ticket
        raise StopAsyncIteration

    async def batches(self) -> AsyncIterator[Any]:
        for batch in self._stream.batches():
            yield batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Kind:
    """One of the three ways to read a stream."""

    def __init__(self, name: str, box: Sandbox) -> None:
        self.name = name
        self._box = box

    @contextlib.asynccontextmanager
    async def client(self, site: str | None = None, **options: Any) -> AsyncGenerator[Callable[..., Any]]:
        """Return `tickets.stream` of a client, for a sandbox unless another site is named."""
        options = {"calls_per_second": None, "retries": 0, "batch_size": 5, **options}
        if site is None:
            options["auth"] = BasicAuth(self._box.user, self._box.password)
        address = site or self._box.site
        if self.name == "sync":
            with SuperOffice(address, **options) as client:
                yield lambda *args, **given: Blocking(client.tickets.stream(*args, **given))
        else:
            async with AsyncSuperOffice(address, **options) as other:
                yield other.tickets.stream

    def run(self, scenario: Callable[[], Awaitable[None]]) -> None:
        """Run it to its end, which leaves no thread behind."""
        before = set(threading.enumerate())  # those of other tests may end meanwhile
        anyio.run(scenario, backend="trio" if self.name == "trio" else "asyncio")
        assert not set(threading.enumerate()) - before


async def settle() -> None:
    """Let what is under way come to rest."""
    await anyio.sleep(0.4)


async def numbers(stream: Any, found: list[int] | None = None) -> list[int]:
    """Read to the end; `found` has what came where that is an error."""
    found = [] if found is None else found
    async for ticket in stream:
        found.append(ticket.ticket_id)
    return found
