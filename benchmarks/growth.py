"""How cost grows: 1 to 1,000,000 tickets, 1 to 1,000 ids a call, 3 to 65 columns.

Tickets and columns are measured without a network, by processor time, what the transport takes to write the answers
taken off. Their points take turns, and just before and after each the bare decoder says what pace the machine has: it
would else bend the curve. Ids a call are measured over HTTP, with the limit of 10 calls a second as the service asks,
once with the sandbox as it is and once with 50 ms added to each answer, which stand for a network. Tasks are in
tasks.py.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import httpx
import msgspec
from decode import real
from harness import Figures, interleaved
from serving import PASSWORD, USER, sandbox
from setting import Setting

from superoffice import BasicAuth, SuperOffice
from superoffice_api.facts import TicketFieldName
from superoffice_api.models import Ticket

SITE = "https://crm.example.com"
ROUNDS = {1: 41, 10: 41, 100: 41, 1_000: 41, 10_000: 21, 100_000: 7, 1_000_000: 3}  # by the number of tickets
SIZES = (1, 5, 10, 25, 50, 100, 200, 500, 1000)
COLUMNS = (3, 8, 16, 32, 65)
IN_MEMORY = 100_000  # tickets that get_many keeps at once


class Written(httpx.BaseTransport):
    """Answers with the tickets asked for, and knows how long it took to write them."""

    def __init__(self, keep: set[str] | None = None) -> None:
        ticket = real(2)[1]
        if keep is not None:
            ticket = {name: value for name, value in ticket.items() if name in keep}
        self._before, self._after = json.dumps({**ticket, "TicketId": "#"}).encode().split(b'"#"')
        self.spent = 0.0
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        start = time.thread_time()  # not the other threads' time with it
        ids = msgspec.json.decode(request.content)["TicketIds"]
        content = b"[" + b",".join(b"%b%d%b" % (self._before, id_, self._after) for id_ in ids) + b"]"
        answer = httpx.Response(200, headers={"Content-Type": "application/json"}, content=content)
        with self._lock:
            self.spent += time.thread_time() - start
        return answer


def spent(count: int, *, stream: bool, select: tuple[Any, ...] | None = None) -> float:
    """Return the microseconds of processor time that a ticket takes."""
    transport = Written(None if select is None else set(select))
    with SuperOffice(SITE, transport=transport, calls_per_second=None) as client:
        client.tickets.get(1)
        transport.spent = 0.0
        start = time.process_time()
        if stream:
            with client.tickets.stream(range(1, count + 1), select=select) as tickets:
                got = sum(1 for _ in tickets)
        else:
            got = len(client.tickets.get_many(range(1, count + 1), select=select))
        if got != count:
            raise RuntimeError(f"{got} tickets came in place of {count}")
        return (time.process_time() - start - transport.spent) / count * 1e6


def bare(content: bytes, count: int) -> float:
    """Return the microseconds of processor time that a ticket takes the bare decoder, by itself."""
    decode = msgspec.json.Decoder(list[Ticket]).decode
    decode(content)
    times = max(1, 3_000 // count)
    start = time.process_time()
    for _ in range(times):
        decode(content)
    return (time.process_time() - start) / times / count * 1e6


def written(count: int) -> bytes:
    """Return the response for that number of tickets."""
    request = httpx.Request("POST", SITE, json={"TicketIds": list(range(1, count + 1))})
    return Written().handle_request(request).content


def paced(groups: list[tuple[dict[Any, Callable[[], float]], int]]) -> dict[Any, float]:
    """Run groups of candidates in turn, each group its number of rounds, and free the figures of the machine's pace."""
    pace = partial(bare, written(100), 100)
    seen: list[float] = []

    def beside(run: Callable[[], float]) -> Callable[[], float]:
        def measured() -> float:
            before, value, after = pace(), run(), pace()
            seen.extend((before, after))
            return value / statistics.mean((before, after))

        return measured

    found: Figures = {}
    for group, rounds in groups:
        found |= interleaved({name: beside(run) for name, run in group.items()}, rounds)
    return {name: statistics.median(values) * statistics.median(seen) for name, values in found.items()}


def by_count(setting: Setting) -> list[tuple[dict[Any, Callable[[], float]], int]]:
    """Return what is run for each number of tickets: all kept, streamed, and the bare decoder."""
    groups: dict[int, dict[Any, Callable[[], float]]] = {}
    for count, rounds in ROUNDS.items():
        if count > 1_000_000 * setting.effort:
            continue
        group = groups.setdefault(rounds, {})
        group["stream", count] = partial(spent, count, stream=True)
        if count <= IN_MEMORY:
            group["get_many", count] = partial(spent, count, stream=False)
            group["bare decoder", count] = partial(bare, written(count), count)
    return [(group, setting.rounds(rounds)) for rounds, group in groups.items()]


def measure(setting: Setting) -> None:
    """Measure and report."""
    names = get_args(TicketFieldName)
    selected: dict[Any, Callable[[], float]] = {
        ("select=", number): partial(spent, 1_000, stream=False, select=names[:number]) for number in COLUMNS
    }
    found = paced([*by_count(setting), (selected, setting.rounds(21))])
    counts, columns = (
        {name: {at: value for (one, at), value in sorted(found.items()) if one == name} for name in curves}
        for curves in (("get_many", "stream", "bare decoder"), ("select=",))
    )
    setting.report.keep("microseconds a ticket by tickets", counts)
    setting.report.keep("microseconds a ticket by columns", columns)
    sizes = {f"{delay * 1e3:.0f} ms away": _by_size(setting, delay) for delay in (0.0, 0.05)}
    setting.report.keep("tickets a second by ids a call", sizes)
    for title, curves in (("µs a ticket", counts), ("µs a ticket, columns", columns), ("tickets/s", sizes)):
        for name, curve in curves.items():
            print(f"{title:24}{name:14}", *(f"{at:,}: {value:.1f}  " for at, value in curve.items()), flush=True)


def _by_size(setting: Setting, delay: float) -> dict[int, float]:
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    with sandbox("--slow", str(delay)) as site, SuperOffice(site, auth=BasicAuth(USER, PASSWORD)) as client:
        for _ in range(setting.rounds(3)):
            for size in SIZES:
                ids = range(1, max(size * 4, 20) + 1) if size < 500 else range(1, 2001)
                sized = client.with_options(batch_size=size)
                time.sleep(1)  # so that each starts with its ten calls unspent
                start = time.perf_counter()
                count = len(sized.tickets.get_many(ids))
                found[size].append(count / (time.perf_counter() - start))
    return {size: statistics.median(values) for size, values in found.items()}
