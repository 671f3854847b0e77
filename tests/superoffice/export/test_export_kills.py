"""Exports that are killed with SIGKILL, at random moments and at random writes, and are continued."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = Path(__file__).parents[2] / "support" / "export_kills.py"


def killed(how: str, form: str, kills: int, folder: Path) -> None:
    command = [sys.executable, "-P", str(KILLS), how, form, str(kills), str(folder)]  # -P: secrets.py
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1_200)
    assert done.returncode == 0, done.stderr
    struck = re.fullmatch(r"(\d+) kills struck\n", done.stdout)
    assert struck is not None
    assert int(struck[1]) > 0  # before a run's end; how many, a busy machine decides


@pytest.mark.parametrize(("how", "form"), [("times", "parquet"), ("points", "jsonl")])
def test_a_continued_export_equals_one_that_nothing_stopped(how: str, form: str, tmp_path: Path) -> None:
    killed(how, form, 5, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(
    ("how", "form"), [("times", "jsonl"), ("times", "csv.gz"), ("points", "parquet"), ("points", "arrow")]
)
def test_however_often(how: str, form: str, tmp_path: Path) -> None:
    killed(how, form, 50, tmp_path)
