"""Where an export goes: samples of its stacks, taken by py-spy, sorted by the part of the export they were in.

The tickets come from a mock server in the same process, whose own time is taken off, like that of starting
and of threads that wait. Shares of samples are shares of time, of all threads together.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from setting import Setting

COUNT = 200_000
HERE = Path(__file__).parent
FRAME = re.compile(r"(?P<function>\S+) \((?:.*?/)??(?P<file>(?:[^/:)]+/)?[^/:)]+)(?::\d+)?\)$")  # and its folder
OFF = None
DECODE = "decode, empty dates cleared, ids seen"
COLUMNS = "columns of the tickets"
PARTS: dict[str, str | None] = {
    "superoffice_sandbox/seed.py": OFF,
    "export/table.py": "parts written, read again, compressed into row groups",
    "arrow/columns.py": COLUMNS,
    "superoffice/_decode.py": DECODE,
    "superoffice_api/dates.py": DECODE,
    "export/job.py": "journal, and data forced to the disk",
    "export/ids.py": "ids read, checked and called",
    "superoffice/_ids.py": "ids read, checked and called",
}
OTHERS = "calls: planned, sent, collected, put in order"


def part(stack: list[str]) -> str | None:
    """Name the part of an export that a stack was in: that of its deepest frame which has one."""
    frames = [found for frame in reversed(stack) if (found := FRAME.search(frame))]
    if not frames or any(frame["function"] == "<module>" and frame["file"] != "export.py" for frame in frames):
        return OFF  # loading modules
    if frames[0]["function"] == "_worker" or any(frame["function"].startswith("Answers.") for frame in frames):
        return OFF  # a thread that waits for work, and the mock server
    return next((PARTS[frame["file"]] for frame in frames if frame["file"] in PARTS), OTHERS)


def measure(setting: Setting) -> None:
    """Take the samples, and report each part's share."""
    count = int(COUNT * min(setting.effort, 1))
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples.txt"
        export = [sys.executable, str(HERE / "export.py"), str(count)]
        command = [str(Path(sys.executable).with_name("py-spy")), "record", "--rate", "200", "--format", "raw"]
        subprocess.run([*command, "--output", str(samples), "--", *export], check=True, capture_output=True)
        counted: Counter[str | None] = Counter()
        for line in samples.read_text(encoding="utf-8").splitlines():
            stack, _, times = line.rpartition(" ")
            counted[part(stack.split(";"))] += int(times)
    del counted[OFF]
    print(f"\nwhere an export of {count:,} tickets to Parquet goes, of {counted.total():,} samples")
    shares = {str(name): times / counted.total() for name, times in counted.most_common()}
    for name, share in shares.items():
        print(f"{name:<58}{share:>6.2f}")
    setting.report.keep("where an export goes", shares)
