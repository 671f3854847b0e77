"""Servers in processes of their own, for benchmarks that go over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

USER, PASSWORD = "tje0", "Tje0"
COMMAND = "from superoffice.cli.main import main; main()"


@contextmanager
def served(*command: str, content: bytes = b"") -> Iterator[str]:
    """Run a program that reads its content and prints its site, until the block is left; gives the site."""
    process = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("asked for above")
        process.stdin.write(content)
        process.stdin.close()
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


def sandbox(*options: str) -> AbstractContextManager[str]:
    """Serve a sandbox until the block is left; gives the site."""
    return served("-c", COMMAND, "sandbox", *options)
