"""A sandbox in a process of its own, for benchmarks that go over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

USER, PASSWORD = "tje0", "Tje0"
COMMAND = "from superoffice.cli.main import main; main()"


@contextmanager
def sandbox(*options: str) -> Iterator[str]:
    """Serve until the block is left; gives the site."""
    command = [sys.executable, "-c", COMMAND, "sandbox", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        if server.stdout is None:
            raise RuntimeError("asked for above")
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
