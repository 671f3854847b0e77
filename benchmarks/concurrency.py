"""Calls a second with 8, 64 and 500 tasks at once, ours and bare httpx.AsyncClient's, in one interleaved run.

    nox -s bench

The server is the sandbox in a process of its own; each call asks for one ticket. Ours runs without the limit of 10
calls a second, with everything else as it comes. The last table adds a delay to each answer, as a network would.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable

import httpx
import msgspec
from serving import PASSWORD, USER, sandbox

from superoffice import AsyncSuperOffice, BasicAuth
from superoffice_api.models import Ticket

PATH = "/api/v1/Agents/Ticket/GetTickets"


async def spread(calls: int, tasks: int, call: Callable[[], Awaitable[object]]) -> float:
    """Make `calls` calls from `tasks` tasks at once; gives calls a second."""
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await call()

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(tasks)))
    return calls / (time.perf_counter() - start)


async def ours(site: str, calls: int, tasks: int, concurrency: int) -> float:
    """Measure the public client."""
    auth = BasicAuth(USER, PASSWORD)
    async with AsyncSuperOffice(site, auth=auth, calls_per_second=None, max_concurrency=concurrency) as client:
        await client.tickets.get(439)
        return await spread(calls, tasks, lambda: client.tickets.get(439))


async def bare(site: str, calls: int, tasks: int) -> float:
    """Measure httpx with msgspec, and no limit but its own."""
    decode = msgspec.json.Decoder(list[Ticket]).decode
    body = json.dumps({"TicketIds": [439]}).encode()
    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(auth=(USER, PASSWORD), headers=headers, timeout=120) as client:

        async def call() -> None:
            decode((await client.post(site + PATH, content=body)).content)

        await call()
        return await spread(calls, tasks, call)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--concurrency", type=int, default=8)
    options = parser.parse_args()
    for delay in ("0", "0.03"):
        with sandbox("--slow", delay) as site:
            rates: dict[tuple[str, int], list[float]] = {}
            for _ in range(options.rounds):
                for tasks in (8, 64, 500):
                    calls = max(options.calls, tasks)
                    mine = await ours(site, calls, tasks, options.concurrency)
                    rates.setdefault(("superoffice-sdk", tasks), []).append(mine)
                    rates.setdefault(("bare httpx", tasks), []).append(await bare(site, calls, tasks))
        print(
            f"\n{float(delay) * 1e3:.0f} ms added to each answer; {options.rounds} interleaved rounds; calls a second"
        )
        print(f"{'':18}{'tasks':>6}{'median':>9}{'÷ ours at 8':>13}{'÷ bare':>8}")
        for (name, tasks), found in rates.items():
            at_8 = statistics.median(a / b for a, b in zip(found, rates["superoffice-sdk", 8], strict=True))
            to_bare = statistics.median(a / b for a, b in zip(found, rates["bare httpx", tasks], strict=True))
            print(f"{name:18}{tasks:6}{statistics.median(found):9.0f}{at_8:13.2f}{to_bare:8.2f}")


if __name__ == "__main__":
    asyncio.run(main())
