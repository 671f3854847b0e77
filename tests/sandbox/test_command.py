"""`superoffice sandbox` and its options."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import attrs
import httpx
import pytest

from superoffice_sandbox import Behaviour

from .. import web
from .calls import PATH, post

COMMAND = str(Path(sys.executable).with_name("superoffice"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, "sandbox", *arguments], capture_output=True, text=True, check=False, timeout=300)


@contextmanager
def serving(*arguments: str) -> Iterator[SimpleNamespace]:
    command = [COMMAND, "sandbox", "--tickets", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        site = server.stdout.readline().strip()
        _, programs, admin, sign_in = (server.stderr.readline() for _ in range(4))
        try:
            yield SimpleNamespace(site=site, programs=programs, admin_token=admin.split()[-1], sign_in=sign_in)
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=100)


def test_every_reading_is_an_option() -> None:
    text = run("--help").stdout
    for field in attrs.fields(Behaviour):
        assert f"--{field.name.replace('_', '-')}" in text


def test_options_choose_the_readings() -> None:
    with serving("--missing", "NULL", "--unselected=omit", "--calls-per-second", "3", "--error-shape", "agent") as box:
        assert post(box, [77777]).json() == [None]
        assert post(box, [439], "?$select=title").json()[0].keys() == {"TicketId", "Title"}
        assert "ErrorMessage" in post(box, "x").json()
        with httpx.Client(base_url=box.site, auth=("tje0", "Tje0")) as client:  # quick enough on a busy machine, too
            answers = (client.post(PATH, json={"TicketIds": [439]}) for _ in range(200))
            assert any(answer.status_code == 429 for answer in answers)


def test_the_admin_token_is_printed() -> None:
    with serving("--maintenance") as box:
        assert post(box, [439]).status_code == 503
        admin = {"X-Sandbox-Admin": box.admin_token}
        assert len(web.get(f"{box.site}/sandbox/requests", headers=admin).json()) == 1


def test_what_a_program_needs_of_the_environment_is_printed() -> None:
    with serving() as box:
        code = "from superoffice import SuperOffice\nprint(SuperOffice.from_env().tickets.get(439).ticket_id)"
        command = f"{box.programs.partition(': ')[2].strip()}\n'{sys.executable}' -W ignore -c '{code}'"
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=300)
        assert (done.stderr, done.stdout) == ("", "439\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--missing", "x"),
        ("--base-zone", "Europe/Oslo"),
        ("--calls-per-second", "0"),
        ("--slow", "-1"),
        ("--host", ""),
        ("load",),
    ],
)
def test_wrong_options_are_told(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, "Error: " in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_load_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"TicketId": 1, "Titel": "x"}]')
    done = run("load", str(tmp_path / "a.json"), "--db", str(tmp_path / "a.db"))
    assert (done.returncode, "did you mean Title?" in done.stderr) == (3, True)
    other = sqlite3.connect(tmp_path / "b.db")
    other.execute("CREATE TABLE invoices (a)")
    other.close()
    done = run("load", str(tmp_path / "a.json"), "--db", str(tmp_path / "b.db"))
    assert (done.returncode, "holds other tables" in done.stderr) == (3, True)


def test_what_is_seldom_needed_is_not_imported_for_a_look_at_a_ticket() -> None:
    code = (
        "import sys; from superoffice._command import main; sys.argv = ['superoffice', 'get', '439', '--sandbox']\n"
        "try: main()\n"
        "except SystemExit as left: assert not left.code, left.code\n"
        "print({'babel', 'zoneinfo', 'tzdata', 'superoffice_runtime.xml', 'swagger_ui'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.splitlines()[-1]) == ("", "set()")
