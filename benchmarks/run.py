"""The suite: pairs us with peers, prints ratios with their spread and bars, and writes JSON.

    nox -s bench                        everything, the page and its pictures; forty minutes of a quiet machine
    nox -s bench -- --only decode call --effort 0.3

A part is a module here with `measure(setting)`. No run fails on a time.
"""

from __future__ import annotations

import argparse
import datetime
import logging
import os
import platform
import subprocess
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from harness import HERE, Report
from setting import Setting

PARTS = ("decode", "call", "stages", "tasks", "start", "memory", "growth", "sandbox", "arrow", "export")
LAST = HERE.parent / "build/bench.json"
PACKAGES = ("attrs", "httpx", "msgspec")


def about() -> dict[str, str]:
    """Return what is measured, on what, and when."""
    git = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return {
        "commit": subprocess.run(git, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip(),
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "cores": str(os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--effort", type=float, default=1.0, help="share of the rounds of a whole run")
    parser.add_argument("--peers", type=Path, help="folder that peers/make.py made; without it, no peers")
    parser.add_argument("--wheel", type=Path, help="our wheel, for what it takes when installed")
    parser.add_argument(
        "--publish", action="store_true", help="keep the results, and make the page and pictures of them"
    )
    options = parser.parse_args()
    logging.getLogger("superoffice").setLevel(logging.ERROR)  # that a call was slow is what is measured here
    report = Report()
    with tempfile.TemporaryDirectory() as work:
        setting = Setting(report, options.peers, options.wheel, Path(work), options.effort)
        for part in options.only:
            report.begin(part, about())
            import_module(part).measure(setting)
    report.say_bars()
    report.add_to(LAST)
    if options.publish:
        page = import_module("page")
        report.add_to(page.RESULTS)
        import_module("plots").draw(page.results())
        page.fill()


if __name__ == "__main__":
    main()
