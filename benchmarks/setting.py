"""Where a run of the suite finds its parts: our environment, the peers', and folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from harness import HERE, Report


class Setting(NamedTuple):
    """One run."""

    report: Report
    peers: Path | None  # folder with the peers' environment in `venv`, and what was generated for them
    wheel: Path | None  # our own wheel, for its size
    work: Path  # for files that candidates read
    effort: float  # 1 is a whole run; less takes fewer rounds

    def rounds(self, whole: int) -> int:
        """Return the rounds of this run where a whole one has `whole`."""
        return max(3, int(whole * self.effort))

    @property
    def peers_python(self) -> str:
        """The peers' interpreter."""
        return str(self.peers and self.peers / ("venv/Scripts/python.exe" if os.name == "nt" else "venv/bin/python"))

    def candidates(self, ours: Mapping[str, str], peers: Mapping[str, str], *given: str) -> dict[str, list[str]]:
        """Return the commands of candidates, by the names they have in a table; without peers where there are none."""
        script = str(HERE / "worker.py")
        found = {name: [sys.executable, script, key, *given] for name, key in ours.items()}
        if self.peers is not None:
            found |= {name: [self.peers_python, script, key, *given] for name, key in peers.items()}
        return found
