"""The command line, run as people run it."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from superoffice import Ticket
from superoffice._cli import cli
from superoffice._cli.table import print_table
from superoffice._command import main
from superoffice_sandbox import Sandbox

from . import web
from .faults.proxy import Faults, answer, sends

COMMAND = str(Path(sys.executable).with_name("superoffice"))


def run(
    *arguments: str, columns: int = 140, environment: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
    nobody = {"XDG_STATE_HOME": os.devnull, "LOCALAPPDATA": os.devnull}  # whoever is signed in on this machine
    env = {**own, **nobody, "COLUMNS": str(columns), "TERM": "dumb", "TZ": "UTC", **(environment or {})}
    command = [COMMAND, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=300, input=stdin)
    done.stderr = re.sub(r"(?m)^POST .*: slow, .*\n", "", done.stderr)  # on a busy machine any call may be
    return done


def test_get_prints_a_table_a_person_likes_to_read() -> None:
    done = run("get", "439", "1234", "--sandbox")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^ *1234 +Cannot access", done.stdout, re.MULTILINE)
    assert "2024-11-15 08:30" in done.stdout
    assert "John Anderson" in done.stdout
    narrow = run("get", "439", "1234", "--sandbox", columns=80).stdout
    assert max(map(len, narrow.splitlines())) <= 80
    assert "2024-11-15" in narrow


def test_json_is_the_wires_names_and_values(page_sample: dict[str, Any]) -> None:
    done = run("get", "1234", "--sandbox", "--output", "json")
    (ticket,) = json.loads(done.stdout)
    assert list(ticket) == list(page_sample)
    for name, value in page_sample.items():  # date-times come in UTC, as the SDK asks for them
        same = ticket[name] == value or datetime.fromisoformat(ticket[name]) == datetime.fromisoformat(value)
        assert same, name


def test_a_narrow_encoding_ends_no_output(site: dict[str, str]) -> None:
    narrow = {**site, "PYTHONIOENCODING": "ascii"}
    assert "Lars Nystr\\xf6m" in run("get", "829", environment=narrow).stdout
    for form in ("csv", "json"):
        done = run("get", "829", "--select", "PersonFullname", "--output", form, environment=narrow)
        assert "Lars Nyström" in done.stdout


def test_a_missing_ticket_is_named_and_told_by_the_exit_status() -> None:
    done = run("get", "439", "77777", "--sandbox")
    assert (done.returncode, done.stderr.strip()) == (1, "Missing: ticket 77777")
    assert "439" in done.stdout


@pytest.mark.parametrize("arguments", [("get",), ("get", "x", "--sandbox"), ("get", "0", "--sandbox"), ("get", "1")])
def test_wrong_use_is_told_by_the_exit_status(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Error:" in done.stderr


def test_titles_written_by_strangers_do_nothing_to_the_terminal() -> None:
    out = StringIO()
    ticket = Ticket(ticket_id=1, title="\x1b[31m[bold]red[/bold]\u202e\x9b", owned_by=1)
    print_table([ticket], Console(file=out, width=120, force_terminal=True))
    assert "\\x1b[31m[bold]red[/bold]\\u202e\\x9b" in out.getvalue()
    assert "unassigned" in out.getvalue()


@pytest.fixture
def site(box: Sandbox) -> dict[str, str]:
    """The environment that signs in to the sandbox."""
    return box.environ


def test_a_site_and_credentials_come_from_the_environment(site: dict[str, str], box: Sandbox) -> None:
    assert run("get", "439", environment=site).returncode == 0
    ticket = {"SUPEROFFICE_SITE": box.site, "SUPEROFFICE_SOTICKET": box.credentials.so_ticket}
    assert run("get", "439", environment={**ticket, "SUPEROFFICE_APP_TOKEN": box.credentials.app_token}).returncode == 0
    token = {"SUPEROFFICE_TOKEN": box.credentials.token}
    assert run("get", "439", "--site", box.site, environment=token).returncode == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SUPEROFFICE_SITE": ""}, "no site was named; set SUPEROFFICE_SITE or give --site"),
        ({"SUPEROFFICE_TOKEN": "s3cr3t"}, "SUPEROFFICE_TOKEN and SUPEROFFICE_USER are both set"),
        ({"SUPEROFFICE_PASSWORD": ""}, "belong together"),
        ({"SUPEROFFICE_SITE": "crm.example.com"}, "has no http:// or https://"),
    ],
)
def test_settings_that_contradict_each_other_are_wrong_use(
    site: dict[str, str], change: dict[str, str], said: str
) -> None:
    done = run("get", "439", environment={**site, **change})
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "s3cr3t" not in done.stderr


def test_a_failed_sign_in_and_a_dead_server_are_failures(site: dict[str, str]) -> None:
    done = run("get", "439", environment={**site, "SUPEROFFICE_PASSWORD": "s3cr3t"})
    assert (done.returncode, done.stdout) == (3, "")
    assert "did not accept the sign-in" in done.stderr
    assert "s3cr3t" not in done.stderr
    done = run("get", "439", environment={**site, "SUPEROFFICE_SITE": "http://127.0.0.1:9"})
    assert done.returncode == 3
    assert "could not connect to 127.0.0.1:9: " in done.stderr
    done = run("get", "439", environment={"SUPEROFFICE_SITE": site["SUPEROFFICE_SITE"]})
    assert (done.returncode, done.stdout) == (3, "")
    assert "asks for a sign-in, and none was given (401)" in done.stderr
    assert "set SUPEROFFICE_USER with SUPEROFFICE_PASSWORD" in done.stderr


def test_time_zone_none_gives_the_pages_sample(site: dict[str, str], page_sample: dict[str, Any]) -> None:
    done = run("get", "1234", "--time-zone", "none", "--output", "json", environment=site)
    assert json.loads(done.stdout) == [page_sample]


def test_ids_come_from_arguments_a_file_and_standard_input(site: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("\ufeff3, 4\n\n5;6\r\n")
    done = run(
        *("get", "1", "-", "2", "--ids-file", str(file), "--output", "jsonl", "--select", "TicketId"),
        environment=site,
        stdin="7\n8 9",
    )
    assert [json.loads(line)["TicketId"] for line in done.stdout.splitlines()] == [1, 7, 8, 9, 2, 3, 4, 5, 6]
    file.write_text("1\nx2\n")
    done = run("get", "--ids-file", str(file), environment=site)
    assert done.returncode == 2
    assert "ids.txt, line 2: 'x2' is no ticket id" in done.stderr
    assert run("get", "-", "--select", "TicketId", environment=site, stdin="\ufeff439").returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"439\n--5\n", "line 2: '--5' is no ticket id"),
        (b"9" * 5_000, "line 1: '9999999999999999999999999999999999999999' is no ticket id"),
        ("439\n829".encode("utf-16"), "is no text in UTF-8; save it as such"),
    ],
)
def test_a_file_that_holds_no_ids_is_wrong_use(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "ids"
    file.write_bytes(content)
    done = run("get", "--ids-file", str(file), "--sandbox", columns=400)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert said in done.stderr


def test_selected_members_are_the_columns(site: dict[str, str]) -> None:
    done = run("get", "439", "829", "--select", "Title, TableRight/Mask,raw:Mood", environment=site)
    assert done.stdout.split()[:4] == ["TicketId", "Title", "TableRight", "Mood"]
    done = run("get", "439", "--select", "Titel", environment=site)
    assert done.returncode == 2
    assert "did you mean 'Title'?" in done.stderr


def test_csv_has_a_header_and_guards_formulas_where_asked(site: dict[str, str], box: Sandbox) -> None:
    box.store.add([{"TicketId": 9001, "Title": '=HYPERLINK("x")', "CustId": -1, "HasAttachment": True}])
    select = ("--select", "Title,CustId,HasAttachment,CreatedAt,TableRight")
    plain = run("get", "9001", "439", *select, "--output", "csv", environment=site)
    rows = list(csv.reader(plain.stdout.splitlines()))
    assert rows[0] == ["TicketId", "Title", "CustId", "HasAttachment", "CreatedAt", "TableRight"]
    assert rows[1] == ["9001", '=HYPERLINK("x")', "-1", "true", "", ""]
    assert json.loads(rows[2][5])["Mask"]
    safe = run("get", "9001", *select, "--output", "csv", "--csv-safe", environment=site)
    assert list(csv.reader(safe.stdout.splitlines()))[1][1:3] == ['\'=HYPERLINK("x")', "-1"]
    assert run("get", "1", "--csv-safe", environment=site).returncode == 2


def test_a_language_and_a_zone_that_are_none_are_wrong_use(site: dict[str, str]) -> None:
    for option, value in (("--language", "English"), ("--time-zone", "Europe/Oslo"), ("--culture", "xx")):
        done = run("get", "1", option, value, environment=site)
        assert done.returncode == 2
        assert "is no " in done.stderr
    assert (
        run("get", "1", "--language", "en", "--culture", "en-US", "--time-zone", "UTC", environment=site).returncode
        == 0
    )


def test_shells_complete_commands_and_member_names() -> None:
    assert "_SUPEROFFICE_COMPLETE" in run("completion", "bash").stdout
    words = {
        "COMP_WORDS": "superoffice get --select Title,Own",
        "COMP_CWORD": "3",
        "_SUPEROFFICE_COMPLETE": "bash_complete",
    }
    offered = run(environment=words).stdout
    assert "plain,Title,OwnedByName" in offered


def test_dates_and_odd_values_of_selected_members() -> None:
    body = b'[{"TicketId": 1, "CreatedAt": "2024-11-15T08:30:00Z", "Title": 5}]'
    with Faults(sends(answer(body))) as server:
        done = run("get", "1", "--site", server.site, "--select", "CreatedAt,Title")
    assert done.returncode == 0
    assert done.stdout.split()[-3:] == ["1", "2024-11-15", "08:30"]
    assert done.stderr == "ticket 1, Title: 5 does not decode (Expected `str | null`, got `int`)\n"  # and only once


def test_no_tickets_are_an_empty_csv(site: dict[str, str]) -> None:
    done = run("get", "77777", "--output", "csv", environment=site)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Missing: ticket 77777\n")


def test_sandbox_prints_its_site_and_serves_until_interrupted(tmp_path: Path) -> None:

    command = [COMMAND, "sandbox", "--tickets", "3", "--db", str(tmp_path / "a.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            site = server.stdout.readline().strip()
            body = {"TicketIds": [1, 439]}
            answer = web.post(f"{site}/api/v1/Agents/Ticket/GetTickets", json=body, auth=("tje0", "Tje0"))
            assert [ticket["TicketId"] for ticket in answer.json()] == [1, 439]
        finally:
            server.send_signal(signal.SIGINT)
            _, errors = server.communicate(timeout=100)
    assert "Serving 6 tickets to user tje0" in errors
    told = f"export SUPEROFFICE_SITE={site} SUPEROFFICE_USER=tje0 SUPEROFFICE_PASSWORD=Tje0\n"
    assert f"For programs: {told}" in errors
    assert "Traceback" not in errors


def test_sandbox_says_what_is_wrong_with_a_file_or_a_port(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database" * 100)
    done = run("sandbox", "--db", str(tmp_path / "x.db"))
    assert done.returncode == 3
    assert "is not a SQLite file" in done.stderr
    for command in (["sandbox"], ["sandbox", "load", str(tmp_path / "x.db")]):
        done = run(*command, "--db", str(tmp_path / "not" / "there.db"))
        assert (done.returncode, "does its folder exist?" in done.stderr) == (3, True)
    done = run("sandbox", "--host", "203.0.113.1")
    assert done.returncode == 3
    assert "Warning" in done.stderr
    assert "cannot listen on 203.0.113.1" in done.stderr


def without(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where a module is not installed."""
    code = "import sys; sys.modules[sys.argv.pop(1)] = None; from superoffice._command import main; main()"
    command = [sys.executable, "-c", code, module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_without_the_extra_the_command_says_what_to_install() -> None:
    done = without("click")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        "The command line needs its extra: pip install 'superoffice-sdk[cli]'",
    )


@pytest.mark.parametrize("command", [["--help"], ["get", "--help"], ["export", "--help"]])
@pytest.mark.parametrize("module", ["attr", "httpx", "msgspec", "rich"])
def test_help_waits_for_nothing_that_takes_long_to_load(module: str, command: list[str]) -> None:
    done = without(module, *command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Options:" in done.stdout


@pytest.mark.parametrize("command", [["get", "1", "--sandbox"], ["sandbox"], ["doctor", "--sandbox"]])
def test_without_the_sandboxs_extra_the_command_says_what_to_install(command: list[str]) -> None:
    done = without("uvicorn", *command)
    assert done.returncode == 2
    assert "the sandbox needs its extra: pip install 'superoffice-sdk[sandbox]'" in done.stderr


def test_what_else_is_missing_is_not_taken_for_an_extra() -> None:
    for module, command in (("sqlite3", ["sandbox"]), ("superoffice._cli.get", [])):
        done = without(module, *command)
        assert done.returncode == 70
        assert f"ModuleNotFoundError: import of {module} halted" in done.stderr


def test_version_and_help() -> None:
    import superoffice._version

    assert superoffice._version.__version__ in run("--version").stdout
    assert "superoffice get 439 829 --sandbox" in run("get", "--help").stdout


def test_without_the_extra_a_program_is_told_what_to_install() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; import superoffice_sandbox; superoffice_sandbox.start()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("the sandbox needs its extra: pip install 'superoffice-sdk[sandbox]'")


def test_advice_at_a_terminal_speaks_of_no_arguments_of_a_program(site: dict[str, str]) -> None:
    done = run("get", "439", environment={**site, "SUPEROFFICE_PASSWORD": "wrong"})
    assert done.returncode == 3
    assert "auth=" not in done.stderr
    assert "check the user and password, token or ticket in the environment" in done.stderr


def test_a_wrong_id_is_told_what_ids_are() -> None:
    done = run("get", "439..445", "--sandbox")
    assert (
        "the arguments: '439..445' is no ticket id\nIds are whole numbers from 1 to 2147483647; --skip" in done.stderr
    )
    done = run("doctor", "--ids", "abc", "--sandbox")  # which has no --skip-bad
    assert done.stderr.endswith("'abc' is no ticket id\nIds are whole numbers from 1 to 2147483647\n")


@pytest.mark.parametrize(
    ("option", "where"),
    [
        ("--user", "SUPEROFFICE_USER with SUPEROFFICE_PASSWORD"),
        ("--token", "credentials come from the environment alone"),
        ("--tenant", "set SUPEROFFICE_TENANT"),
        ("--format", "chosen by --output"),
        ("--langauge", "--language"),
    ],
)
def test_an_option_that_is_elsewhere_says_where(option: str, where: str) -> None:
    done = run("get", "439", option, "s3cr3t")
    assert (done.returncode, done.stdout) == (2, "")
    assert where in done.stderr
    assert "s3cr3t" not in done.stderr


def test_help_says_how_to_begin() -> None:
    said = run("--help").stdout
    assert "\n    superoffice get 439 829 1234 --sandbox\n" in said
    assert "..." not in said.partition("Commands:")[2]  # no summary is cut


@pytest.mark.parametrize("command", [["get", "-"], ["export", "-", "--out", "-", "--format", "csv"]])
def test_ctrl_c_stops_any_command_as_shells_have_it(command: list[str]) -> None:
    code = (  # what runs in the background of a shell would not notice Ctrl-C otherwise
        "import signal as s; s.signal(s.SIGINT, s.default_int_handler)\n"
        "import sys\n"
        "import io\n"
        "class Stdin(io.FileIO):\n"
        "    def readinto(self, room):\n"
        "        print('reads', flush=True, file=sys.stderr)\n"
        "        return super().readinto(room)\n"
        "sys.stdin = io.TextIOWrapper(io.BufferedReader(Stdin(0, closefd=False)))\n"
        "from superoffice._command import main; main()"
    )
    own = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
    options: dict[str, Any] = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    site = ["--site", "http://127.0.0.1:9"]
    signed = {**own, "SUPEROFFICE_TOKEN": "x"}
    with subprocess.Popen([sys.executable, "-c", code, *command, *site], env=signed, **options) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "reads\n"
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=300)[1]
    assert (process.returncode, errors) == (130, "Stopped.\n")


def _stopped(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("moment", ["GivenIds", "export.make_context"])
def test_ctrl_c_before_a_command_begins(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner: Any = sys.modules["superoffice._cli.export"]
    *_, name = moment.split(".")
    monkeypatch.setattr(owner.export if "." in moment else owner, name, _stopped)
    command = ["export", "1", "--out", "a.csv"]
    done = CliRunner().invoke(cli, command)
    assert (done.exit_code, done.output) == (130, "Stopped.\n")
    assert cli.main(command, standalone_mode=False) == 130


@pytest.mark.parametrize("moment", ["superoffice._cli.cli", "superoffice._cli.cli.parse_args"])
def test_ctrl_c_before_click_begins(
    moment: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(moment, _stopped)
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (130, "Stopped.\n")
