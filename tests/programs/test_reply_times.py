"""The report of reply times, its table and its picture."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from .conftest import Run


def test_it_reports_both_clocks_and_draws(run: Run, ids: Path, tmp_path: Path) -> None:
    picture = tmp_path / "reply-times.png"
    printed = run("reply_times.py", ids, picture)
    assert "104 tickets have no reply yet, 3 did not come back" in printed
    medians = [float(each) for each in re.findall(r"median +([\d.]+)", printed)]
    office, around_the_clock = medians[:3], medians[3:]
    assert office == sorted(office)
    assert [word.split()[0] for word in printed.splitlines() if "median" in word] == ["High", "Medium", "Low"] * 2
    assert all(real > worked for worked, real in zip(office, around_the_clock, strict=True))
    assert picture.read_bytes().startswith(b"\x89PNG")
    if kept := os.environ.get("SUPEROFFICE_PICTURES"):
        shutil.copy(picture, kept)
