"""`superoffice sandbox` and its options."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import attrs
import httpx
import pytest

from superoffice import BasicAuth, SuperOffice
from superoffice_sandbox import Behaviour
from superoffice_sandbox.conformance.case import folder

from ..support import web
from ..support.sandbox_calls import PATH, post

PACKAGES = ("superoffice", "superoffice_api", "superoffice_runtime", "superoffice_sandbox", "swagger_ui")
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
        _, programs, header, sign_in = (server.stderr.readline() for _ in range(4))
        admin = dict([header.partition("send the header ")[2].strip().split(": ")])
        try:
            yield SimpleNamespace(site=site, programs=programs, admin=admin, sign_in=sign_in)
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=100)


def test_every_reading_is_an_option() -> None:
    text = run("--help").stdout
    for field in attrs.fields(Behaviour):
        assert f"--{field.name.replace('_', '-')}" in text


def test_options_choose_the_behaviour() -> None:
    with serving("--missing", "NULL", "--unselected=omit", "--calls-per-second", "3", "--error-shape", "agent") as box:
        assert post(box, [77777]).json() == [None]
        assert post(box, [439], "?$select=title").json()[0].keys() == {"TicketId", "Title"}
        assert "ErrorMessage" in post(box, "x").json()
        with httpx.Client(base_url=box.site, auth=("tje0", "Tje0")) as client:  # quick enough on a busy machine, too
            answers = (client.post(PATH, json={"TicketIds": [439]}) for _ in range(200))
            assert any(answer.status_code == 429 for answer in answers)


def test_the_header_with_the_admin_token_is_printed() -> None:
    with serving("--maintenance") as box:
        assert post(box, [439]).status_code == 503
        assert [*box.admin] == ["X-Sandbox-Admin"]
        assert len(web.get(f"{box.site}/sandbox/requests", headers=box.admin).json()) == 1


def test_what_a_program_needs_of_the_environment_is_printed() -> None:
    with serving() as box:
        code = "from superoffice import SuperOffice\nprint(SuperOffice.from_env().tickets.get(439).ticket_id)"
        command = f"{box.programs.partition(': ')[2].strip()}\n'{sys.executable}' -W ignore -c '{code}'"
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=300)
        assert (done.stderr, done.stdout) == ("", "439\n")


@pytest.mark.parametrize(
    ("host", "named", "warnings"),
    [
        ("0.0.0.0", "127.0.0.1", ["reached from other machines"]),  # noqa: S104 - what the test is about
        ("0", "127.0.0.1", ["reached from other machines"]),
        ("::", "[::1]", ["reached from other machines"]),
        ("0:0:0:0:0:0:0:0", "[::1]", ["reached from other machines"]),
        ("::1", "[::1]", []),
        ("localhost", "localhost", []),
        ("127.0.0.2", "127.0.0.2", ["commands do not sign in there, and programs with allow_http=True alone"]),
    ],
)
def test_the_site_that_is_printed_can_be_called_and_signed_in_to(host: str, named: str, warnings: list[str]) -> None:
    command = [COMMAND, "sandbox", "--tickets", "0", "--host", host]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        site = server.stdout.readline().strip()
        with SuperOffice(site, auth=BasicAuth("tje0", "Tje0"), allow_http=host == "127.0.0.2") as client:
            assert client.tickets.get(439).ticket_id == 439
        server.send_signal(signal.SIGINT)
        told = server.communicate(timeout=100)[1]
    assert re.fullmatch(rf"http://{re.escape(named)}:\d+", site)
    assert f"SUPEROFFICE_SITE={site} " in told.replace("'", "")
    shown = [line for line in told.splitlines() if line.startswith("Warning: ")]
    assert [warning in line for warning, line in zip(warnings, shown, strict=True)] == [True] * len(warnings)


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
        "import sys; from superoffice.cli.main import main; sys.argv = ['superoffice', 'get', '439', '--sandbox']\n"
        "try: main()\n"
        "except SystemExit as left: assert not left.code, left.code\n"
        "print({'babel', 'zoneinfo', 'tzdata', 'superoffice_runtime.xml', 'swagger_ui'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.splitlines()[-1]) == ("", "set()")


FROM_A_ZIP = """
import sys
from urllib.request import urlopen

packed, *libraries = sys.argv[1:]
sys.path = [packed, *(place for place in sys.path if place), *libraries]
import superoffice_sandbox
from superoffice.cli.main import main

assert superoffice_sandbox.__file__.startswith(packed)
with superoffice_sandbox.start(tickets=1) as box:
    for path in ("/", "/openapi.json", "/sandbox/page/swagger-ui.css", "/conformance/cases"):
        print(path, len(urlopen(box.site + path).read()) > 400)
sys.argv = ["superoffice", "get", "439", "--sandbox", "--format", "jsonl"]
main()
"""


def test_data_files_are_found_in_an_archive_too(tmp_path: Path) -> None:
    """As in a zip file, or in a program that PyInstaller made: there is no folder with our files there."""
    packed = tmp_path / "packed.zip"
    places = {name: Path(str(files(name))) for name in PACKAGES}
    with ZipFile(packed, "w") as archive:
        for name, place in places.items():
            for file in place.rglob("*.*"):
                if "cases" not in file.parts:  # which a checkout has elsewhere
                    archive.write(file, name / file.relative_to(place))
        for case in folder().iterdir():
            archive.writestr(f"superoffice_sandbox/conformance/cases/{case.name}", case.read_bytes())
    libraries = sorted({str(Path(str(files(name))).parent) for name in ("msgspec", "starlette", "click", "tzdata")})
    command = [sys.executable, "-I", "-S", "-c", FROM_A_ZIP, str(packed), *libraries]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    *pages, ticket = done.stdout.splitlines()
    assert pages == ["/ True", "/openapi.json True", "/sandbox/page/swagger-ui.css True", "/conformance/cases True"]
    assert (json.loads(ticket)["TicketId"], done.returncode) == (439, 0)
