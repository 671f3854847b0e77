"""What every benchmark shares: taking turns, medians with their spread, ratios, bars, JSON.

Candidates take turns, so that a change of the machine's pace meets all of them, and each round gives its own ratio.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
Figures = dict[str, list[float]]  # what each candidate came to, round by round


class Spread(NamedTuple):
    """A median, and the quarters around it."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f})"


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the quartiles."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return Spread(middle, low, high)


def as_installed() -> dict[str, str]:
    """Return the environment for fresh processes: modules are compiled once and kept, as pip does for its users."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def interleaved(candidates: Mapping[str, Callable[[], float]], rounds: int) -> Figures:
    """Run the candidates in turn, once for nothing; each gives its own figure, and each round begins with another."""
    for run in candidates.values():
        run()
    names = list(candidates)
    figures: Figures = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            figures[name].append(candidates[name]())
    return figures


def ratio(figures: Figures, name: str, base: str) -> Spread:
    """Return one candidate's figures over another's, round by round."""
    return spread([a / b for a, b in zip(figures[name], figures[base], strict=True)])


class Report:
    """Collects what was measured, part by part, prints it, and compares it with the bars."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        self.found: dict[str, Any] = {}

    def begin(self, part: str, about: Mapping[str, str]) -> None:
        """Take what follows for a part of the suite, measured as `about` says."""
        self.found = self.parts[part] = {"about": dict(about), "tables": {}, "bars": {}}

    def table(self, title: str, figures: Figures, base: str, unit: str, *, scale: float = 1.0, digits: int = 2) -> None:
        """Print and keep medians, and ratios over one of the candidates."""
        print(f"\n{title}\n{'':44}{unit:>12}  ÷ {base}", flush=True)
        rows: dict[str, Any] = {}
        for name, values in figures.items():
            over = ratio(figures, name, base)
            rows[name] = {"median": statistics.median(values) * scale, "over": over}
            print(f"{name:44}{rows[name]['median']:12.{digits}f}  {over}", flush=True)
        self.found["tables"][title] = {"base": base, "unit": unit, "rows": rows}

    def keep(self, title: str, values: Any) -> None:
        """Keep what has another form, such as a curve."""
        self.found["tables"][title] = values

    def bar(self, what: str, value: float, bar: float, *, least: bool = False) -> None:
        """Keep whether a target is met: a value is to be at most that, or at least."""
        met = value >= bar if least else value <= bar
        self.found["bars"][what] = {"value": value, "bar": bar, "least": least, "met": met}

    def say_bars(self) -> None:
        """Print the bars."""
        print(f"\n{'bar':72}{'wanted':>10}{'found':>9}")
        for part in self.parts.values():
            for what, bar in part["bars"].items():
                sign = "≥" if bar["least"] else "≤"
                print(f"{what:72}{sign} {bar['bar']:8g}{bar['value']:9.3g}  {'' if bar['met'] else 'missed'}")

    def add_to(self, path: Path) -> None:
        """Write everything as JSON, beside the parts that an earlier run wrote there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(lines(rounded(known | self.parts)) + "\n", encoding="utf-8")


def lines(value: Any, depth: int = 3) -> str:
    """Write JSON with a line for each table and each bar, so that a diff shows what was measured otherwise."""
    if not depth or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    members = (f"{json.dumps(key, ensure_ascii=False)}: {lines(each, depth - 1)}" for key, each in value.items())
    return "{\n" + ",\n".join(members) + "\n}"


def rounded(value: Any) -> Any:
    """Keep of every number what the machine's noise leaves of it."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


@contextmanager
def workers(commands: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Callable[[], float]]]:
    """Start a process for each candidate, in whichever environment; each runs once when asked and gives its figure.

    A process of its own keeps one candidate's garbage, caches and imports from the others.
    """
    with ExitStack() as stack:

        def started(command: Sequence[str]) -> Callable[[], float]:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.callback(process.wait)
            stack.callback(process.kill)

            def run() -> float:
                if process.stdin is None or process.stdout is None:
                    raise RuntimeError("asked for above")
                print("run", file=process.stdin, flush=True)
                return float(process.stdout.readline())

            return run

        yield {name: started(command) for name, command in commands.items()}
