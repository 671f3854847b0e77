"""`superoffice sandbox --conformance`, as somebody with a client in another language uses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from superoffice_sandbox.conformance import Result, load
from superoffice_sandbox.conformance.table import print_results

from ...support import web
from .runner import run

pytestmark = pytest.mark.off_document("what a client must cope with is not all in the document")
COMMAND = str(Path(sys.executable).with_name("superoffice"))


@contextmanager
def judging() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [COMMAND, "sandbox", "--tickets", "0", "--conformance"]
    environment = {**os.environ, "COLUMNS": "100"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip(), server
        finally:
            server.kill()


def outcome(site: str, case: dict[str, Any], **change: Any) -> None:
    web.post(f"{site}/conformance/{case['id']}/outcome", json={**run(case), **change}).raise_for_status()


def test_a_right_client_ends_it_with_its_last_report() -> None:
    with judging() as (site, server):
        for case in web.get(f"{site}/conformance/cases").json():
            outcome(site, case)
        out, told = server.communicate(timeout=100)
    assert server.returncode == 0, out
    assert f"{len(load())} passed, 0 not run, 0 failed." in out
    assert f"Serving {len(load())} cases at {site}/conformance/cases." in told


@pytest.mark.parametrize("way", ["finish", "interrupt"])
def test_a_wrong_client_gets_a_table_and_exit_code_1(way: str) -> None:
    with judging() as (site, server):
        first, second, *_ = web.get(f"{site}/conformance/cases").json()
        outcome(site, first)
        outcome(site, second, missing=[7])
        if way == "finish":
            web.post(f"{site}/conformance/finish")
        else:
            server.send_signal(signal.SIGINT)
        out, told = server.communicate(timeout=100)
    assert server.returncode == 1
    assert f"1 passed, {len(load()) - 2} not run, 1 failed." in out
    rows = {line.split()[0]: line.split()[1] for line in out.splitlines() if line.strip().count(" ") > 0}
    assert (rows[first["id"]], rows[second["id"]]) == ("passed", "failed")
    assert "- missing is [7], not []" in out
    assert "Traceback" not in told
    assert "Aborted" not in told


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_shows_what_differed_without_what_a_terminal_would_obey(width: int) -> None:
    out = StringIO()
    results = [
        Result(id="a.b", title="A rule.", verdict="failed", differences=["the header X is \x1b[31m, [bold]not[/] y"]),
        Result(id="retries.retry-after-too-long", title="Another.", verdict="passed", differences=[]),
    ]
    print_results(results, Console(file=out, width=width))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "\x1b" not in out.getvalue()
    assert "[bold]not[/]" in out.getvalue()
    assert "Another." not in out.getvalue()
    assert out.getvalue().index("a.b") > out.getvalue().index("retries.retry-after-too-long")
