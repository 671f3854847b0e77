"""Fills the tables of docs/understand/performance.md with what was measured, so that page and evidence say the same.

    python benchmarks/page.py

A table of the page stands between `<!-- figures: NAME -->` and `<!-- end -->`, where NAME is a function here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from harness import HERE

RESULTS = HERE / "results.json"
PAGE = HERE.parent / "docs/understand/performance.md"
PICTURES = PAGE.parent / "pictures"
BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
KINDS = ("like the page's sample", "half of the dates empty")
COUNTS = ("1,000", "10,000")
Results = Mapping[str, Any]


def results() -> dict[str, Any]:
    """Load what was measured, by part."""
    loaded: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return loaded


def of_picture(found: Results) -> dict[str, dict[str, Any]]:
    """Return the tables that each picture is drawn from."""
    growth, tasks = found["growth"]["tables"], found["tasks"]["tables"]
    decode = found["decode"]["tables"]
    return {
        "decode": {
            name: table
            for name, table in decode.items()
            if name.startswith(tuple(f"1,000 tickets {kind}" for kind in KINDS))
        },
        "start": found["start"]["tables"],
        "tickets": {"": growth["microseconds a ticket by tickets"]},
        "ids": {"": growth["tickets a second by ids a call"]},
        "columns": {"": growth["microseconds a ticket by columns"]},
        "tasks": {"": tasks["calls a second by tasks"]},
        "concurrency": {name: table for name, table in tasks.items() if name.startswith("64 tasks")},
    }


def digest(tables: Mapping[str, Any]) -> str:
    """Name the figures that a picture was drawn from."""
    return "from results " + hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()[:16]


def number(value: float) -> str:
    """Write a figure with as many digits as the noise leaves it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def judged(bar: Mapping[str, Any]) -> str:
    """Write what a bar found, marked where it is missed."""
    return number(bar["value"]) + ("" if bar["met"] else ", missed")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """Write a table: the first columns hold words, the others figures."""
    marks = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in (head, marks, *rows))


def over(found: Results, part: str, title: str, row: str) -> float:
    """Return the median of a row's ratios, of the table whose title begins so."""
    (given,) = (given for name, given in found[part]["tables"].items() if name.startswith(title))
    value: float = given["rows"][row]["over"][0]
    return value


def about(found: Results) -> str:
    """Return what was measured, and when."""
    runs: dict[tuple[str, str], list[str]] = {}
    for name, part in found.items():
        runs.setdefault((part["about"]["day"], part["about"]["commit"]), []).append(name)
    (day, commit), most = max(runs.items(), key=lambda run: len(run[1]))
    rest = [f"; {_and(names)} of commit {other}" for (_, other), names in runs.items() if names is not most]
    by = found[most[0]]["about"]
    when = date.fromisoformat(day)
    return (
        f"Python {by['python']} on {by['cores']} cores that had nothing else to do; {by['packages']}; "
        f"{when.day} {when:%B %Y}, commit {commit}{''.join(rest)}."
    )


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def decode(found: Results) -> str:
    """Reading tickets."""
    bars = found["decode"]["bars"]
    columns = [(count, kind) for kind in KINDS for count in COUNTS]
    targets = {
        "stock client ÷ ours": ("stock openapi-python-client ÷ ours", "≥ 12"),
        "ours ÷ untyped orjson.loads": ("ours ÷ bare `orjson.loads`, untyped", "≤ 1"),
        "client ÷ bare msgspec decode": ("ours ÷ bare msgspec decode", "≤ 1.25 (half: 1.40)"),
    }
    rows = [
        [words, *(judged(bars[f"{c} {k}: {bar}"]) for c, k in columns), target]
        for bar, (words, target) in targets.items()
    ]
    for peer in ("httpx + msgspec", "httpx + orjson", "httpx + pydantic", "httpx + json", "requests + json"):
        ratios = (number(over(found, "decode", f"{c} tickets {k}", peer)) for c, k in columns)
        rows.append([f"{peer} ÷ ours", *ratios, ""])
    return table(["ratio", "full, 1,000", "full, 10,000", "half, 1,000", "half, 10,000", "target"], rows)


def projection(found: Results) -> str:
    """Three fields of them."""
    said = {
        "full tickets": "with their values, half of the dates empty",
        "the others null": "as null",
        "the others left out": "not at all",
    }
    bars = found["decode"]["bars"]
    rows = [[words, judged(bars[f"all members ÷ into= of 3, {name}"])] for name, words in said.items()]
    dated = 1 / over(found, "decode", f"1,000 tickets {KINDS[0]}", "superoffice-sdk, into= of 3 members")
    rows.insert(0, ["with their values, every date set", number(dated) + ("" if dated >= 2.5 else ", missed")])
    return table(["the other fields come", "times as fast"], rows)


def call(found: Results) -> str:
    """One call over loopback."""
    titles = {count: f"one call over loopback, {count}" for count in ("1 ticket", "100 tickets")}
    bars = found["call"]["bars"]
    ours = {
        "superoffice-sdk": ": ours ÷ httpx + msgspec",
        "superoffice-sdk with `select=`, over `params=` by hand": ", $select: ours ÷ httpx + msgspec with params=",
    }
    rows = [[words, *(judged(bars[title + bar]) for title in titles.values())] for words, bar in ours.items()]
    for peer in ("stock openapi-python-client", "httpx + json", "requests + json"):
        ratios = (over(found, "call", title, peer) for title in titles.values())
        rows.append([peer, *map(number, ratios)])
    return table(["÷ httpx + msgspec by hand", *titles], rows)


def stages(found: Results) -> str:
    """Where a call's time goes."""
    names = {
        "httpx, the same request and answer": "httpx and httpcore, the same request and response by hand",
        "decode, empty dates cleared, ids seen": "decode, empty dates cleared, ids seen",
        "least: bare msgspec decode": "... of this, the bare decoder",
        "ids checked, request planned and built": "ids checked, request planned and built",
        "httpx's request made": "httpx's request made",
        "the answer's parts collected": "the response's parts collected",
        "reconciled": "reconciled",
        "media type and charset looked at": "media type and charset looked at",
        "least: the bytes over a bare socket": "*for comparison:* the same bytes over a bare socket",
    }
    rows = [[words, _share(over(found, "stages", "where a call", row))] for row, words in names.items()]
    least = 1 / found["stages"]["tables"]["the whole call over the least"][0]
    rows.append(["*for comparison:* those and the bare decoder, the least that the machine could do", _share(least)])
    return table(["part", "of the whole call"], rows)


def _share(value: float) -> str:
    return f"{value:.2f}" if value >= 0.005 else "< 0.01"


def export_parts(found: Results) -> str:
    """Where an export's time goes."""
    shares = found["export"]["tables"]["where an export goes"]
    return table(["part", "of the export"], [[name, _share(share)] for name, share in shares.items()])


def exports(found: Results) -> str:
    """Short and long exports."""
    sizes = found["export"]["tables"]["exports to Parquet"]
    rows = [
        [f"{int(size):,}", f"{sizes['most memory, MB'][size]:.0f}", f"{round(rate, -2):,.0f}"]
        for size, rate in sizes["tickets a second"].items()
    ]
    return table(["tickets", "most memory, MB", "tickets a second"], rows, words=0)


def tables(found: Results) -> str:
    """From bytes to a table, beside peers."""
    bars, rows = found["arrow"]["bars"], []
    for peer, name in {
        "polars, explicit schema": "polars, explicit schema",
        "polars, inferred": "polars, schema inferred",
        "json + pandas": "json + pandas",
    }.items():
        both = [bars[f"{count} to a table: {peer} ÷ ours"] for count in COUNTS]
        rows.append([name, *map(judged, both), f"≥ {both[0]['bar']:g}"])
    for row, name in {
        "arro3.io.read_json": "Arrow's own reader of JSON, bare",
        "- its decoding, bare": "of ours, the bare decoder",
        "- its table alone": "of ours, columns made of tickets",
    }.items():
        rows.append([name, *(number(over(found, "arrow", f"{count} tickets", row)) for count in COUNTS), ""])
    return table(["÷ ours", "1,000 tickets", "10,000", "target"], rows)


def start(found: Results) -> str:
    """Cold start."""
    (given,) = found["start"]["tables"].values()
    bars, rows = found["start"]["bars"], given["rows"]
    client, by_hand = "import httpx; httpx.Client()", "httpx + msgspec + models, first call"
    made, call_ = bars[f"superoffice, client made ÷ {client}"], bars[f"superoffice, first call ÷ {by_hand}"]
    help_ = bars["superoffice --help over bare Python, s"]
    said = {
        "import superoffice": ("`import superoffice`", "≤ 0.3"),
        "superoffice, client made": (
            "ours, client made (httpx and TLS wait for the first call)",
            f"≤ 0.7 of the next row: {judged(made)}",
        ),
        client: (f"`{client}`", ""),
        "superoffice, first call": ("ours, first call", f"≤ 1.1 of the next row: {judged(call_)}"),
        by_hand: ("httpx + msgspec + our models, first call", ""),
    }
    for peer in ("stripe", "githubkit", "msgraph", "openai"):
        met = bars[f"superoffice, client made ÷ {peer}, client made"]["met"]
        said[f"{peer}, client made"] = (f"{peer}, client made", f"slower than ours: {'it is' if met else 'missed'}")
    said["superoffice --help"] = ("`superoffice --help`", f"≤ 0.15 s: {help_['value']:.2f} s")
    lines = [[words, number(rows[row]["over"][0]), bar] for row, (words, bar) in said.items()]
    text = table(["what", "÷ `import httpx`", "target"], lines)
    return text.replace("---: | ---: |", "---: | --- |", 1)


def tasks(found: Results) -> str:
    """Many tasks at once."""
    bars, title = found["tasks"]["bars"], "tasks at once"
    rows = []
    for count in (1, 8, 64, 500):
        ours, bare = (
            over(found, "tasks", title, f"{who}, {count} tasks")
            for who in ("superoffice-sdk", "bare httpx.AsyncClient")
        )
        bar = bars.get(f"{count} tasks: ours ÷ bare httpx")
        rows.append([str(count), number(ours), number(bare), judged(bar) if bar else number(ours / bare)])
    return table(["tasks at once", "ours", "bare `httpx.AsyncClient`", "ours ÷ bare"], rows, words=0)


def caps(found: Results) -> str:
    """The cap on calls at once, with a network's delay."""
    caps_, rows = (1, 4, 8, 16, 32, 64), []
    for delay in ("20 ms", "50 ms"):
        names = (f"superoffice-sdk, max_concurrency={cap}" for cap in caps_)
        rows.append([delay, *(number(over(found, "tasks", f"64 tasks, {delay}", name)) for name in names)])
    return table(["added to each response", "1 at once", *map(str, caps_[1:])], rows)


def keeping(found: Results) -> str:
    """What is kept: memory and disk."""
    bars = {name: bar for part in ("start", "memory", "export") for name, bar in found[part]["bars"].items()}
    rows = [
        [name, judged(bar), f"≤ {bar['bar']:g}"]
        for name, bar in bars.items()
        if name.startswith(("install size", "kilobytes", "megabytes", "memory"))
    ]
    return table(["what", "found", "target"], rows)


def missed(found: Results) -> str:
    """Every bar that is not met."""
    bars = {name: bar for part in found.values() for name, bar in part["bars"].items() if not bar["met"]}
    rows = [
        [name, f"{'≥' if bar['least'] else '≤'} {bar['bar']:g}", number(bar["value"])] for name, bar in bars.items()
    ]
    return table(["what", "wanted", "found"], rows) if rows else "All bars are met."


FIGURES = (
    *(about, missed, decode, projection, call, stages, export_parts, exports, tables, start, tasks, caps, keeping),
)


def filled(page: str, found: Results) -> str:
    """Put the figures into the page's text."""
    known = {function.__name__: function for function in FIGURES}
    return BLOCK.sub(lambda block: f"{block[1]}\n{known[block[2]](found)}\n\n{block[3]}", page)


def fill() -> None:
    """Put them into the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), results()), encoding="utf-8")


if __name__ == "__main__":
    fill()
