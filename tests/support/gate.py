"""A loopback server that lets in who brings an accepted credential, and the ways to make many calls at once."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar

import anyio

from superoffice import AsyncSuperOffice, SuperOffice, Tenant

from .faults import Faults, Visit, answer

T = TypeVar("T")
REFUSED = b'{"Message": "Not signed in."}'


class Gate:
    """Answers a call for tickets with them where its Authorization is accepted, with 401 where not.

    `seen` are the values of Authorization in the order in which they came.
    """

    def __init__(self, *accepted: str) -> None:
        self.accepted = set(accepted)
        self.seen: list[str | None] = []
        self._server = Faults(self._script)

    async def _script(self, visit: Visit) -> None:
        found = re.search(rb"(?im)^authorization: ([^\r]*)", visit.head)
        given = found[1].decode() if found else None
        self.seen.append(given)
        if given not in self.accepted:
            await visit.send(answer(REFUSED, 401))
        else:
            tickets = [{"TicketId": number} for number in json.loads(visit.body)["TicketIds"]]
            await visit.send(answer(json.dumps(tickets).encode()))

    @property
    def site(self) -> str:
        return self._server.site

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()


def from_threads(site: str | Tenant, count: int, **options: Any) -> list[Any]:
    """Make a number of calls at once, each from a thread of its own; return what came or was raised."""
    together = threading.Barrier(count)

    def call(number: int) -> Any:
        together.wait(60)
        try:
            return client.tickets.get(number).ticket_id
        except Exception as error:
            return error

    with SuperOffice(site, calls_per_second=None, **options) as client, ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(1, count + 1)))


async def from_tasks(site: str | Tenant, count: int, **options: Any) -> list[Any]:
    """Do so in tasks of this event loop."""
    async with AsyncSuperOffice(site, calls_per_second=None, **options) as client:
        return await of(client, count)


async def of(client: AsyncSuperOffice, count: int) -> list[Any]:
    """Do so with a client that there is."""
    came: list[Any] = [None] * count

    async def call(number: int) -> None:
        try:
            came[number - 1] = (await client.tickets.get(number)).ticket_id
        except Exception as error:
            came[number - 1] = error

    async with anyio.create_task_group() as tasks:
        for number in range(1, count + 1):
            tasks.start_soon(call, number)
    return came


def at_once(way: str, site: str | Tenant, count: int, **options: Any) -> list[Any]:
    """Make a number of calls at once in one of the ways: threads, asyncio, trio."""
    if way == "threads":
        return from_threads(site, count, **options)
    return run(way, lambda: from_tasks(site, count, **options))


def run(way: str, function: Callable[[], Awaitable[T]]) -> T:
    return anyio.run(function, backend=way)


WAYS = ["threads", "asyncio", "trio"]
