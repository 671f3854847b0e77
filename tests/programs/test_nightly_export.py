"""The nightly export, night by night."""

from __future__ import annotations

import re
from pathlib import Path

from arro3.io import read_parquet

from superoffice_sandbox import Sandbox

from .conftest import Run
from .desk import COUNT, MISSING

NIGHT = ("--night", "2026-11-26")


def test_it_exports_all_and_names_what_is_missing(run: Run, ids: Path, tmp_path: Path) -> None:
    log = run("nightly_export.py", ids, tmp_path, *NIGHT, status=1)
    out = tmp_path / "tickets-2026-11-26.parquet"
    table = read_parquet(out).read_all()
    assert table["ticket_id"].to_pylist() == [number for number in range(1, COUNT + 1) if number not in MISSING]
    assert (tmp_path / f"{out.name}.missing.txt").read_text().split() == ["5", "500", "77777"]
    assert f"{out}: 998 tickets, " in log
    assert "3 ids were not found" in log


def test_it_goes_on_where_it_was(run: Run, desk: Sandbox, ids: Path, tmp_path: Path) -> None:
    ids.write_text("\n".join(map(str, range(1, 2001))))  # 20 calls, of which 16 at most are ahead of what is written
    desk.fault(delay=0, times=18)
    desk.fault(status=403, times=100)
    assert "403" in run("nightly_export.py", ids, tmp_path, *NIGHT, status=3)
    assert not (tmp_path / "tickets-2026-11-26.parquet").exists()
    desk.faults.clear()
    desk.requests.clear()
    log = run("nightly_export.py", ids, tmp_path, *NIGHT, status=1)
    resumed = re.search(r"999 tickets, \d+ s, (\d+) resumed", log)
    assert resumed
    assert int(resumed[1]) >= 200
    asked = [number for request in desk.requests for number in request.json()["TicketIds"]]
    assert sorted(asked) == list(range(int(resumed[1]) + 1, 2001))
    desk.requests.clear()
    assert "is there already" in run("nightly_export.py", ids, tmp_path, *NIGHT, status=0)
    assert not desk.requests


def test_it_says_what_is_wrong(run: Run, ids: Path, tmp_path: Path) -> None:
    assert "there is no folder" in run("nightly_export.py", ids, tmp_path / "none", *NIGHT, status=3)
    ids.write_text("12 a\n")
    assert "'a'" in run("nightly_export.py", ids, tmp_path, *NIGHT, status=3)
