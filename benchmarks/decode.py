"""Decode 1,000 full tickets through the public client and through the stock generated client, in one interleaved run.

    nox -s bench

Both get the same bytes from an injected transport, so that everything but the network is measured: building the
request, the client's own work, decoding. The stock client is what openapi-python-client makes, untouched, of the
document reduced to JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import httpx
import msgspec

from superoffice import SuperOffice
from superoffice_api.models import Ticket
from superoffice_sandbox.seed import page_sample, tickets

SITE = "https://crm.example.com"


class Fixed(httpx.BaseTransport):
    """Answers every request with the same bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        return httpx.Response(200, headers={"Content-Type": "application/json"}, content=self._content)


def like_the_page(count: int) -> list[dict[str, Any]]:
    """Make tickets like the contract page's sample."""
    return [{**page_sample(), "TicketId": number} for number in range(1, count + 1)]


def real(count: int) -> list[dict[str, Any]]:
    """Make tickets with about half of their dates empty, as a server has them."""
    return sorted(tickets(count, 1), key=lambda ticket: ticket["TicketId"])[:count]


def timed(function: Callable[[], object]) -> float:
    """Time one call by the process's own processor time."""
    start = time.process_time()
    function()
    return time.process_time() - start


def interleaved(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Run the candidates in turn, so that a change of the machine's pace meets all of them."""
    for function in candidates.values():
        function()
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, function in candidates.items():
            times[name].append(timed(function))
    return times


def candidates(content: bytes, ids: list[int], with_stock: bool) -> dict[str, Callable[[], object]]:
    """Say what is measured, ours first."""
    client = SuperOffice(SITE, transport=Fixed(content), calls_per_second=None, call_size=len(ids))
    bare = msgspec.json.Decoder(list[Ticket])
    found: dict[str, Callable[[], object]] = {
        "superoffice-sdk": lambda: client.tickets.get_many(ids),
        "bare msgspec decode": lambda: bare.decode(content),
        "json.loads": lambda: json.loads(content),
    }
    if with_stock:
        stock = import_module("stock_client.api.ticket.get_tickets")
        body = import_module("stock_client.models").GetTicketsRequest(ids)
        stock_client = import_module("stock_client").Client(SITE, httpx_args={"transport": Fixed(content)})
        found["stock openapi-python-client"] = lambda: stock.sync(client=stock_client, body=body)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stock", help="folder that holds the stock client, as the package stock_client")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tickets", type=int, default=1000)
    options = parser.parse_args()
    if options.stock:
        sys.path.insert(0, options.stock)
    for kind, make in (
        ("like the page's sample", like_the_page),
        ("as servers have them, half of the dates empty", real),
    ):
        made = make(options.tickets)
        content = json.dumps(made).encode()
        measured = candidates(content, [ticket["TicketId"] for ticket in made], bool(options.stock))
        times = interleaved(measured, options.rounds)
        print(f"\n{options.tickets:,} tickets {kind}, {len(content) / 1e6:.1f} MB, {options.rounds} interleaved rounds")
        print(f"{'':30}{'median ms':>10}{'÷ ours':>9}{'min':>7}{'max':>7}")
        for name, own in times.items():
            ratios = sorted(a / b for a, b in zip(own, times["superoffice-sdk"], strict=True))
            middle = statistics.median(ratios)
            print(f"{name:30}{statistics.median(own) * 1e3:10.1f}{middle:9.2f}{ratios[0]:7.2f}{ratios[-1]:7.2f}")


if __name__ == "__main__":
    main()
