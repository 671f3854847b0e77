"""Draws the results for docs/understand/performance.md: transparent, in colours that read on white and on black."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from harness import HERE
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

PICTURES = HERE.parent / "docs/understand/pictures"
INK, OURS, THEIRS = "#7b828c", "#e8590c", "#4c8dd6"
STYLE = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.hashsalt": "superoffice",  # the same results give the same file
}


def draw(results: Path) -> None:
    """Draw what the results hold."""
    tables: dict[str, Any] = json.loads(results.read_text())["tables"]
    PICTURES.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        decode = {
            name.split(" tickets ")[1].split(",")[0]: table
            for name, table in tables.items()
            if name.startswith("1,000 t")
        }
        _bars("decode", [(f"1,000 tickets {name}", table) for name, table in decode.items() if "into" not in name])
        start = "cold start over bare Python, processor time"
        _bars("start", [("cold start over bare Python", tables[start])] if start in tables else [])
        _curves(tables)


def _save(figure: Figure, name: str) -> None:
    figure.savefig(PICTURES / f"{name}.svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


def _bars(name: str, tables: list[tuple[str, Any]]) -> None:
    """Draw medians in milliseconds, one panel for each table, below each other so that a phone shows them legibly."""
    if not tables:
        return
    figure, panels = plt.subplots(len(tables), figsize=(4.4, 3.6 * len(tables)), squeeze=False)
    first = tables[0][1]["rows"]
    order = sorted(first, key=lambda row: first[row]["median"], reverse=True)
    for axes, (title, table) in zip(panels[:, 0], tables, strict=True):
        values = [table["rows"][row]["median"] for row in order]
        colours = [OURS if "superoffice" in row else THEIRS for row in order]
        drawn = axes.barh(order, values, color=colours)
        axes.bar_label(drawn, [f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms" for value in values], padding=3)
        axes.set_title(title, color=INK, fontsize=10)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.margins(x=0.22)
    _save(figure, name)


def _number(value: float, _: int | None = None) -> str:
    """Write the number of a tick, which may be a half."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _line(axes: Axes, curve: dict[str, float], label: str, colour: str) -> None:
    axes.plot([int(at) for at in curve], list(curve.values()), marker="o", markersize=4, label=label, color=colour)


def _curves(tables: dict[str, Any]) -> None:
    """Draw how cost grows, one panel for each way to grow, of those that were measured; and throughput by the cap."""
    for picture, key, x, y in (
        ("tickets", "microseconds a ticket by tickets", "tickets", "µs a ticket"),
        ("ids", "tickets a second by ids a call", "ids a call", "tickets a second"),
        ("tasks", "calls a second by tasks", "tasks at once", "calls a second of processor time"),
        ("columns", "microseconds a ticket by columns", "columns selected", "µs a ticket"),
    ):
        if key not in tables:
            continue
        figure, axes = plt.subplots(figsize=(6, 3.6))
        for (name, curve), colour in zip(tables[key].items(), (OURS, THEIRS), strict=False):
            _line(axes, curve, name, colour)
        axes.set(xlabel=x, ylabel=y)
        if picture != "columns":
            axes.set_xscale("log")
        if picture in ("tickets", "ids"):
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(_number))
        axes.legend(labelcolor=INK)
        _save(figure, picture)
    delayed = {name: table for name, table in tables.items() if name.startswith("64 tasks")}
    if not delayed:
        return
    figure, axes = plt.subplots(figsize=(6, 3.6))
    for (name, table), colour in zip(delayed.items(), (OURS, THEIRS), strict=False):
        capped = {row.rpartition("=")[2]: found["median"] for row, found in table["rows"].items() if "=" in row}
        _line(axes, capped, name.removeprefix("64 tasks, "), colour)
        axes.axhline(table["rows"]["bare httpx.AsyncClient"]["median"], color=colour, linestyle=":", linewidth=1)
    axes.set(xlabel="max_concurrency (dotted: bare httpx.AsyncClient)", ylabel="calls a second", ylim=(0, None))
    axes.legend(labelcolor=INK)
    _save(figure, "concurrency")
