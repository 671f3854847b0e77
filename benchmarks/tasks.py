"""Calls a second with 1 to 500 tasks at once, ours and bare httpx.AsyncClient's, at two delays.

The server is the sandbox in a process of its own; each call asks for one ticket. Ours runs without the limit of 10
calls a second, with everything else as it comes. Without a delay calls are counted by the client's own processor time,
since the server would else be what is measured. A delay added to each answer stands for a network; there the clock
counts.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial

import httpx
import msgspec
from harness import interleaved, ratio
from serving import PASSWORD, USER, sandbox
from setting import Setting

from superoffice import AsyncSuperOffice, BasicAuth
from superoffice_api.models import Ticket

PATH = "/api/v1/Agents/Ticket/GetTickets"
DEFAULT = 8  # max_concurrency


Clock = Callable[[], float]


async def spread_over(calls: int, tasks: int, call: Callable[[], Awaitable[object]], clock: Clock) -> float:
    """Make calls from `tasks` tasks at once; gives calls a second of a clock.

    Counted are `calls` of them, from when each task has had an answer and while all are at it: without a pause between
    the two, in which a pool would close most of its connections.
    """
    done, times = 0, dict.fromkeys((tasks, tasks + calls), 0.0)
    over = asyncio.Event()

    async def work() -> None:
        nonlocal done
        while not over.is_set():
            await call()
            done += 1
            if done in times:
                times[done] = clock()
            if done == tasks + calls:
                over.set()

    async with asyncio.TaskGroup() as group:
        at_work = [group.create_task(work()) for _ in range(tasks)]
        await over.wait()
        for task in at_work:
            task.cancel()
    return calls / (times[tasks + calls] - times[tasks])


async def ours(site: str, calls: int, tasks: int, clock: Clock, concurrency: int = DEFAULT) -> float:
    """Measure the public client."""
    auth = BasicAuth(USER, PASSWORD)
    async with AsyncSuperOffice(site, auth=auth, calls_per_second=None, max_concurrency=concurrency) as client:
        return await spread_over(calls, tasks, lambda: client.tickets.get(439), clock)


async def bare(site: str, calls: int, tasks: int, clock: Clock) -> float:
    """Measure httpx with msgspec, and no limit but its own."""
    decode = msgspec.json.Decoder(list[Ticket]).decode
    body = msgspec.json.encode({"TicketIds": [439]})
    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(auth=(USER, PASSWORD), headers=headers, timeout=120) as client:

        async def call() -> None:
            decode((await client.post(site + PATH, content=body)).content)

        return await spread_over(calls, tasks, call, clock)


def run(measured: Callable[..., Awaitable[float]], *given: object) -> Callable[[], float]:
    """Make a candidate of a measurement."""
    return lambda: asyncio.run(measured(*given))  # type: ignore[arg-type] # an awaitable of ours is a coroutine


def measure(setting: Setting) -> None:
    """Measure and report: throughput by tasks, then by the cap on concurrency with a network's delay."""
    curve: dict[str, dict[int, float]] = {"superoffice-sdk": {}, "bare httpx.AsyncClient": {}}
    with sandbox() as site:
        candidates = {}
        for tasks in (1, 8, 64, 500):
            calls = 300 if tasks > DEFAULT else 600
            candidates[f"superoffice-sdk, {tasks} tasks"] = run(ours, site, calls, tasks, time.process_time)
            candidates[f"bare httpx.AsyncClient, {tasks} tasks"] = run(bare, site, calls, tasks, time.process_time)
        figures = interleaved(candidates, setting.rounds(7))
    setting.report.table(
        "tasks at once, calls a second of processor time", figures, "superoffice-sdk, 8 tasks", "calls/s", digits=0
    )
    for name, values in figures.items():
        who, _, tasks_ = name.rpartition(", ")
        curve[who][int(tasks_.split()[0])] = statistics.median(values)
    setting.report.keep("calls a second by tasks", curve)
    for tasks in (64, 500):
        over = ratio(figures, f"superoffice-sdk, {tasks} tasks", f"bare httpx.AsyncClient, {tasks} tasks").middle
        setting.report.bar(f"{tasks} tasks: ours ÷ bare httpx", over, 2.5 if tasks == 64 else 8, least=True)
        own = ratio(figures, f"superoffice-sdk, {tasks} tasks", "superoffice-sdk, 8 tasks").middle
        setting.report.bar(f"{tasks} tasks: ours ÷ ours at 8", own, 0.9, least=True)
    for delay in ("0.02", "0.05"):
        with sandbox("--slow", delay) as site:
            capped = {
                f"superoffice-sdk, max_concurrency={cap}": run(
                    partial(ours, concurrency=cap), site, 200, 64, time.perf_counter
                )
                for cap in (1, 4, 8, 16, 32, 64)
            }
            capped["bare httpx.AsyncClient"] = run(bare, site, 200, 64, time.perf_counter)
            figures = interleaved(capped, setting.rounds(9))
        title = f"64 tasks, {float(delay) * 1e3:.0f} ms added to each answer"
        setting.report.table(title, figures, "bare httpx.AsyncClient", "calls/s", digits=0)
