"""What people type first: `--format` and `--out`, `--timeout`, `--retries` and `--verbose`."""

from __future__ import annotations

import csv
import json
import os
import re
import time
from inspect import signature
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import superoffice.errors
from superoffice import APIStatusError, BearerAuth, SuperOffice
from superoffice.cli.app import cli
from superoffice.cli.output import _ADVICE, in_options
from superoffice_sandbox import Sandbox

from ...support.faults import Faults, blackhole, status
from .test_cli import shell


@pytest.fixture
def site(box: Sandbox) -> dict[str, str]:
    return box.environ


def run(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    """Run the command in this process."""
    apart: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    own = dict.fromkeys(name for name in os.environ if name.startswith("SUPEROFFICE_"))
    return CliRunner(**apart).invoke(cli, arguments, env={**own, "COLUMNS": "80", **(environment or {})})


@pytest.mark.parametrize(
    ("option", "where"),
    [
        ("--user", "SUPEROFFICE_USER with SUPEROFFICE_PASSWORD"),
        ("--token", "credentials come from the environment alone"),
        ("--tenant", "set SUPEROFFICE_TENANT"),
        ("--secret", "No such option"),
        ("--langauge", "--language"),
        ("--columns", "--select names the fields"),
        ("--json", "--format chooses json, jsonl or csv"),
        ("-v", "--verbose shows each request"),
    ],
)
def test_an_unknown_option_is_told_without_its_value(option: str, where: str) -> None:
    done = run("get", "439", option, "s3cr3t")
    assert (done.exit_code, done.stdout) == (2, "")
    assert where in done.stderr
    assert "s3cr3t" not in done.stderr


@pytest.mark.parametrize("command", ["get", "export"])
def test_format_says_the_form_and_out_the_place(command: str, site: dict[str, str], tmp_path: Path) -> None:
    """Both commands take both, and standard output by `-`."""
    file = tmp_path / "tickets.txt"
    ids = ("439", "829", "--select", "OwnedByName", "--format", "csv")
    assert run(command, *ids, "--out", str(file), environment=site).exit_code == 0
    assert list(csv.reader(file.read_text().splitlines())) == [
        ["ticket_id", "owned_by_name"],
        ["439", "KL"],
        ["829", "SJ"],
    ]
    assert run(command, *ids, "--out", "-", environment=site).stdout == file.read_text()


@pytest.mark.parametrize("name", ["a.json", "a.JSONL", "a.ndjson", "a.csv", "a.txt", "a"])
def test_the_form_follows_the_files_extension(name: str, site: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / name
    done = run("get", "439", "829", "--select", "OwnedByName", "--out", str(file), environment=site)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    form = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}.get(file.suffix.lower(), "table")
    ids = ("439", "829", "--select", "OwnedByName", "--format", form)
    assert file.read_text() == run("get", *ids, environment=site).stdout or form == "table"
    assert "KL" in file.read_text()


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.feather", "a.csv.gz"])
def test_what_get_does_not_write_is_what_export_is_for(name: str, tmp_path: Path) -> None:
    done = run("get", "439", "--sandbox", "--out", str(tmp_path / name))
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "superoffice export does" in done.stderr


def test_output_is_told_by_its_new_names() -> None:
    done = run("get", "439", "--output", "csv")
    assert done.exit_code == 2
    assert "there is no --output; --format chooses how tickets are written, and --out the file" in done.stderr


def test_a_file_is_replaced_when_the_new_one_is_whole(site: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "tickets.jsonl"
    file.write_text("old")
    box.fault(status=500)
    assert run("get", "439", "--out", str(file), environment=site).exit_code == 3
    assert (file.read_text(), os.listdir(tmp_path)) == ("old", ["tickets.jsonl"])
    done = run("get", "439", "77777", "--out", str(file), environment=site)
    assert (done.exit_code, done.stderr) == (1, "Missing: ticket 77777\n")
    assert (json.loads(file.read_text())["TicketId"], os.listdir(tmp_path)) == (439, ["tickets.jsonl"])


def test_a_place_where_no_file_can_be_is_told_before_a_request(
    site: dict[str, str], box: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "ids.csv").write_text("439\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "ids.csv")
    before = len(box.requests)
    for out, code, said in (
        (tmp_path, 2, "is a directory"),
        (tmp_path / "none" / "a.csv", 2, "there is no folder"),
        (tmp_path / "link.csv", 2, "is a link; name another file with --out"),
    ):
        done = run("get", "439", "--out", str(out), environment=site)
        assert (done.exit_code, said in done.stderr) == (code, True), done.stderr
    ids = str(tmp_path / "ids.csv")
    done = run("get", "--ids-file", ids, "--out", ids, environment=site)
    assert (done.exit_code, "the ids are read from" in done.stderr) == (2, True)
    assert (len(box.requests), Path(ids).read_text()) == (before, "439\n")


@pytest.mark.parametrize("command", [["get"], ["export", "--out", "-", "--format", "jsonl"], ["doctor", "--ids", "1"]])
def test_a_request_ends_within_the_timeout(command: list[str]) -> None:
    with Faults(blackhole()) as server:
        ids = [] if command[0] == "doctor" else ["1"]
        begun = time.monotonic()
        done = run(*command, *ids, "--site", server.site, "--timeout", "0.3", environment={"SUPEROFFICE_TOKEN": "x"})
        assert time.monotonic() - begun < 20
    assert (done.exit_code, "within the time allowed" in done.stdout + done.stderr) == (3, True)


@pytest.mark.parametrize("value", ["0", "-1", "soon", "nan", "inf"])
def test_a_timeout_that_is_none_is_a_usage_error(value: str, site: dict[str, str]) -> None:
    done = run("get", "439", "--timeout", value, environment=site)
    assert (done.exit_code, "--timeout" in done.stderr) == (2, True)


@pytest.mark.parametrize("command", [["get"], ["export", "--out", "-", "--format", "jsonl"]])
def test_retries_has_the_number_of_a_program(command: list[str]) -> None:
    for retries in (0, 1, 2):
        with Faults(status(503, "Retry-After: 0")) as server:
            given = ("--site", server.site, "--retries", str(retries))
            assert run(*command, "1", *given, environment={"SUPEROFFICE_TOKEN": "x"}).exit_code == 3
            attempts = len(server.seen)
            client = SuperOffice(server.site, auth=BearerAuth("x"), retries=retries)
            with client, pytest.raises(APIStatusError):
                client.tickets.get(1)
            assert len(server.seen) == 2 * attempts
    assert run(*command, "1", "--sandbox", "--retries", "-1").exit_code == 2


@pytest.mark.parametrize(
    "command", [["get", "439"], ["export", "439", "--out", "-", "--format", "jsonl"], ["doctor", "--ids", "439"]]
)
@pytest.mark.off_document("the doctor asks on purpose what the document does not have")
def test_verbose_shows_each_request_on_standard_error(command: list[str], site: dict[str, str]) -> None:
    quiet, told = run(*command, environment=site), run(*command, "--verbose", environment=site)
    assert "POST /api/v1/Agents/Ticket/GetTickets: 200 in " in told.stderr
    assert "DEBUG" not in quiet.stderr
    assert told.exit_code == quiet.exit_code
    assert command[0] == "doctor" or told.stdout == quiet.stdout
    for secret in (site["SUPEROFFICE_USER"], site["SUPEROFFICE_PASSWORD"]):
        assert secret not in told.stderr


def test_a_log_of_requests_that_cannot_be_written_is_a_failure(site: dict[str, str]) -> None:
    done = shell("superoffice get 439 --format jsonl --verbose 2>/dev/full", site)
    assert (done.returncode, json.loads(done.stdout)["TicketId"]) == (3, 439)


OPTIONS = [
    pytest.param(command, option, id=f"{name} {option.opts[0]}")
    for name, command in cli.commands.items()
    if name != "sandbox"
    for option in command.params
    if isinstance(option, click.Option)
]


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_a_message_names_the_option_where_a_program_names_its_argument(
    command: click.Command, option: click.Option
) -> None:
    (name, long) = option.name, option.opts[0]
    for said, told in (
        (f"{name}='a b' is not known", f"{long} 'a b' is not known"),
        (f"{name}=5 is more", f"{long} 5 is more"),
        (f"start again with {name}=True, or not", f"start again with {long}, or not"),
        (f"leave .gz out, and set {name}=", f"leave .gz out, and set {long}"),
        (f"give a longer {name}=; {name}= takes a number", f"give a longer {long}; {long} takes a number"),
    ):
        assert in_options(said, command) == told
    for path in (f"{name}=5/a.csv", f"data/{name}='a'.csv", f"a/{name}=a/b.csv", f"other_{name}=5", "strict="):
        assert in_options(f"cannot write {path}", command) == f"cannot write {path}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["get", "1", "--time-zone", "Europe/Oslo"], "--time-zone 'Europe/Oslo' is not a time zone code"),
        (["get", "1", "--language", "English"], "--language 'English' is not an ISO 639-1 code"),
        (["get", "1", "--timeout", "nan"], "--timeout takes a number of seconds over 0"),
        (["get", "1", "--select", "Mood"], "for a field that only a newer server has, use raw:Name"),
        (["export", "1", "--out", "a.txt"], "end the file's name in one of "),
        (["export", "1", "--out", "a.txt"], ", or set --format\n"),
        (["export", "1", "--out", "a.csv", "--compression", "zip"], "--compression 'zip' does not go with csv"),
        (["export", "1", "--out", "a.parquet.gz"], "leave .gz out, and set --compression\n"),
        (["export", "1", "--out", "a.csv.gz", "--compression", "none"], "with --compression 'none'; leave out"),
        (["export", "1", "--out", "a.jsonl", "--csv-safe"], "--csv-safe goes with --format 'csv'"),
    ],
)
def test_a_refusal_speaks_of_options(
    arguments: list[str], said: str, site: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, environment=site)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert re.findall(r"\b[a-z_]+=", done.stderr) == []


def test_advice_on_a_failed_request_names_no_argument_of_a_program() -> None:
    for name in superoffice.errors.__all__:
        error = getattr(superoffice.errors, name)
        if issubclass(error, superoffice.errors.APIError):
            for command in ("get", "export", "doctor"):
                said = in_options(_ADVICE.get(name, error.advice), cli.commands[command])
                assert re.findall(r"\b[a-z_]+=", said) == [], name
