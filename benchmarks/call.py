"""One call over loopback, with sign-in, hooks, limits and reconcile, beside the same call by hand. Processor time.

The server is the sandbox in a process of its own, so that its work does not count. `$select` goes as `params=` by hand.
"""

from __future__ import annotations

from harness import interleaved, ratio, workers
from serving import sandbox
from setting import Setting

OURS = {
    "superoffice-sdk": "ours",
    "httpx + msgspec": "httpx+msgspec",
    "superoffice-sdk, select= of 3": "ours-select",
    "httpx + msgspec, $select of 3": "httpx+msgspec-select",
}
PEERS = {"stock openapi-python-client": "stock", "httpx + json": "httpx+json", "requests + json": "requests+json"}


def measure(setting: Setting) -> None:
    """Measure and report."""
    for count in (1, 100):
        with sandbox("--tickets", "200") as site:
            commands = setting.candidates(OURS, PEERS, "call", site, str(count))
            with workers(commands) as candidates:
                figures = interleaved(candidates, setting.rounds(61))
        name = f"one call over loopback, {count} ticket{'s' if count > 1 else ''}"
        setting.report.table(name, figures, "httpx + msgspec", "ms", scale=1e3, digits=3)
        over = ratio(figures, "superoffice-sdk", "httpx + msgspec").middle
        setting.report.bar(f"{name}: ours ÷ httpx + msgspec", over, 1.10)
        over = ratio(figures, "superoffice-sdk, select= of 3", "httpx + msgspec, $select of 3").middle
        setting.report.bar(f"{name}, $select: ours ÷ httpx + msgspec with params=", over, 1.10)
