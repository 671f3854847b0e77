"""Exports to Parquet: peak memory and tickets a second of short and long ones, and where the time of one goes.

Each runs in a process of its own:

    python benchmarks/export.py 200000      one export, by itself

A transport in the same process answers at once, with tickets of the sandbox's whose numbers are put in as asked for, so
that neither a server nor the limit of 10 calls a second is measured.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec

if TYPE_CHECKING:
    from setting import Setting

SITE = "https://crm.example.com"
SIZES = (50_000, 100_000, 1_000_000)
ROUNDS = 3
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


def export(count: int) -> None:
    """Export, and print tickets a second and the peak of memory in MB."""
    from superoffice import SuperOffice

    with (
        tempfile.TemporaryDirectory() as folder,
        SuperOffice(SITE, transport=Answers(), calls_per_second=None) as client,
    ):
        client.tickets.get_many([1, 2])
        begun = time.perf_counter()
        result = client.tickets.export(range(1, count + 1), Path(folder) / "tickets.parquet")
        taken = time.perf_counter() - begun
    if result.tickets != count:
        raise SystemExit(f"{result.tickets} tickets came in place of {count}")
    # Python's own `resource` says the most of this process or of its parent.
    peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    if peak is None:
        raise SystemExit("the system does not say how much memory was taken")
    print(count / taken, int(peak[1]) / 1024)


def measure(setting: Setting) -> None:
    """Take turns and report; of memory the worst round counts."""
    import export_profile  # not in the process that exports, whose memory counts

    sizes = [size for size in SIZES if size <= max(SIZES[0], 1_000_000 * setting.effort)]
    found: dict[int, list[list[float]]] = {size: [] for size in sizes}
    for _ in range(ROUNDS):
        for size in sizes:
            done = subprocess.run([sys.executable, __file__, str(size)], check=True, capture_output=True, text=True)
            found[size].append([float(word) for word in done.stdout.split()])
    rates = {size: statistics.median(rate for rate, _ in rows) for size, rows in found.items()}
    peaks = {size: max(peak for _, peak in rows) for size, rows in found.items()}
    setting.report.keep("exports to Parquet", {"tickets a second": rates, "most memory, MB": peaks})
    print(f"\n{'exported to Parquet':>20}{'a second':>12}{'MB at most':>12}")
    for size in sizes:
        print(f"{size:>20,}{rates[size]:>12,.0f}{peaks[size]:>12.0f}")
    setting.report.bar("megabytes that an export takes at most", max(peaks.values()), 150)
    if 1_000_000 in peaks:
        setting.report.bar("memory of an export of 1,000,000 ÷ of 100,000", peaks[1_000_000] / peaks[100_000], 1.2)
    export_profile.measure(setting)


if __name__ == "__main__":
    export(int(sys.argv[1]))
