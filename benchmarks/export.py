"""Measure exports to Parquet: peak memory and tickets a second of short and long ones, each in a process of its own.

    python benchmarks/export.py --sizes 50000 100000 1000000

A transport in the same process answers at once, with tickets of the sandbox's whose numbers are put in as asked for, so
that neither a server nor the limit of 10 calls a second is measured. The ratios are to the first size.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import msgspec

SITE = "https://crm.example.com"
DIFFERENT = 1_000  # tickets that differ in more than their number


class Answers(httpx.BaseTransport):
    """Answers every call for tickets."""

    def __init__(self) -> None:
        from superoffice_sandbox.seed import tickets

        made = [msgspec.json.encode(ticket) for ticket in tickets(DIFFERENT, 1)][:DIFFERENT]
        self._tickets = [ticket.split(b":", 1)[1].split(b",", 1)[1] for ticket in made]  # after {"TicketId": number,

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        ids = msgspec.json.decode(request.read())["TicketIds"]
        body = b",".join(b'{"TicketId":%d,%s' % (id_, self._tickets[id_ % DIFFERENT]) for id_ in ids)
        return httpx.Response(200, content=b"[" + body + b"]", headers={"Content-Type": "application/json"})


def export(count: int, ending: str) -> None:
    """Export, and print tickets a second and the peak of memory before and after."""
    import resource

    from superoffice import SuperOffice

    with (
        tempfile.TemporaryDirectory() as folder,
        SuperOffice(SITE, transport=Answers(), calls_per_second=None) as client,
    ):
        client.tickets.get_many([1, 2])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        result = client.tickets.export(range(1, count + 1), Path(folder) / f"tickets.{ending}")
        taken = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if result.tickets != count:
        raise SystemExit(f"{result.tickets} tickets came in place of {count}")
    print(f"{count / taken} {before / 1024} {peak / 1024} {result.size / 1e6}")


def measure(sizes: list[int], ending: str, rounds: int) -> None:
    """Take turns and print a table; of memory the worst round counts."""
    found: dict[int, list[list[float]]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size in sizes:
            command = [sys.executable, __file__, "--one", str(size), "--ending", ending]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ})
            found[size].append([float(word) for word in done.stdout.split()])
    print(f"{'tickets':>10}{'a second':>12}{'MB before':>12}{'MB at most':>12}{'÷ first':>10}{'file, MB':>10}")
    first = max(values[2] for values in found[sizes[0]])
    for size, rows in found.items():
        rate, before, peak, file = (max(column) for column in zip(*rows, strict=True))
        print(f"{size:>10,}{rate:>12,.0f}{before:>12.0f}{peak:>12.0f}{peak / first:>10.2f}{file:>10.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000, 100_000])
    parser.add_argument("--ending", default="parquet")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", type=int)
    given = parser.parse_args()
    if given.one:
        export(given.one, given.ending)
    else:
        measure(given.sizes, given.ending, given.rounds)
