"""The suite: pairs us with peers, prints ratios with their spread and bars, writes JSON, draws the docs' pictures.

    nox -s bench                        everything, about twenty minutes on a quiet machine
    nox -s bench -- --only decode call --effort 0.3

A part is a module here with `measure(setting)`. No run fails on a time.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from importlib import import_module
from pathlib import Path

from harness import HERE, Report
from setting import Setting

PARTS = ("decode", "call", "stages", "tasks", "start", "memory", "growth", "sandbox")
RESULTS = HERE.parent / "build/bench.json"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--effort", type=float, default=1.0, help="share of the rounds of a whole run")
    parser.add_argument("--peers", type=Path, help="folder that peers/make.py made; without it, no peers")
    parser.add_argument("--wheel", type=Path, help="our wheel, for what it takes when installed")
    parser.add_argument("--plots", action="store_true", help="draw docs/understand/pictures from all results so far")
    options = parser.parse_args()
    logging.getLogger("superoffice").setLevel(logging.ERROR)  # that a call was slow is what is measured here
    report = Report()
    with tempfile.TemporaryDirectory() as work:
        setting = Setting(report, options.peers, options.wheel, Path(work), options.effort)
        for part in options.only:
            import_module(part).measure(setting)
    report.close(RESULTS)
    if options.plots:
        import_module("plots").draw(RESULTS)


if __name__ == "__main__":
    main()
