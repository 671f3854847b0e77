"""How cost grows: 1 to 1,000,000 tickets, 1 to 1,000 ids a call, 3 to 65 columns.

Tickets and columns are measured without a network, by processor time, what the transport takes to write the answers
taken off. Ids a call are measured over HTTP, with the limit of 10 calls a second as the service asks, once with the
sandbox as it is and once with 50 ms added to each answer, which stand for a network. Tasks are in tasks.py.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from typing import Any, get_args

import httpx
import msgspec
from decode import real
from serving import PASSWORD, USER, sandbox
from setting import Setting

from superoffice import BasicAuth, SuperOffice
from superoffice_api.facts import TicketFieldName

SITE = "https://crm.example.com"
COUNTS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
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
    """Give the microseconds of processor time that a ticket takes."""
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


def measure(setting: Setting) -> None:
    """Measure and report."""
    by_count: dict[str, dict[int, float]] = {"get_many": {}, "stream": {}}
    for count in COUNTS:
        if count > 1_000_000 * setting.effort:
            continue
        for name, curve in by_count.items():
            if name == "stream" or count <= IN_MEMORY:
                rounds = max(1, min(15, 20_000 // count))
                curve[count] = statistics.median(spent(count, stream=name == "stream") for _ in range(rounds))
    setting.report.keep("microseconds a ticket by tickets", by_count)
    names = get_args(TicketFieldName)
    columns = {
        number: statistics.median(spent(1_000, stream=False, select=names[:number]) for _ in range(setting.rounds(9)))
        for number in COLUMNS
    }
    setting.report.keep("microseconds a ticket by columns", {"select=": columns})
    sizes = {f"{delay * 1e3:.0f} ms away": _by_size(setting, delay) for delay in (0.0, 0.05)}
    setting.report.keep("tickets a second by ids a call", sizes)
    for title, curves in (("µs a ticket", by_count), ("µs a ticket, columns", {"": columns}), ("tickets/s", sizes)):
        for name, curve in curves.items():
            print(f"{title:24}{name:12}", *(f"{at:,}: {value:.1f}  " for at, value in curve.items()), flush=True)


def _by_size(setting: Setting, delay: float) -> dict[int, float]:
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    with sandbox("--slow", str(delay)) as site, SuperOffice(site, auth=BasicAuth(USER, PASSWORD)) as client:
        for _ in range(setting.rounds(3)):
            for size in SIZES:
                ids = range(1, max(size * 4, 20) + 1) if size < 500 else range(1, 2001)
                sized = client.with_options(call_size=size)
                time.sleep(1)  # so that each starts with its ten calls unspent
                start = time.perf_counter()
                count = len(sized.tickets.get_many(ids))
                found[size].append(count / (time.perf_counter() - start))
    return {size: statistics.median(values) for size, values in found.items()}
