"""Decode full tickets through the public client and through every peer, without a network.

All get the same bytes from an injected transport, so that everything but the network is measured: building the
request, the client's own work, decoding. Processor time.
"""

from __future__ import annotations

import json
from typing import Any

from harness import interleaved, ratio, workers
from setting import Setting

from superoffice.select import FIELDS
from superoffice_sandbox.seed import page_sample, tickets

OURS = {
    "superoffice-sdk": "ours",
    "bare msgspec decode": "msgspec",
    "superoffice-sdk, into= of 3 members": "ours-view",
    "httpx + msgspec": "httpx+msgspec",
}
PEERS = {
    "stock openapi-python-client": "stock",
    "httpx + json": "httpx+json",
    "httpx + orjson": "httpx+orjson",
    "bare orjson.loads": "orjson",
    "httpx + pydantic": "httpx+pydantic",
    "requests + json": "requests+json",
}
ALWAYS_SET = ("CreatedAt", "LastChanged")
OFTEN_EMPTY = [n for n, field in FIELDS.items() if field.type == "date-time" and n not in ALWAYS_SET]
EMPTY = "0001-01-01T00:00:00"


def like_the_page(count: int) -> list[dict[str, Any]]:
    """Make tickets like the contract page's sample."""
    return [{**page_sample(), "TicketId": number} for number in range(1, count + 1)]


def real(count: int) -> list[dict[str, Any]]:
    """Make tickets with half of their dates empty, as a server has them; CreatedAt and LastChanged are set."""
    made = sorted(tickets(count, 1), key=lambda ticket: ticket["TicketId"])[:count]
    for at, ticket in enumerate(made):
        for place, name in enumerate(OFTEN_EMPTY):
            ticket[name] = EMPTY if (at + place) % 8 < 5 else ticket["CreatedAt"]
    return made


def three_kept(made: list[dict[str, Any]], *, left_out: bool) -> list[dict[str, Any]]:
    """Make what a server sends for a $select of three members: the others null, or left out."""
    kept = {"TicketId", "Title", "CreatedAt", "OwnedBy"}
    return [{k: v if k in kept else None for k, v in each.items() if k in kept or not left_out} for each in made]


def measure(setting: Setting) -> None:
    """Measure and report."""
    kinds = {"like the page's sample": (like_the_page, 1.25), "half of the dates empty": (real, 1.40)}
    for count, rounds in ((1_000, 101), (10_000, 21)):
        for kind, (make, bar) in kinds.items():
            file = setting.work / "answer.json"
            file.write_text(json.dumps(make(count)))
            title = f"{count:,} tickets {kind}, {file.stat().st_size / 1e6:.1f} MB"
            with workers(setting.candidates(OURS, PEERS, "decode", str(file))) as candidates:
                figures = interleaved(candidates, setting.rounds(rounds))
            report = setting.report
            report.table(title, figures, "superoffice-sdk", "ms", scale=1e3)
            over = ratio(figures, "superoffice-sdk", "bare msgspec decode").middle
            report.bar(f"{count:,} {kind}: client ÷ bare msgspec decode", over, bar)
            if setting.peers is not None:
                peer = ratio(figures, "stock openapi-python-client", "superoffice-sdk").middle
                report.bar(f"{count:,} {kind}: stock client ÷ ours", peer, 12, least=True)
                peer = ratio(figures, "superoffice-sdk", "bare orjson.loads").middle
                report.bar(f"{count:,} {kind}: ours ÷ untyped orjson.loads", peer, 1)
    _projected(setting)


def _projected(setting: Setting) -> None:
    """Compare three members with all of them, by what a server may send for them."""
    made = real(1_000)
    answers = {
        "full tickets": made,
        "the others null": three_kept(made, left_out=False),
        "the others left out": three_kept(made, left_out=True),
    }
    commands: dict[str, list[str]] = {}
    for name, answer in answers.items():
        file = setting.work / f"{name}.json"
        file.write_text(json.dumps(answer))
        whole = {"all members of full tickets": "ours"} if name == "full tickets" else {}
        given = {**whole, f"into= of 3 members, {name}": "ours-view"}
        commands |= setting.candidates(given, {}, "decode", str(file))
    with workers(commands) as candidates:
        figures = interleaved(candidates, setting.rounds(101))
    setting.report.table("1,000 tickets into 3 members", figures, "all members of full tickets", "ms", scale=1e3)
    for name in answers:
        value = ratio(figures, "all members of full tickets", f"into= of 3 members, {name}").middle
        setting.report.bar(f"all members ÷ into= of 3, {name}", value, 2.5, least=True)
