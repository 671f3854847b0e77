"""Draws the results for docs/understand/performance.md: transparent, in colours that read on white and on black.

Each picture says in its description what results it was drawn from, so that one left behind is found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from page import PICTURES, digest, of_picture

INK, OURS, THEIRS = "#7b828c", "#e8590c", "#4c8dd6"
COLOURS = (OURS, THEIRS, INK)
STYLE = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text, which is found and read aloud, in a third of the lines
    "svg.hashsalt": "superoffice",  # the same results give the same file
}


def draw(results: Mapping[str, Any]) -> None:
    """Draw what the results hold."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    drawn = {"decode": _bars, "start": _bars, "concurrency": _caps}
    with mpl.rc_context(STYLE):
        for name, tables in of_picture(results).items():
            figure = drawn.get(name, _curves)(name, tables)
            about = {"Date": None, "Description": digest(tables)}
            file = PICTURES / f"{name}.svg"
            figure.savefig(file, transparent=True, bbox_inches="tight", metadata=about)
            file.write_text(compact(file.read_text(encoding="utf-8")), encoding="utf-8")
            plt.close(figure)


def compact(svg: str) -> str:
    """Return a picture with each group on a line of its own, so that a diff shows what was drawn otherwise."""
    paths = re.sub(r'\bd="[^"]*"', lambda path: " ".join(path[0].split()), svg)
    return re.sub(r">\s+(?=<(?!g id))", ">", paths)


def _bars(name: str, tables: Mapping[str, Any]) -> Figure:
    """Draw medians in milliseconds, one panel for each table, below each other so that a phone shows them legibly."""
    figure, panels = plt.subplots(len(tables), figsize=(4.4, 3.6 * len(tables)), squeeze=False)
    first = next(iter(tables.values()))["rows"]
    order = sorted(first, key=lambda row: first[row]["median"], reverse=True)
    for axes, (title, table) in zip(panels[:, 0], tables.items(), strict=True):
        values = [table["rows"][row]["median"] for row in order]
        colours = [OURS if "superoffice" in row else THEIRS for row in order]
        drawn = axes.barh(order, values, color=colours)
        axes.bar_label(drawn, [f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms" for value in values], padding=3)
        axes.set_title(title.split(", ")[0], color=INK, fontsize=10)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.margins(x=0.22)
    return figure


def _number(value: float, _: int | None = None) -> str:
    """Write the number of a tick, which may be a half."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _line(axes: Axes, curve: dict[str, float], label: str, colour: str) -> None:
    axes.plot([int(at) for at in curve], list(curve.values()), marker="o", markersize=4, label=label, color=colour)


AXES = {
    "tickets": ("tickets", "µs a ticket"),
    "ids": ("ids a call", "tickets a second"),
    "tasks": ("tasks at once", "calls a second of processor time"),
    "columns": ("columns selected", "µs a ticket"),
}


def _curves(picture: str, tables: Mapping[str, Any]) -> Figure:
    """Draw how cost grows in one way."""
    figure, axes = plt.subplots(figsize=(6, 3.6))
    (curves,) = tables.values()
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        _line(axes, curve, name, colour)
    x, y = AXES[picture]
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
    return figure


def _caps(_: str, tables: Mapping[str, Any]) -> Figure:
    """Draw throughput by the cap on calls at once."""
    figure, axes = plt.subplots(figsize=(6, 3.6))
    for (name, table), colour in zip(tables.items(), COLOURS, strict=False):
        capped = {row.rpartition("=")[2]: found["median"] for row, found in table["rows"].items() if "=" in row}
        _line(axes, capped, name.removeprefix("64 tasks, "), colour)
        axes.axhline(table["rows"]["bare httpx.AsyncClient"]["median"], color=colour, linestyle=":", linewidth=1)
    axes.set(xlabel="max_concurrency (dotted: bare httpx.AsyncClient)", ylabel="calls a second", ylim=(0, None))
    axes.legend(labelcolor=INK)
    return figure
