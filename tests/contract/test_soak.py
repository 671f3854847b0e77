"""Eight clients at once for a while, good and bad requests mixed: every answer is right, and nothing grows.

The server runs in a process of its own, whose memory and open files Linux shows under /proc.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from superoffice import AsyncSuperOffice, AuthenticationError, BasicAuth, SuperOffice

from ..support.sandbox_calls import PATH

SECONDS = 60 if "SUPEROFFICE_LONG" in os.environ else 5
TICKETS = 300
UNKNOWN = 77_777
GROWTH_KB = 4_000 if SECONDS > 30 else 12_000
"""How much more memory the last quarter may hold than the second. A short run still fills the list of requests."""
GROWTH_FILES = 2
SIGN_IN = ("tje0", "Tje0")
ALIVE = [sys.executable, "-c", "from superoffice.cli.main import main; main()", "sandbox", "--tickets", str(TICKETS)]


class Server(NamedTuple):
    site: str
    pid: int

    def memory(self) -> int:
        """Resident memory in kB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    def files(self) -> int:
        """Open files, sockets among them."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))


@pytest.fixture
def server() -> Iterator[Server]:
    with subprocess.Popen(ALIVE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield Server(process.stdout.readline().strip(), process.pid)
        finally:
            process.terminate()


class Load:
    """What the clients share: when to end, what the tickets are, what came of the calls."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.counts: Counter[int] = Counter()
        self.lock = threading.Lock()
        self.end = time.monotonic() + SECONDS
        with self.sdk() as client:
            self.titles = {ticket.ticket_id: ticket.title for ticket in client.tickets.get_many(range(1, TICKETS + 1))}

    def sdk(self, **options: Any) -> SuperOffice:
        return SuperOffice(self.site, auth=BasicAuth(*SIGN_IN), calls_per_second=None, **options)

    def count(self, status: int) -> None:
        with self.lock:
            self.counts[status] += 1

    def ids(self, chance: random.Random) -> list[int]:
        """Return ids that are there, and one that is not."""
        ids = [chance.randint(1, TICKETS) for _ in range(chance.choice([1, 5, 50]))]
        return [*ids, UNKNOWN] if chance.random() < 0.3 else ids

    def check(self, batch: Any, ids: list[int]) -> None:
        known = [number for number in ids if number != UNKNOWN]
        assert [(ticket.ticket_id, ticket.title) for ticket in batch] == [(n, self.titles[n]) for n in known]
        assert batch.missing == ((UNKNOWN,) if UNKNOWN in ids else ())
        self.count(200)


def sync_client(load: Load, number: int, **options: Any) -> None:
    chance = random.Random(number)
    with load.sdk(**options) as client:
        while time.monotonic() < load.end:
            ids = load.ids(chance)
            if chance.random() < 0.5:
                load.check(client.tickets.get_many(ids), ids)
            else:
                load.check(client.tickets.get_many(ids, select=["Title", "TableRight/Mask"]), ids)


def async_client(load: Load, number: int) -> None:
    chance = random.Random(number)

    async def run() -> None:
        async with AsyncSuperOffice(load.site, auth=BasicAuth(*SIGN_IN), calls_per_second=None) as client:
            while time.monotonic() < load.end:
                asked = [load.ids(chance) for _ in range(2)]
                for ids, batch in zip(asked, await asyncio.gather(*map(client.tickets.get_many, asked)), strict=True):
                    load.check(batch, ids)

    asyncio.run(run())


def refused_client(load: Load, number: int) -> None:
    with SuperOffice(load.site, auth=BasicAuth("tje0", f"wrong{number}"), calls_per_second=None) as client:
        while time.monotonic() < load.end:
            with pytest.raises(AuthenticationError):
                client.tickets.get_many([1])
            load.count(401)


def wrong_requests() -> list[tuple[int, dict[str, Any]]]:
    """Requests with the status that each must get."""
    body = b'{"TicketIds": [1]}'
    json = {"Content-Type": "application/json"}
    return [
        (200, {"content": body, "headers": json}),
        (200, {"content": body, "headers": {**json, "Accept": "text/xml", "SO-TimeZone": "US-NY, includeTZOffset"}}),
        (200, {"content": b"TicketIds=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"content": body[:-2], "headers": json}),
        (400, {"content": b'{"TicketIds": [0]}', "headers": json}),
        (400, {"content": b"\xff\xfe" * 100, "headers": json}),
        (400, {"content": b"<a" * 1000, "headers": {"Content-Type": "text/xml"}}),
        (400, {"content": body, "headers": {**json, "SO-TimeZone": "GMT"}}),
        (401, {"content": body, "headers": json, "auth": None}),
        (403, {"content": body, "headers": {**json, "Origin": "https://evil.example"}}),
        (404, {"content": body, "headers": json, "path": "/api/v1/Other"}),
        (405, {"method": "GET"}),
        (406, {"content": body, "headers": {**json, "Accept": "image/png"}}),
        (413, {"content": b'{"TicketIds": [%s1]}' % (b"1," * 10_000), "headers": json}),
        (415, {"content": body, "headers": {"Content-Type": "text/plain"}}),
        (421, {"content": body, "headers": {**json, "Host": "evil.example"}}),
        (431, {"content": body, "headers": {**json, "X-Long": "a" * 33_000}}),
    ]


def raw_client(load: Load, number: int, *, keep: bool) -> None:
    chance, wrong = random.Random(number), wrong_requests()
    client = httpx.Client(base_url=load.site)
    while time.monotonic() < load.end:
        status, options = chance.choice(wrong)
        options = {"method": "POST", "path": PATH, "auth": SIGN_IN, **options}
        answer = client.request(options.pop("method"), options.pop("path"), **options)
        assert answer.status_code == status, (options, answer.text)
        kind = answer.headers["Content-Type"]
        if "xml" in kind:
            assert answer.text.startswith("<?xml")
        elif status == 200:
            assert answer.json()[0]["Title"] == load.titles[1]
        else:
            assert set(answer.json()) == {"Message", "MessageDetail"}
        load.count(status)
        if not keep:  # a socket for each call
            client.close()
            client = httpx.Client(base_url=load.site)
    client.close()


def test_nothing_grows_and_every_answer_is_right(server: Server) -> None:
    load = Load(server.site)
    assert len(load.titles) == TICKETS
    clients: list[Callable[[], None]] = [
        lambda: sync_client(load, 1),
        lambda: sync_client(load, 2, accept="application/xml"),
        lambda: async_client(load, 3),
        lambda: refused_client(load, 4),
        lambda: raw_client(load, 5, keep=True),
        lambda: raw_client(load, 6, keep=True),
        lambda: raw_client(load, 7, keep=False),
        lambda: raw_client(load, 8, keep=False),
    ]
    quarters: list[list[tuple[int, int]]] = [[], [], [], []]
    with ThreadPoolExecutor(len(clients)) as pool:
        running = [pool.submit(client) for client in clients]
        while (left := load.end - time.monotonic()) > 0:
            quarters[3 - min(3, int(4 * left / SECONDS))].append((server.memory(), server.files()))
            time.sleep(SECONDS / 100)
        for each in running:
            each.result()
    (memory, files), (last_memory, last_files) = (
        tuple(max(values) for values in zip(*quarters[n], strict=True)) for n in (1, 3)
    )
    calls = sum(load.counts.values())
    print(  # noqa: T201 - `-s` shows it
        f"\n{SECONDS} s, {len(clients)} clients: {calls:,} calls ({calls / SECONDS:,.0f} a second), "
        f"{dict(sorted(load.counts.items()))}\n"
        f"memory {memory / 1000:.1f} -> {last_memory / 1000:.1f} MB, open files {files} -> {last_files}"
    )
    assert not [status for status in load.counts if status >= 500]
    assert set(load.counts) == {200, *(status for status, _ in wrong_requests())}
    assert last_memory - memory < GROWTH_KB
    assert last_files - files <= GROWTH_FILES
    with httpx.Client(base_url=server.site) as client:
        assert client.get("/openapi.json").status_code == 200
    deadline = time.monotonic() + 5
    while server.files() > files and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.files() <= files
