"""Kills exports with SIGKILL, however often, continues them, and compares with one that nothing stopped.

    python export_kills.py times|points FORMAT TRIALS FOLDER

`times` kills after random times, `points` right before or after a random one of all writes to disk and journal. Each
run is a process of its own, forked from one that has everything imported and no thread; so is the sandbox.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import superoffice.export.job
import superoffice.export.run
from superoffice import BasicAuth, SuperOffice
from superoffice_sandbox import Sandbox

SEED = 20261126
IDS = [*range(300, 0, -1), 439, 7, *range(100_000, 100_040)]
PART = 80
MOST = 3  # kills before a run may end
_DISK = {"fsync", "replace", "link", "write", "flush", "truncate", "unlink", "open", "execute", "executemany"}
_DISK |= {"executescript", "write_parquet", "write_ipc", "mkdir", "rmdir", "close", "connect", "writelines"}
_OURS = re.compile(r"superoffice/(export|auth/storage)")


def forked(work: Callable[[], None]) -> int:
    """Do some work in a child; gives its process."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(process: int) -> bool:
    """Wait for a child; whether it came to its end by itself. One that failed ends this program."""
    status = os.waitpid(process, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a run failed")
    return os.WIFEXITED(status)


def export(site: str, path: Path) -> None:
    """Export, in small parts."""
    superoffice.export.job.PART = PART
    auth = BasicAuth("tje0", "Tje0")
    with SuperOffice(site, auth=auth, calls_per_second=None, batch_size=20, max_concurrency=4) as client:
        client.tickets.export(IDS, path, select=["Title", "CreatedAt", "OwnedByName", "TableRight"])


class Points:
    """Counts the calls of our own code that touch the disk, before and after each, and dies at one of them."""

    def __init__(self, fatal: int | None) -> None:
        self.passed = 0
        self._fatal = fatal

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        if event not in ("c_call", "c_return") or not _OURS.search(frame.f_code.co_filename):
            return
        if argument.__name__ in _DISK:
            self.passed += 1
            if self.passed == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)


def watched(site: str, path: Path, fatal: int | None, count: Path | None = None) -> None:
    """Export, and die at a point, or write down how many there are."""
    points = Points(fatal)
    threading.setprofile(points)  # a native writer has a thread of its own
    sys.setprofile(points)
    export(site, path)
    sys.setprofile(None)
    threading.setprofile(None)
    if count is not None:
        count.write_text(str(points.passed))


def serve(ready: int) -> None:
    """Serve a sandbox until interrupted, and write its site to a pipe."""
    box = Sandbox(tickets=280)

    def told() -> None:
        os.write(ready, f"{box.site}\n".encode())
        os.close(ready)

    with contextlib.suppress(KeyboardInterrupt):
        box.serve(told)


def content(path: Path) -> dict[str, bytes]:
    """Return what stands under an export's names; nothing else is left."""
    if (left := path.with_name(f"{path.name}.export")).exists():
        raise SystemExit(f"{left} is left, with {list(left.iterdir())}")
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}


def run_kills(site: str, how: str, form: str, number: int, folder: Path) -> int:
    """Kill and continue; gives how many kills struck a run before its end."""
    name = f"tickets.{form}"
    folders = [folder / str(trial) for trial in range(number + 2)]
    for made in folders:
        made.mkdir()
    export(site, folders[0] / name)  # in this process, whose children find everything made and imported
    count, points = folder / "count", 0
    begun = time.monotonic()
    if how == "points":
        ended(forked(lambda: watched(site, folders[1] / name, None, count)))
        points = int(count.read_text())
    else:
        ended(forked(lambda: export(site, folders[1] / name)))
    took = time.monotonic() - begun
    whole = content(folders[0] / name)
    struck = 0
    chance = random.Random(f"{SEED}{how}{form}")  # noqa: S311 - which moments
    for place, made in enumerate(folders[2:]):
        path = made / name
        for _ in range(chance.randint(1, MOST)):
            if how == "points":
                fatal = 1 + (place * points // number + chance.randrange(points // number + 1)) % points
                process = forked(lambda path=path, fatal=fatal: watched(site, path, fatal))
            else:
                process = forked(lambda path=path: export(site, path))
                time.sleep(chance.random() * took * 0.8)  # forking takes a part of it
                os.kill(process, signal.SIGKILL)
            struck += not ended(process)
        ended(forked(lambda path=path: export(site, path)))
        if (found := content(path)) != whole:
            sizes = [{file: len(data) for file, data in some.items()} for some in (whole, found)]
            raise SystemExit(f"trial {place} of {how}, {form}: {sizes[0]} and {sizes[1]} differ")
    return struck


def main() -> None:
    """Run what the arguments say."""
    how, form, number, folder = sys.argv[1:]
    read, write = os.pipe()
    server = forked(lambda: serve(write))
    os.close(write)
    try:
        with os.fdopen(read) as ready:
            site = ready.readline().strip()
        sys.stdout.write(f"{run_kills(site, how, form, int(number), Path(folder))} kills struck\n")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, signal.SIGINT)
        os.waitpid(server, 0)


if __name__ == "__main__":
    main()
