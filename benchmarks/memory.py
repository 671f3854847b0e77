"""Memory that tickets keep, and whether anything grows over 100,000 calls. Counted by Python's own allocator."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

from decode import real, three_kept
from setting import Setting
from worker import ours, ours_view

SITE = "https://crm.example.com"
COUNT = 5_000


def kept(run: Callable[[], object]) -> float:
    """Return the bytes that a result keeps."""
    run()
    gc.collect()
    tracemalloc.start()
    result = run()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return size


def grown(calls: int) -> float:
    """Return the kilobytes by which memory is larger after many calls than after the first thousand."""
    client: Any = ours(b'[{"TicketId": 1, "Title": "t"}]', SITE, [1])
    tracemalloc.start()
    for _ in range(1_000):
        client()
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(calls - 1_000):
        client()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1e3


def measure(setting: Setting) -> None:
    """Measure and report."""
    made = real(COUNT)
    full, ids = json.dumps(made).encode(), [each["TicketId"] for each in made]
    few = json.dumps(three_kept(made, left_out=False)).encode()
    sizes = {
        "superoffice-sdk": kept(ours(full, SITE, ids)),
        "superoffice-sdk, into= of 3 members": kept(ours_view(few, SITE, ids)),
        "json": kept(lambda: json.loads(full)),
    }
    setting.report.table(
        f"memory kept by a ticket, of {COUNT:,} full ones",
        {name: [size / COUNT] for name, size in sizes.items()},
        "superoffice-sdk",
        "bytes",
        digits=0,
    )
    setting.report.bar("kilobytes kept by a full ticket", sizes["superoffice-sdk"] / COUNT / 1e3, 3.2)
    view = sizes["superoffice-sdk, into= of 3 members"] / COUNT / 1e3
    setting.report.bar("kilobytes kept by a ticket of 3 members", view, 0.3)
    calls = max(2_000, int(100_000 * setting.effort))
    setting.report.bar(f"kilobytes grown over {calls:,} calls", grown(calls), 10)
