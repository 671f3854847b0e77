"""Measure the sandbox: 1,000 tickets in one call, and tickets a second with 8 clients at once.

Beside it stands a bare Starlette route that answers with the same bytes on the same server program, so that the ratio
is what the sandbox itself costs: sign-in, the database, writing, recording. Both run in processes of their own and
take turns, so that a change of the machine's pace meets both.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
from harness import interleaved
from serving import PASSWORD, USER, served
from setting import Setting

from superoffice_sandbox import Sandbox

PATH = "/api/v1/Agents/Ticket/GetTickets"
TICKETS = 1_000
CLIENTS = 8
CALLS = 20  # of each client in a round
ASKED = {"TicketIds": list(range(1, TICKETS + 1))}
FEW = {"TicketIds": list(range(1, 101))}


def serve_sandbox() -> None:
    """Serve a sandbox and say where."""
    box = Sandbox(tickets=TICKETS + 2)
    box.serve(lambda: print(box.site, flush=True))


def serve_bare() -> None:
    """Serve a route that answers with what came on standard input, and say where."""
    import socket

    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    size = int(sys.stdin.buffer.readline())
    all_of_them, few = sys.stdin.buffer.read(size), sys.stdin.buffer.read()

    async def answer(request: Request) -> Response:
        asked = await request.body()
        return Response(few if len(asked) < 1_000 else all_of_them, media_type="application/json")

    listening = socket.create_server(("127.0.0.1", 0))
    listening = socket.socket(listening.family, listening.type, socket.IPPROTO_TCP, listening.detach())
    app = Starlette(routes=[Route(PATH, answer, methods=["POST"])])
    config = uvicorn.Config(app, log_level="error", lifespan="off", http="h11", ws="none")
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


def one_call(client: httpx.Client) -> float:
    """Time one call for all tickets, in seconds."""
    start = time.perf_counter()
    client.post(PATH, json=ASKED).raise_for_status()
    return time.perf_counter() - start


def many_calls(client: httpx.Client, calls: int) -> float:
    """Time calls for 100 tickets each by eight clients, in seconds."""

    def run(_: int) -> None:
        for _ in range(calls):
            client.post(PATH, json=FEW).raise_for_status()

    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(run, range(CLIENTS)))
    return time.perf_counter() - start


def measure(setting: Setting) -> None:
    """Measure and report."""
    options: dict[str, Any] = {"auth": (USER, PASSWORD), "timeout": 60}
    with served(__file__, "sandbox") as site, httpx.Client(base_url=site, **options) as sandbox:
        everything, few = (sandbox.post(PATH, json=asked).raise_for_status() for asked in (ASKED, FEW))
        if (got := len(everything.json())) != TICKETS:
            raise SystemExit(f"{got} tickets came in place of {TICKETS}")
        content = b"%d\n%s%s" % (len(everything.content), everything.content, few.content)
        with served(__file__, "bare", content=content) as other, httpx.Client(base_url=other, **options) as bare:
            clients = {"sandbox": sandbox, "bare route": bare}
            rounds = setting.rounds(15)
            single = interleaved({name: partial(one_call, client) for name, client in clients.items()}, rounds)
            several = {name: partial(many_calls, client, CALLS) for name, client in clients.items()}
            overall = interleaved(several, rounds)
    report = setting.report
    report.table("the sandbox, 1,000 tickets in a call", single, "bare route", "ms", scale=1e3, digits=1)
    report.table("the sandbox, 8 clients, 100 tickets a call", overall, "bare route", "s")


if __name__ == "__main__":
    {"sandbox": serve_sandbox, "bare": serve_bare}[sys.argv[-1]]()
