"""The command line, run as people run it."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from superoffice import Ticket
from superoffice.cli.app import cli
from superoffice.cli.main import main
from superoffice.cli.table import print_table
from superoffice.cli.terminal import printable
from superoffice_sandbox import Sandbox

from ...support import web
from ...support.faults import Faults, answer, sends
from ...support.wire import SITE

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
    done = run("get", "1234", "--sandbox", "--format", "json")
    (ticket,) = json.loads(done.stdout)
    assert list(ticket) == list(page_sample)
    for name, value in page_sample.items():  # date-times come in UTC, as the SDK asks for them
        same = ticket[name] == value or datetime.fromisoformat(ticket[name]) == datetime.fromisoformat(value)
        assert same, name


def test_a_narrow_encoding_ends_no_output(site: dict[str, str]) -> None:
    narrow = {**site, "PYTHONIOENCODING": "ascii"}
    assert "Lars Nystr\\xf6m" in run("get", "829", environment=narrow).stdout
    for form in ("csv", "json"):
        done = run("get", "829", "--select", "PersonFullname", "--format", form, environment=narrow)
        assert "Lars Nyström" in done.stdout


def test_a_missing_ticket_is_named_and_told_by_the_exit_status() -> None:
    done = run("get", "439", "77777", "--sandbox")
    assert (done.returncode, done.stderr.strip()) == (1, "Missing: ticket 77777")
    assert "439" in done.stdout


@pytest.mark.parametrize("arguments", [("get",), ("get", "x", "--sandbox"), ("get", "0", "--sandbox"), ("get", "1")])
def test_usage_errors_are_told_by_the_exit_status(arguments: tuple[str, ...]) -> None:
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
def test_settings_that_contradict_each_other_are_usage_errors(
    site: dict[str, str], change: dict[str, str], said: str
) -> None:
    done = run("get", "439", environment={**site, **change})
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "s3cr3t" not in done.stderr


def test_a_failed_sign_in_and_a_dead_server_are_failures(site: dict[str, str]) -> None:
    done = run("get", "439", environment={**site, "SUPEROFFICE_PASSWORD": "s3cr3t"})
    assert (done.returncode, done.stdout) == (3, "")
    assert "did not accept the credentials" in done.stderr
    assert "s3cr3t" not in done.stderr
    done = run("get", "439", environment={**site, "SUPEROFFICE_SITE": "http://127.0.0.1:9"})
    assert done.returncode == 3
    assert "could not connect to 127.0.0.1:9: " in done.stderr
    done = run("get", "439", environment={"SUPEROFFICE_SITE": site["SUPEROFFICE_SITE"]})
    assert (done.returncode, done.stdout) == (3, "")
    assert "asks for credentials, and none were given (401)" in done.stderr
    assert "set SUPEROFFICE_USER with SUPEROFFICE_PASSWORD" in done.stderr


def test_time_zone_none_gives_the_pages_sample(site: dict[str, str], page_sample: dict[str, Any]) -> None:
    done = run("get", "1234", "--time-zone", "none", "--format", "json", environment=site)
    assert json.loads(done.stdout) == [page_sample]


def test_ids_come_from_arguments_a_file_and_standard_input(site: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("\ufeff3, 4\n\n5;6\r\n")
    done = run(
        *("get", "1", "-", "2", "--ids-file", str(file), "--format", "jsonl", "--select", "TicketId"),
        environment=site,
        stdin="7\n8 9",
    )
    assert [json.loads(line)["TicketId"] for line in done.stdout.splitlines()] == [1, 7, 8, 9, 2, 3, 4, 5, 6]
    file.write_text("1\nx2\n")
    done = run("get", "--ids-file", str(file), environment=site)
    assert done.returncode == 2
    assert "ids.txt, line 2: 'x2' is not a ticket id" in done.stderr
    assert run("get", "-", "--select", "TicketId", environment=site, stdin="\ufeff439").returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"439\n--5\n", "line 2: '--5' is not a ticket id"),
        (b"9" * 5_000, "line 1: '9999999999999999999999999999999999999999' is not a ticket id"),
        ("439\n829".encode("utf-16"), "is not text in UTF-8; save it as such"),
    ],
)
def test_a_file_that_holds_no_ids_is_a_usage_error(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "ids"
    file.write_bytes(content)
    done = run("get", "--ids-file", str(file), "--sandbox", columns=400)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert said in done.stderr


def test_selected_members_are_the_columns(site: dict[str, str]) -> None:
    command = ("get", "439", "829", "--select", "title, TableRight/Mask,raw:Mood")
    done = run(*command, environment=site)
    assert done.stdout.split()[:4] == ["ticket_id", "title", "table_right", "Mood"]
    done = run(*command, "--api-names", environment=site)
    assert done.stdout.split()[:4] == ["TicketId", "Title", "TableRight", "Mood"]
    for wrong, said in (("Titel", "did you mean 'Title'?"), ("titel", "did you mean 'title'?")):
        done = run("get", "439", "--select", wrong, environment=site)
        assert done.returncode == 2
        assert said in done.stderr


def test_csv_has_a_header_and_guards_formulas_where_asked(site: dict[str, str], box: Sandbox) -> None:
    box.store.add([{"TicketId": 9001, "Title": '=HYPERLINK("x")', "CustId": -1, "HasAttachment": True}])
    select = ("--select", "Title,CustId,HasAttachment,CreatedAt,TableRight")
    plain = run("get", "9001", "439", *select, "--format", "csv", environment=site)
    rows = list(csv.reader(plain.stdout.splitlines()))
    assert rows[0] == ["ticket_id", "title", "cust_id", "has_attachment", "created_at", "table_right"]
    assert rows[1] == ["9001", '=HYPERLINK("x")', "-1", "true", "", ""]
    assert json.loads(rows[2][5])["mask"]
    named = run("get", "439", *select, "--format", "csv", "--api-names", environment=site)
    rows = list(csv.reader(named.stdout.splitlines()))
    assert rows[0] == ["TicketId", "Title", "CustId", "HasAttachment", "CreatedAt", "TableRight"]
    assert json.loads(rows[1][5])["Mask"]
    safe = run("get", "9001", *select, "--format", "csv", "--csv-safe", environment=site)
    assert list(csv.reader(safe.stdout.splitlines()))[1][1:3] == ['\'=HYPERLINK("x")', "-1"]
    assert run("get", "1", "--csv-safe", environment=site).returncode == 2


def test_a_language_and_a_zone_that_are_none_are_usage_errors(site: dict[str, str]) -> None:
    for option, value in (("--language", "English"), ("--time-zone", "Europe/Oslo"), ("--culture", "xx")):
        done = run("get", "1", option, value, environment=site)
        assert done.returncode == 2
        assert "is not a" in done.stderr
    assert (
        run("get", "1", "--language", "en", "--culture", "en-US", "--time-zone", "UTC", environment=site).returncode
        == 0
    )


def test_shells_complete_commands_and_member_names() -> None:
    assert "_SUPEROFFICE_COMPLETE" in run("completion", "bash").stdout
    for begun, offered in (
        ("Title,Own", "plain,Title,OwnedByName"),
        ("own", "plain,owned_by_name"),
        ("Title,owned_by_n", "plain,Title,owned_by_name"),
        ("Title,", "plain,Title,OwnedByName"),
    ):
        words = {"COMP_WORDS": f"superoffice get --select {begun}", "COMP_CWORD": "3"}
        assert offered in run(environment={**words, "_SUPEROFFICE_COMPLETE": "bash_complete"}).stdout.splitlines()


def test_dates_and_odd_values_of_selected_members() -> None:
    body = b'[{"TicketId": 1, "CreatedAt": "2024-11-15T08:30:00Z", "Title": 5}]'
    with Faults(sends(answer(body))) as server:
        done = run("get", "1", "--site", server.site, "--select", "CreatedAt,Title")
    assert done.returncode == 0
    assert done.stdout.split()[-3:] == ["1", "2024-11-15", "08:30"]
    assert done.stderr == "ticket 1, Title: 5 does not decode (Expected `str | null`, got `int`)\n"  # and only once


def test_no_tickets_are_an_empty_csv(site: dict[str, str]) -> None:
    done = run("get", "77777", "--format", "csv", environment=site)
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
    code = "import sys; sys.modules[sys.argv.pop(1)] = None; from superoffice.cli.main import main; main()"
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
def test_without_the_sandbox_the_command_says_what_to_install(command: list[str]) -> None:
    done = without("superoffice_sandbox", *command)
    assert done.returncode == 2
    assert "the sandbox needs its extra: pip install 'superoffice-sdk[sandbox]'" in done.stderr


def test_what_else_is_missing_is_not_taken_for_an_extra() -> None:
    for module, command in (("sqlite3", ["sandbox"]), ("superoffice.cli.get", [])):
        done = without(module, *command)
        assert done.returncode == 70
        assert f"ModuleNotFoundError: import of {module} halted" in done.stderr


def test_version_and_help() -> None:
    import superoffice._version

    assert superoffice._version.__version__ in run("--version").stdout
    assert "superoffice get 439 829 --sandbox" in run("get", "--help").stdout


def test_advice_at_a_terminal_speaks_of_no_arguments_of_a_program(site: dict[str, str]) -> None:
    done = run("get", "439", environment={**site, "SUPEROFFICE_PASSWORD": "wrong"})
    assert done.returncode == 3
    assert "auth=" not in done.stderr
    assert "check the user and password, token or ticket in the environment" in done.stderr


def test_a_wrong_id_is_told_what_ids_are() -> None:
    done = run("get", "439..445", "--sandbox")
    said = "the arguments: '439..445' is not a ticket id; write each id of a range, as by: seq 439 445\n"
    said += "Ids are whole numbers from 1 to 2147483647; --skip"
    assert said in done.stderr
    done = run("doctor", "--ids", "abc", "--sandbox")  # which has no --skip-bad
    assert done.stderr.endswith("'abc' is not a ticket id\nIds are whole numbers from 1 to 2147483647\n")


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
        "from superoffice.cli.main import main; main()"
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


@pytest.mark.parametrize("moment", ["export.GivenIds", "app.export.make_context"])
def test_ctrl_c_before_a_command_begins(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"superoffice.cli.{moment}", _stopped)
    command = ["export", "1", "--out", "a.csv"]
    done = CliRunner().invoke(cli, command)
    assert (done.exit_code, done.output) == (130, "Stopped.\n")
    assert cli.main(command, standalone_mode=False) == 130


@pytest.mark.parametrize("moment", ["superoffice.cli.app.cli", "superoffice.cli.app.cli.parse_args"])
def test_ctrl_c_before_click_begins(
    moment: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(moment, _stopped)
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (130, "Stopped.\n")


def shell(line: str, site: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in which `superoffice` is the command."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
    env = {**own, **site, "XDG_STATE_HOME": os.devnull, "LOCALAPPDATA": os.devnull, "TERM": "dumb", **environment}
    whole = f'superoffice() {{ {shlex.quote(COMMAND)} "$@"; }}; {line}'
    return subprocess.run(["/bin/bash", "-c", whole], capture_output=True, text=True, check=False, env=env, timeout=300)


OUTPUTS = ["get 439", "get 439 --format json", "get 439 77777 --format jsonl", "get 439 --format csv"]
OUTPUTS += ["doctor --ids 439", "doctor --ids 439 --format json", "export 439 --out - --format csv"]
OUTPUTS += ["completion bash", "--help", "get --help", "--version"]


@pytest.mark.off_document("the doctor asks on purpose what the document does not have")
@pytest.mark.parametrize("command", OUTPUTS)
def test_standard_output_that_fails_is_a_failure(command: str, site: dict[str, str]) -> None:
    for redirected, why in ((">/dev/full", "No space left on device"), (">&-", "it is closed")):
        done = shell(f"superoffice {command} {redirected}", site)
        said = f"Error: cannot write standard output: {why}; what it holds is not whole\n"
        assert (done.returncode, SLOW.sub("", done.stderr)) == (3, said), redirected
    assert shell(f"superoffice {command} >&- 2>&- <&-", site).returncode == 3


SLOW = re.compile(r"(?m)^POST .*: slow, .*\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_more_than_a_buffer_that_cannot_be_written_is_a_failure(unbuffered: str, site: dict[str, str]) -> None:
    ids = " ".join(map(str, range(1, 51)))
    done = shell(f"superoffice get {ids} --format json > /dev/full", site, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, "cannot write standard output: No space" in done.stderr) == (3, True)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("superoffice get 439 77777 2>/dev/full", 3),
        ("superoffice get 439 77777 2>&-", 1),
        ("superoffice get 439 2>&-", 0),
        ("superoffice get x 2>/dev/full", 3),
        ("superoffice get x 2>&-", 2),
        ("superoffice get 439 <&-", 0),
        ("superoffice logout >&-", 0),
        ("superoffice get 439 --format jsonl | true; exit $((PIPESTATUS[0] & ~1))", 0),  # 1 where it had left already
        ("{ sleep 1; superoffice get x; } 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}", 1),
    ],
)
def test_what_becomes_of_messages_changes_no_outcome(line: str, status: int, site: dict[str, str]) -> None:
    done = shell(line, site)
    assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (status, False, False)


def test_a_log_that_cannot_be_written_is_a_failure() -> None:
    with Faults(sends(answer(b'[{"TicketId": 1, "Title": 5}]'))) as server:
        done = shell(f"superoffice get 1 --site {server.site} --format jsonl 2>/dev/full", {"SUPEROFFICE_TOKEN": "x"})
    assert (done.returncode, json.loads(done.stdout)["TicketId"]) == (3, 1)


class Odd(BaseException):
    """As libraries in other languages raise it."""


@pytest.mark.parametrize(
    "error",
    [
        AssertionError(),
        RuntimeError("Bearer s3cr3t-2 came with s3cr3t-1"),
        EOFError("s3cr3t-1"),
        BrokenPipeError(32, "Broken pipe"),
        OSError(28, "No space left on device"),
        FileNotFoundError(2, "No such file", "ids.txt"),
        MemoryError(),
        RecursionError(),
        UnicodeDecodeError("utf-8", b"s3cr3t-1\xff", 0, 1, "invalid start byte"),
        Odd("\x1b[31m"),
        GeneratorExit(),
    ],
    ids=repr,
)
def test_an_internal_error_has_no_status_of_an_outcome(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raises(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("superoffice.cli.get.GivenIds", raises)
    monkeypatch.setattr(sys, "argv", ["superoffice", "get", "439"])
    monkeypatch.setenv("SUPEROFFICE_APP_TOKEN", "s3cr3t-1")
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 70
    assert said.endswith("Error: this is an error in superoffice-sdk itself; please report it with the lines above\n")
    assert type(error).__name__ in said
    assert "in raises" in said
    assert "s3cr3t" not in said
    assert "\x1b" not in said


def test_an_internal_error_that_cannot_be_told_has_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raises(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("superoffice.cli.main._run", raises)
    monkeypatch.setattr("superoffice.cli.main._report", raises)
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (70, "Error: MemoryError was raised\n")


@pytest.mark.parametrize(
    "odd",
    [
        *({name: value} for name in ("COLUMNS", "LINES") for value in ("0", "abc", "-5", "\u00b2", "\u0663", "9" * 30)),
        {"LC_ALL": "POSIX"},
        {"LC_ALL": "xx_YY.UTF-8"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"TZ": "garbage"},
        {"TERM": "dumb", "NO_COLOR": "1"},
        {"FORCE_COLOR": "1"},
    ],
    ids=repr,
)
def test_an_odd_environment_ends_nothing(odd: dict[str, str], box: Sandbox, site: dict[str, str]) -> None:
    box.store.add([{"TicketId": 9002, "Title": "\u0142\U0001f600"}])
    for form in ("table", "csv"):
        done = run("get", "9002", "--select", "Title,CreatedAt", "--format", form, environment={**site, **odd})
        assert (done.returncode, done.stderr) == (0, ""), form
        assert "9002" in done.stdout
    assert "\u0142\U0001f600" in done.stdout  # data come in UTF-8 whatever the terminal's encoding


def test_a_folder_that_is_gone_is_told(site: dict[str, str], tmp_path: Path) -> None:
    line = f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir ../gone; superoffice"
    assert shell(f"{line} get 439", site).returncode == 0
    done = shell(f"{line} export 439 --out a.csv", site)
    assert (done.returncode, "the current folder is gone; change to another one" in done.stderr) == (2, True)


def test_a_folder_that_goes_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("superoffice.cli.get.GivenIds", lambda *_, **__: os.stat("/proc/self/cwd/none"))
    assert isinstance(CliRunner().invoke(cli, ["get", "1"]).exception, FileNotFoundError)  # whose name is known

    def gone(*_: Any, **__: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory")  # as of os.getcwd()

    monkeypatch.setattr("superoffice.cli.get.GivenIds", gone)
    done = CliRunner().invoke(cli, ["get", "1"])
    assert (done.exit_code, "the current folder is gone" in done.output) == (2, True)


NOBODY = "import pwd\ndef none(_): raise KeyError\npwd.getpwuid = none\nfrom superoffice.cli.main import main; main()"


@pytest.mark.off_document("the doctor asks on purpose what the document does not have")
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("get 439", 0),
        ("doctor --ids 439", 0),
        ("export 439 --out - --format csv", 0),
        ("logout", 2),
        ("get 1", 2),  # with no site in the environment
        ("login Cust1 --client-id x", 2),
        ("login Cust1 --client-id x --token-store file", 2),
    ],
)
def test_a_user_without_home_needs_one_for_sign_ins_alone(command: str, status: int, site: dict[str, str]) -> None:
    left_out = ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SUPEROFFICE_", *left_out))}
    done = subprocess.run(
        [sys.executable, "-c", NOBODY, *command.split()], capture_output=True, text=True, check=False,
        env=own if command == "get 1" else {**own, **site}, timeout=300,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    assert ("this user has no home folder" in done.stderr) == ("name a folder by XDG_STATE_HOME" in done.stderr)
    assert ("this user has no home folder" in done.stderr) == (status == 2)


def terminal(*arguments: str, columns: int = 200, **environment: str) -> tuple[int, str]:
    """Run the command at a terminal; return its status and what the terminal was sent."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
    env = {**own, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": str(columns), "SUPEROFFICE_TOKEN": "x", **environment}
    ours, theirs = pty.openpty()
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": theirs, "env": env}
    sent = b""
    with subprocess.Popen([COMMAND, *arguments], **options) as process:
        os.close(theirs)
        try:
            while content := os.read(ours, 4096):
                sent += content
        except OSError:  # Linux says so where macOS gives nothing: the other end is closed
            pass
        os.close(ours)
    return process.returncode, re.sub(r"\x1b\[\d*m", "", sent.decode()).replace("\r\n", "\n")  # without rich's bold


HOSTILE = "a\x1b]0;x\x07\x9b\x7f\x85\u202e\u2066\u200f\u061c\u2028\u2029\u200b\u2060\ufeff\xad\U000e0041\r\n\tz"
HOSTILE += "\u00e9\u65e5\xa0"


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_terminal_is_steered_by_no_ticket(form: str) -> None:
    body = json.dumps([{"TicketId": 1, "Title": HOSTILE}], ensure_ascii=False).encode()
    with Faults(sends(answer(body))) as server:
        command = ["get", "1", "--site", server.site, "--select", "Title", "--format", form]
        status, shown = terminal(*command)
        piped = run(*command, environment={"SUPEROFFICE_TOKEN": "x"})
    assert (status, {char for char in shown if not char.isprintable()} - {"\n", "\xa0"}) == (0, set())
    if form in ("json", "jsonl"):
        assert json.loads(shown) in ([{"TicketId": 1, "Title": HOSTILE}], {"TicketId": 1, "Title": HOSTILE})
    else:
        assert printable(HOSTILE) in shown
    assert "z\u00e9\u65e5\xa0" in shown
    if form != "table":
        assert HOSTILE.rpartition("\r")[0].rpartition("\x85")[2] in piped.stdout


@pytest.mark.parametrize("status", [200, 403, 500])
def test_a_terminal_is_steered_by_no_error(status: int, tmp_path: Path) -> None:
    body = json.dumps({"Error": True, "ErrorMessage": f"no {HOSTILE}"}).encode()
    with Faults(sends(answer(body, status=status))) as server:
        for command in (["get", "1"], ["doctor", "--ids", "1"], ["doctor", "--ids", "1", "--format", "json"]):
            _, shown = terminal(*command, "--site", server.site)
            assert {char for char in shown if not char.isprintable()} <= {"\n"}, command
    name = tmp_path / "a\x1b[31m.txt"
    for command in (["get", "--ids-file", str(name)], ["export", "1", "--quiet", "--out", f"{name}/a.csv"]):
        ended, shown = terminal(*command, SUPEROFFICE_SITE="http://127.0.0.1:9")
        assert (ended, "a\\x1b[31m" in shown, "\x1b" in shown) == (2, True, False), shown


def test_what_is_shown_as_an_escape() -> None:
    for char in map(chr, range(sys.maxunicode + 1)):
        hidden = category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        assert (printable(char) != char) == hidden
        if hidden:
            assert (printable(char).isascii(), json.loads(f'"{printable(char, json=True)}"')) == (True, char)
    assert printable("a\nb\r", kept="\n") == "a\nb\\r"


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York", "Pacific/Kiritimati", "UTC"])
def test_dates_at_the_edges_of_the_calendar_are_shown(zone: str) -> None:
    members = {"CreatedAt": "9999-12-31T23:59:59Z", "LastChanged": "0001-01-02T00:00:00+14:00"}
    body = json.dumps([{"TicketId": 439, **members, "Deadline": "9999-12-31T23:59:59-12:00"}]).encode()
    with Faults(sends(answer(body))) as server:
        for select in ((), ("--select", "CreatedAt,LastChanged,Deadline")):
            done = run("get", "439", "--site", server.site, *select, environment={"TZ": zone})
            assert (done.returncode, done.stderr, "9999-12-31" in done.stdout) == (0, "", True)


def test_what_identifies_a_ticket_is_whole_however_narrow_the_terminal(box: Sandbox, site: dict[str, str]) -> None:
    box.store.add([{"TicketId": 2147483646, "Title": "\u65e5" * 40, "CreatedAt": "2024-11-15T08:30:00"}])
    names = "Title,OwnedByName,CreatedAt,PersonFullname,BaseStatus,TimeToReply,RealTimeToReply,Language"
    many = ("--select", names, "--api-names")
    for columns in (5, 20, 30, 50, 80, 132, 300):
        for select in ((), many):
            done = run("get", "439", "2147483646", *select, columns=columns, environment=site)
            lines = done.stdout.splitlines()
            assert any("2147483646" in line for line in lines)
            assert max(cell_len(line) for line in lines) <= max(columns, 13)  # what ten digits take
            assert not re.search(r"\d\u2026|\u2026\d", done.stdout)
            if columns >= 30:
                assert "Title" in done.stdout
            kept = sum(f" {name}" in f" {lines[1]} {lines[2]}" for name in many[1].split(","))
            left_out = re.search("Left out for lack of room: (.*); --format", done.stderr)
            if select and columns in (20, 30, 50):
                assert left_out is not None
                assert many[1].replace(",", ", ").endswith(left_out[1])
                assert kept + left_out[1].count(",") + 1 <= 8


def test_a_wide_enough_terminal_has_every_column(site: dict[str, str]) -> None:
    whole = run("get", "439", "829", columns=80, environment=site)
    assert whole.stdout.split()[:6] == ["Id", "Title", "Status", "Owner", "Customer", "Created"]
    assert run("get", "439", columns=50, environment=site).stdout.split()[:4] == ["Id", "Title", "Status", "Created"]
    assert run("get", "439", columns=20, environment=site).stdout.split()[:2] == ["Id", "Title"]


def test_the_command_line_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from superoffice.cli.main import main

    both = run("get", "1", "--site", SITE, "--sandbox")
    assert (both.returncode, "not both" in both.stderr) == (2, True)
    for name in [name for name in sys.modules if name.startswith("superoffice.cli.app")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "click", None)
    with pytest.raises(SystemExit):
        main()
    assert "superoffice-sdk[cli]" in capfd.readouterr().err
