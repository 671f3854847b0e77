"""The report of reply times, its table and its picture."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from superoffice import SuperOffice
from superoffice_sandbox import Sandbox

from .conftest import Run


def test_it_reports_both_clocks_and_draws(run: Run, ids: Path, tmp_path: Path) -> None:
    picture = tmp_path / "reply-times.png"
    printed = run("reply_times.py", ids, picture)
    assert "104 tickets have no reply yet, 3 were not found" in printed
    medians = [float(each) for each in re.findall(r"median +([\d.]+)", printed)]
    office, around_the_clock = medians[:3], medians[3:]
    assert office == sorted(office)
    assert [word.split()[0] for word in printed.splitlines() if "median" in word] == ["High", "Medium", "Low"] * 2
    assert all(real > worked for worked, real in zip(office, around_the_clock, strict=True))
    assert picture.read_bytes().startswith(b"\x89PNG")
    if kept := os.environ.get("SUPEROFFICE_PICTURES"):
        shutil.copy(picture, kept)


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_replies_are_enough(run: Run, desk: Sandbox, tmp_path: Path, count: int) -> None:
    with SuperOffice.from_env(desk.environ) as client:
        answered = [ticket for ticket in client.tickets.get_many(range(1, 200)) if ticket.replied_at is not None]
    few = tmp_path / "few.txt"
    few.write_text("\n".join(str(ticket.ticket_id) for ticket in answered[:count]))
    assert "0 tickets have no reply yet" in run("reply_times.py", few, tmp_path / "few.svg")
    assert (tmp_path / "few.svg").read_text().startswith("<?xml")


def test_without_a_reply_it_says_so_and_draws_nothing(run: Run, tmp_path: Path) -> None:
    none, picture = tmp_path / "none.txt", tmp_path / "x.svg"
    none.write_text("77777")
    assert "0 tickets have no reply yet, 1 were not found" in run("reply_times.py", none, picture, status=1)
    assert not picture.exists()
