"""`superoffice export`, run as people run it."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import read_ipc, read_parquet, write_parquet
from click.testing import CliRunner, Result

from superoffice._window import Counts
from superoffice.cli.app import cli
from superoffice.cli.ids import GivenIds
from superoffice.cli.progress import ProgressDisplay, print_summary
from superoffice.export.result import ExportProgress, ExportResult
from superoffice_sandbox import Sandbox

from ...support.faults import Faults, Visit, answer, blackhole

COMMAND = str(Path(sys.executable).with_name("superoffice"))


@pytest.fixture
def environment(box: Sandbox) -> dict[str, str]:
    """What signs in to the sandbox."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
    site = box.environ
    return {**own, **site, "TERM": "dumb", "COLUMNS": "100"}


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run the command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "", **change: str) -> Result:
        apart: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
        return CliRunner(**apart).invoke(cli, ["export", *arguments], env={**environment, **change}, input=stdin)

    return run


def rows(path: Path) -> list[int]:
    return [json.loads(line)["TicketId"] for line in path.read_text().splitlines()]


def test_a_file_of_ids_becomes_a_file_of_tickets(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("1, 2\n439\n77777 2\n")
    command = [COMMAND, "export", "--ids-file", "ids.txt", "--out", "tickets.parquet"]
    options: dict[str, Any] = {
        "capture_output": True,
        "text": True,
        "env": environment,
        "cwd": tmp_path,
        "timeout": 300,
    }
    done = subprocess.run(command, check=False, **options)
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.splitlines()
    assert re.fullmatch(r"tickets.parquet: 3 tickets, [\d.]+ kB \([\d.]+ s, [\d,]+ ids a second\)", said[0])
    assert said[1] == "tickets.parquet.missing.txt: 1 missing id"
    assert re.fullmatch(r"1 repeated id exported once(, \d slow calls?)?", said[2])
    assert read_parquet(tmp_path / "tickets.parquet").read_all()["ticket_id"].to_pylist() == [1, 2, 439]
    again = subprocess.run(command, check=False, **options)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("tickets.parquet: 3 tickets, ")


def test_the_file_of_ids_is_not_written_over(run: Any, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("1\n")
    done = run("--ids-file", "ids.csv", "--out", "ids.csv")
    assert (done.exit_code, (tmp_path / "ids.csv").read_text()) == (2, "1\n")
    assert "the ids are read from ids.csv; name another file for the tickets with --out" in done.stderr
    done = run("--ids-file", "ids.csv", "--out", "a" * 300 + ".csv")
    assert (done.exit_code, "too long; choose another name or folder" in done.stderr) == (2, True), done.output


def test_a_sandbox_is_enough_to_try_it(run: Any) -> None:
    for _ in range(2):  # the second one has another port
        done = run("439", "829", "--out", "a.csv.gz", "--sandbox", "--select", "Title", SUPEROFFICE_SITE="")
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
def test_columns_have_attribute_names_or_those_of_the_api(form: str, run: Any, tmp_path: Path) -> None:
    by_attribute, by_api = ["ticket_id", "owned_by_name"], ["TicketId", "OwnedByName"]
    for option, expected in (((), by_api if form == "jsonl" else by_attribute), (("--api-names",), by_api)):
        path = tmp_path / f"{len(option)}.{form}"
        assert run("439", "--out", str(path), "--select", "owned_by_name", *option).exit_code == 0
        if form == "csv":
            assert path.read_text().splitlines()[0].split(",") == expected
        elif form == "jsonl":
            assert list(json.loads(path.read_text())) == expected
        else:
            assert (read_parquet if form == "parquet" else read_ipc)(path).read_all().column_names == expected


def test_standard_input_and_output(environment: dict[str, str], tmp_path: Path) -> None:
    command = [COMMAND, "export", "-", "--out", "-", "--format", "csv", "--select", "OwnedByName", "--quiet"]
    done = subprocess.run(
        command, check=False, env=environment, cwd=tmp_path, capture_output=True, input=b"439\n77777\n", timeout=300
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"ticket_id,owned_by_name\n439,KL\n", b"")
    assert not list(tmp_path.iterdir())


def test_missing_ids_are_named_where_there_is_no_file(run: Any) -> None:
    done = run("-", "--out", "-", "--format", "jsonl", stdin="439\n77777\n")
    assert done.exit_code == 1
    assert "ticket 77777: 1 missing id" in done.stderr


@pytest.mark.parametrize("source", ["<(seq 1 60)", "/dev/stdin", "<(echo id,x; seq 1 60) --id-column id"])
def test_a_pipe_is_read_once(source: str, environment: dict[str, str], tmp_path: Path) -> None:
    command = f"seq 1 60 | {COMMAND} export --ids-file {source} --out a.jsonl"
    options: dict[str, Any] = {"capture_output": True, "text": True, "env": environment, "cwd": tmp_path}
    done = subprocess.run(["/bin/bash", "-c", command], check=False, timeout=300, **options)
    assert (done.returncode, "a.jsonl: 50 tickets" in done.stderr) == (1, True), done.stderr
    assert rows(tmp_path / "a.jsonl") == [*range(1, 51)]


def test_a_column_of_a_file_holds_the_ids(run: Any, tmp_path: Path) -> None:
    Path("a.csv").write_text('\ufeffName;TicketId\r\n"a\nb";3\r\n\r\nc;1\r\n', newline="")
    assert run("--ids-file", "a.csv", "--id-column", "TicketId", "--out", "a.jsonl").exit_code == 0
    assert rows(tmp_path / "a.jsonl") == [3, 1]
    write_parquet(Table.from_pydict({"id": Array([2, 1], DataType.int64())}), "one.parquet")
    assert run("--ids-file", "one.parquet", "--out", "b.jsonl").exit_code == 0
    assert rows(tmp_path / "b.jsonl") == [2, 1]
    several = {"a": Array([5, 5], DataType.int64()), "id": Array(["4", "3"], DataType.string())}
    write_parquet(Table.from_pydict(several), "two.parquet")
    assert run("--ids-file", "two.parquet", "--id-column", "id", "--out", "c.jsonl").exit_code == 0
    assert rows(tmp_path / "c.jsonl") == [4, 3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ids-file", "bad.txt"], "bad.txt, line 2: 'x' is not a ticket id\nbad.txt, line 4: '0' is not"),
        (["--ids-file", "one.csv"], "--id-column names the column"),
        (
            ["--ids-file", "bad.csv"],
            "bad.csv has several columns; name that of the ids with --id-column: it has 'Id', ",
        ),
        (["--ids-file", "bad.csv", "--skip-bad"], "bad.csv has several columns; name that of the ids with --id-column"),
        (["--ids-file", "bad.csv", "--id-column", "Id"], "line 3: '' is not a ticket id\nbad.csv, line 4: '2.0'"),
        (["--ids-file", "bad.csv", "--id-column", "id"], "bad.csv has no column 'id'; it has 'Id', 'Name '"),
        (["--ids-file", "bad.parquet"], "bad.parquet has several columns; name that of the ids with --id-column"),
        (["--ids-file", "bad.parquet", "--id-column", "x"], "bad.parquet has no column 'x'; it has 'a', 'b'"),
        (["--ids-file", "table.dat", "--id-column", "x"], "table.dat has no column 'x'; it has 'a', 'b'"),
        (["--ids-file", "bad.parquet", "--id-column", "a"], "bad.parquet, row 2: None is not a ticket id"),
        (
            ["--ids-file", "gaps.parquet"],
            "gaps.parquet: column 'id' holds numbers with a point, which are not ids",
        ),
        (["--ids-file", "gaps.parquet", "--skip-bad"], "leave its empty rows out first: in pandas, ids.dropna()"),
        (["--ids-file", "text.parquet"], "text.parquet is not a whole Parquet file"),
        (["--ids-file", "cut.parquet"], "cut.parquet is not a whole Parquet file"),
        (["--ids-file", "short.parquet"], "short.parquet is not a whole Parquet file"),
        (["--ids-file", "damaged.parquet"], "damaged.parquet is damaged: "),
        (["--ids-file", "end.parquet"], "end.parquet is damaged: "),
        (["--ids-file", "many.txt"], "... and 15 more"),
        (["1", "--id-column", "a"], "--id-column goes with --ids-file"),
        (["99999999999999999999999"], "'99999999999999999999999' is not a ticket id"),
        ([], "name ticket ids, a file of them with --ids-file, or - for standard input"),
        (["1", "--format", "jsonl", "--csv-safe"], "--csv-safe goes with --format 'csv'"),
        (["1", "--sandbox"], "give --site or --sandbox, not both"),
        (["1", "--select", "Titel"], "did you mean 'Title'"),
    ],
)
def test_usage_errors_are_told_before_anything_is_sent(run: Any, box: Sandbox, arguments: list[str], said: str) -> None:
    Path("bad.txt").write_text("1\nx\n2\n0\n")
    Path("one.csv").write_text("Id\n1\n")
    Path("bad.csv").write_text("Id,Name \n1,a\n,b\n2.0,c\n")
    Path("many.txt").write_text("x\n" * 25)
    Path("text.parquet").write_text("no Parquet")
    write_parquet(Table.from_pydict({"id": Array([439, None], DataType.float64())}), "gaps.parquet")
    columns = {"a": Array([1, None], DataType.int32()), "b": Array([1, 2], DataType.int32())}
    write_parquet(Table.from_pydict(columns), "bad.parquet")
    Path("table.dat").write_bytes(Path("bad.parquet").read_bytes())
    Path("cut.parquet").write_bytes(Path("bad.parquet").read_bytes()[:-9])
    Path("short.parquet").write_bytes(b"PAR1")
    write_parquet(Table.from_pydict({"id": Array(range(1, 999), DataType.int32())}), "one.parquet")
    whole = Path("one.parquet").read_bytes()
    Path("damaged.parquet").write_bytes(whole[:4] + bytes(900) + whole[904:])
    Path("end.parquet").write_bytes(b"PAR1" + bytes(40) + b"\x20\0\0\0PAR1")
    box.requests.clear()
    site = ("--site", box.site) if "--sandbox" in arguments else ()
    done = run(*arguments, *site, "--out", "tickets.csv" if "--format" not in arguments else "a")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert not box.requests
    assert not Path("tickets.csv.export").exists()


JSON = {
    "a list": "[439, 829]",
    "on several lines": '\ufeff\n [\n  439,\r\n  "829"\n]\n',
    "tickets of ours": '[{"TicketId": 439, "Title": "x", "id": 7}, {"Title": [1], "TicketId": 829}]',
    "other names": '[{"ticketId": 439}, {"ticket_id": "829"}]',
    "other names again": '[{"ID": 439}, {"PRIMARYKEY": 829}]',
    "lines": '{"TicketId": 439}\n\n{"id":829}\n',
    "lines of lists": "[439]\n[829]\n",
    "one after another": '{\n "id": 439\n}\n{\n "id": 829\n}\n',
    "a page": '{"odata.metadata": "https://x/$metadata", "odata.nextLink": null, "value": [{"PrimaryKey": "439", '
    '"EntityName": "ticket", "ticketId": 439}, {"PrimaryKey": "829", "EntityName": "ticketdisplayclosed"}]}',
    "a page of the agent": '{"RowCount": 2, "Rows": [{"PrimaryKey": 439, "ColumnData": {}}, {"PrimaryKey": 829}]}',
    "a call's body": '{"TicketIds": [439, 829]}',
    "web hooks": '{"EventId": "e1", "Event": "ticket.created", "PrimaryKey": 439, "Entity": "ticket"}'
    '\n{"Event": "ticket.changed", "PrimaryKey": 829}',
}


@pytest.mark.parametrize("text", JSON.values(), ids=JSON)
def test_ids_are_read_from_json(text: str, run: Any, tmp_path: Path) -> None:
    Path("ids.json").write_text(text, newline="")
    assert list(GivenIds((), tmp_path / "ids.json")) == [439, 829]
    assert run("--ids-file", "ids.json", "--out", "a.jsonl").exit_code == 0
    assert run("-", "--out", "b.jsonl", stdin=text).exit_code == 0
    assert rows(tmp_path / "a.jsonl") == rows(tmp_path / "b.jsonl") == [439, 829]


@pytest.mark.parametrize(
    "text", ['[{"Case": 439}, {"Case": 829, "id": 1}]', '{"value": [{"Case": 439}, {"Case": "829"}]}']
)
def test_an_option_names_the_member_of_objects(text: str, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text(f"\ufeff{text}")
    assert list(GivenIds((), tmp_path / "ids", column="Case")) == [439, 829]
    (tmp_path / "ids").write_text('{"Case": 439}\n{"Case": 829}')
    assert list(GivenIds((), tmp_path / "ids", column="Case")) == [439, 829]
    (tmp_path / "sql.csv").write_text("[Case],Name\n439,x\n829,y\n")
    assert list(GivenIds((), tmp_path / "sql.csv", column="[Case]")) == [439, 829]


REFUSED = {
    '[439, 829.0, true, null, "x", "1,234", [1], {}]': [
        *("element 2: '829.0' is no", "element 3: 'true' is no", "element 4: 'null'", "element 5: 'x'"),
        *(
            "element 6: '1,234' is not a ticket id; write 1234",
            "element 7: '[\"1\"]'",
            "element 8: '{}' is not a ticket id; give a list",
        ),
    ],
    '{"data": [{"id": 1}]}': ["or objects with TicketId", "--id-column names the field"],
    '{"Event": "contact.changed", "PrimaryKey": 439}': ["is not a ticket id"],
    '[{"PrimaryKey": 439, "Entity": "ticketMessage"}, {"id": 439, "EntityName": "contact"}]': [
        "element 1: ",
        "element 2: ",
    ],
    '{"id": 439}\n{"id": 829\nnull': ["line 2: '{\"id\": 829' is no", "line 3: 'null' is no"],
    "[439 829]": ["begins like JSON, and cannot be read as such: Expecting ',' delimiter", "such as [439, 829]"],
    "[" * 10_000: ["cannot be read as such: "],
    '[{"id": NaN}]': ["is not a ticket id"],
    "[" + "9" * 5_000 + "]": ["element 1: '9999"],
    "439\n1,234\n829\n": ["line 2: '1,234' is not a ticket id; write 1234 for one id, and each of several in a line"],
    "439\n\n1 234": ["line 3: '1 234' is not a ticket id; write 1234"],
    "1,234\n439": ["line 1: '1,234' is no"],
    "1,234,567;\n439;": ["line 1: '1,234,567' is not a ticket id; write 1234567 for one"],
    "12,345\n12,346\n": ["line 1: '12,345' is no", "line 2: '12,346' is no"],
    "1.234": ["'1.234' is no"],
    "439.0": ["'439.0' is no", "in pandas, ids.dropna().astype(int)"],
    "1'234": ['"1\'234" is no'],
    "1_234": ["'1_234' is no"],
    "1\xa0234": ["'1\\xa0234' is no"],
    "1\u202f234": ["'1\\u202f234' is no"],
    "1\u2009234": ["'1\\u2009234' is no"],
    "\u0664\u0663\u0669": ["is not a ticket id"],
    '"439"': ["'\"439\"' is no"],
}


@pytest.mark.parametrize(("text", "said"), REFUSED.items(), ids=[text[:30] for text in REFUSED])
def test_what_may_be_no_id_is_refused_with_what_to_do(text: str, said: list[str], run: Any, box: Sandbox) -> None:
    Path("ids.json").write_text(text)
    done = run("-", "--out", "b.jsonl", stdin=text)  # which asks for what stands before
    assert (done.exit_code, said[0].partition("; --id-column")[0] in done.stderr) == (2, True)
    box.requests.clear()
    done = run("--ids-file", "ids.json", "--out", "a.jsonl")
    assert done.exit_code == 2
    assert [each for each in said if each not in done.stderr] == []
    assert not box.requests


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("439,829\n", [439, 829]),
        ("\n439 829\n\n", [439, 829]),
        ("439,829,123\n", [439, 829, 123]),
        ("5,6\n1,234\n", [5, 6, 1, 234]),
        ("1,234\n5,6\n", [1, 234, 5, 6]),
        ("439,829; 7\n8\n", [439, 829, 7, 8]),
        ("439,829,123,456,789\n1\n", [439, 829, 123, 456, 789, 1]),  # more digits than an id has
        ("439,\n829,\n", [439, 829]),
        ("439\xa0\r\n\u2003829\r7", [439, 829, 7]),
        ("439, \xa0, 829", [439, 829]),
        (",,,\n439", [439]),
        ("", []),
    ],
)
def test_lists_stay_lists(text: str, ids: list[int], tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text(text, newline="")
    assert list(GivenIds((), tmp_path / "ids.txt")) == ids


def test_a_heading_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("Ids of tickets\n1,234\n439\n")
    assert list(GivenIds((), tmp_path / "ids.txt", skip_bad=True)) == [439]


def test_ids_of_arguments_stay_lists() -> None:
    assert list(GivenIds(("439,829", "7", "1 234"), None)) == [439, 829, 7, 1, 234]


@pytest.mark.parametrize(
    "command", ["--ids-file /dev/zero", "- < /dev/zero", "--ids-file /dev/zero --id-column x --skip-bad"]
)
def test_what_never_ends_is_refused(command: str, environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", f"ulimit -v 4000000; {COMMAND} get {command}"], env=environment, cwd=tmp_path, check=False,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (done.returncode, "line 1 does not end within 67,108,864 characters" in done.stderr) == (2, True), (
        done.stderr
    )


@pytest.mark.parametrize(
    "content", ["yes 439 | tr -d '\\n'", "yes '[' | tr -d '\\n'", "(echo '['; yes 439,)", "yes | tr -d '\\n'"]
)
@pytest.mark.parametrize("more", ["", " --skip-bad"])
def test_a_pipe_that_never_ends_is_refused(content: str, more: str, environment: dict[str, str]) -> None:
    line = f"ulimit -v 4000000; {COMMAND} get --ids-file <({content}){more}"
    done = subprocess.run(
        ["/bin/bash", "-c", line], env=environment, check=False, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, "67,108,864 characters" in done.stderr) == (2, True), done.stderr


def test_a_file_that_cannot_be_read_is_told(environment: dict[str, str]) -> None:
    for source, said in (
        ("--ids-file /proc/self/mem", "/proc/self/mem cannot be read: "),
        ("- 0>/dev/null", "standard input cannot be read: "),
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{COMMAND} get {source}"], env=environment, check=False, capture_output=True, text=True,
            timeout=300,
        )  # fmt: skip
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("text", [b"439\n\xff\n", "439".encode("utf-16"), b"439\n" * 5_000 + b"\xe9"])
def test_standard_input_that_is_no_text_is_told(text: bytes, environment: dict[str, str]) -> None:
    for odd in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        done = subprocess.run(
            [COMMAND, "get", "-"], env={**environment, **odd}, check=False, capture_output=True, input=text, timeout=300
        )
        assert (done.returncode, b"standard input is not text in UTF-8; save it as such" in done.stderr) == (2, True)


def test_a_csv_file_of_ids_alone_needs_no_column(run: Any, tmp_path: Path) -> None:
    Path("ids.csv").write_text(f"3,1{',1' * 100_000}\n2,x\n")
    assert run("--ids-file", "ids.csv", "--skip-bad", "--out", "a.jsonl").exit_code == 0
    assert rows(tmp_path / "a.jsonl") == [3, 1, 2]


def test_ctrl_c_is_no_damage_of_a_parquet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(Table.from_pydict({"id": Array([3, 1], DataType.int32())}), tmp_path / "ids.parquet")

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    assert list(GivenIds((), tmp_path / "ids.parquet")) == [3, 1]
    monkeypatch.setattr("arro3.io.read_parquet", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(GivenIds((), tmp_path / "ids.parquet"))


def test_parquet_is_not_read_from_a_pipe(environment: dict[str, str], tmp_path: Path) -> None:
    write_parquet(Table.from_pydict({"id": Array([1], DataType.int32())}), tmp_path / "ids.parquet")
    command = f"{COMMAND} get --ids-file <(cat ids.parquet)"
    done = subprocess.run(
        ["/bin/bash", "-c", command], env=environment, cwd=tmp_path, check=False, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert "is a pipe, and Parquet is read from its end; save it in a file" in done.stderr


def test_closed_standard_input_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    for command in ("export - --out a.csv", "get -"):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{COMMAND} {command} <&-"], env=environment, cwd=tmp_path, check=False,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert (done.returncode, "standard input is closed" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Id,Name\n439,x\n829,"unclosed\n1,x\n', "line 3 is not CSV: unexpected end of data"),
        ('Id,Name\n439,"two\nlines"\n829,"unclosed\n1,"x"\n', "line 4 is not CSV: ',' expected after '\"'"),
        (f"Id,Name\n\n439,{'x' * 17_000_000}\n", "line 3 is not CSV: field larger than field limit"),
        (f"Id,{'x' * 17_000_000}\n439,x\n", "line 1 is not CSV: field larger than field limit"),
    ],
    ids=["to the end", "to another", "too long", "too long a name"],
)
def test_a_csv_file_that_is_broken_is_refused(run: Any, text: str, said: str) -> None:
    Path("ids.csv").write_text(text)
    done = run("--ids-file", "ids.csv", "--id-column", "Id", "--skip-bad", "--out", "a.jsonl")
    assert (done.exit_code, f"ids.csv: the row that begins in {said}" in done.stderr) == (2, True), done.stderr
    assert not Path("a.jsonl.export").exists()


def test_a_cell_may_be_long(run: Any, tmp_path: Path) -> None:
    usual = csv.field_size_limit()
    Path("ids.csv").write_text(f"Id,Name\n439,{'x' * 200_000}\n")
    assert run("--ids-file", "ids.csv", "--id-column", "Id", "--out", "a.jsonl").exit_code == 0
    assert rows(tmp_path / "a.jsonl") == [439]
    assert csv.field_size_limit() == usual


def test_bad_lines_are_left_out_where_asked(run: Any, box: Sandbox, tmp_path: Path) -> None:
    Path("ids.txt").write_text("1\nTicket 2\n")
    box.fault(status=503)
    done = run("--ids-file", "ids.txt", "--skip-bad", "--out", "a.jsonl", "--select", "Title")
    assert done.exit_code == 0
    assert "Left out:\nids.txt, line 2: 'Ticket' is not a ticket id\n" in done.stderr
    assert "1 bad id left out, 1 retry" in done.stderr
    assert "trying again" not in done.stderr  # it is no terminal
    assert rows(tmp_path / "a.jsonl") == [1, 2]


def test_a_bad_line_of_standard_input_ends_it_after_what_came(run: Any, tmp_path: Path) -> None:
    done = run("-", "--out", "a.jsonl", stdin="1\nx\n2\n")
    assert done.exit_code == 2
    assert (
        "standard input, line 2: 'x' is not a ticket id\nIds are whole numbers from 1 to 2147483647; --skip-bad"
        in done.stderr
    )
    done = run("-", "--out", "a.jsonl", stdin="2\n2\n")
    assert (done.exit_code, "begun with other ids" in done.stderr) == (2, True)
    assert run("-", "--out", "a.jsonl", "--skip-bad", stdin="1\nx\n2\n").exit_code == 0
    assert rows(tmp_path / "a.jsonl") == [1, 2]


def test_without_the_extra_the_command_says_what_to_install(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("ids.parquet").write_text("")
    monkeypatch.setitem(sys.modules, "arro3.io", None)
    monkeypatch.setitem(sys.modules, "arro3.core", None)
    for arguments in (("--ids-file", "ids.parquet", "--out", "a.csv"), ("1", "--out", "a.parquet")):
        done = run(*arguments)
        assert done.exit_code == 2
        assert "pip install 'superoffice-sdk[export]'" in done.stderr


def test_a_failure_says_what_is_kept(run: Any, box: Sandbox, tmp_path: Path) -> None:
    some, ids = (" ".join(map(str, range(1, last))) for last in (101, 301))
    assert run("-", "--out", "a.jsonl", stdin=f"{some} x").exit_code == 2
    box.fault(status=401, times=100)
    try:
        done = run("-", "--out", "a.jsonl", stdin=ids)
    finally:
        box.faults.clear()
    assert done.exit_code == 3
    assert "Error: the server did not accept the credentials (401)" in done.stderr
    assert "a.jsonl: 100 ids are done; the same command resumes from there." in done.stderr
    Path("ids.txt").write_text(ids)
    box.fault(status=401, times=100)
    try:
        done = run("--ids-file", "ids.txt", "--out", "b.jsonl")
    finally:
        box.faults.clear()
    assert "b.jsonl: no ticket had come yet; the same command starts from the beginning." in done.stderr
    assert run("-", "--out", "a.jsonl", stdin=ids).exit_code == 1
    assert rows(tmp_path / "a.jsonl") == [*range(1, 51)]


@pytest.mark.parametrize("source", ["five.txt", "-"])
def test_a_stopped_restart_goes_on_as_it_says(
    source: str, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = "\n".join(map(str, range(1, 251)))
    Path("five.txt").write_text(ids)
    given = ["--ids-file", source] if source != "-" else ["-"]
    command = [*given, "--out", "a.jsonl", "--restart"]
    tell = ProgressDisplay.__call__

    def stop(self: ProgressDisplay, progress: ExportProgress) -> None:
        tell(self, progress)
        if progress.asked >= 100:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ProgressDisplay, "__call__", stop)
        done = run(*command, stdin=ids)
    assert done.exit_code == 130
    said = r"Stopped.\na.jsonl: 100( of 250)? ids are done; the same command without --restart resumes from there.\n"
    assert re.fullmatch(said, done.stderr)
    told: list[ExportProgress] = []
    monkeypatch.setattr(ProgressDisplay, "__call__", lambda self, progress: told.append(progress))
    assert run(*command[:-1], stdin=ids).exit_code == 1
    assert told[0].asked == 100
    assert rows(tmp_path / "a.jsonl") == [*range(1, 51)]


def test_a_full_disk_is_a_failure(run: Any) -> None:
    Path("a.csv.export").write_text("in the folder's place")
    done = run("1", "--out", "a.csv")
    assert done.exit_code == 3
    assert "cannot write a.csv.export" in done.stderr


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_standard_output_that_is_full_is_a_failure(environment: dict[str, str], form: str) -> None:
    command = [COMMAND, "export", "439", "--out", "-", "--format", form]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command, check=False, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=300
        )
    said = "Error: cannot write standard output: No space left on device; what it holds is not whole\n"
    assert (done.returncode, done.stderr) == (3, said)


def test_who_reads_standard_output_may_leave(environment: dict[str, str]) -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    command = [COMMAND, "export", "439", "--out", "-", "--format", "csv"]
    done = subprocess.run(
        command, check=False, env=environment, stdout=ours, stderr=subprocess.PIPE, text=True, timeout=300
    )
    os.close(ours)
    assert (done.returncode, done.stderr) == (1, "")


def test_what_a_full_disk_kept_is_not_guessed(environment: dict[str, str], tmp_path: Path) -> None:
    unmeasured = {name: value for name, value in environment.items() if not name.startswith("COVERAGE")}  # by files
    command = f"ulimit -f 20; exec {COMMAND} export --ids-file ids.txt --out tickets.jsonl"
    (tmp_path / "ids.txt").write_text("\n".join(map(str, range(1, 51))))
    options: dict[str, Any] = {
        "capture_output": True,
        "text": True,
        "env": unmeasured,
        "cwd": tmp_path,
        "timeout": 300,
    }
    done = subprocess.run(["/bin/sh", "-c", command], check=False, **options)
    said = r"Error: cannot write tickets.jsonl.export/\w+: .*; .* the same export (resumes|again)\n"
    assert done.returncode == 3
    assert re.fullmatch(said, done.stderr)


def wait_for(what: Any) -> None:
    deadline = time.monotonic() + 300
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def given(visit: Visit) -> None:
    ids = json.loads(visit.body)["TicketIds"]
    await visit.send(answer(json.dumps([{"TicketId": id_} for id_ in ids if id_ <= 50 or id_ == 439]).encode()))


async def strange(visit: Visit) -> None:
    ids = json.loads(visit.body)["TicketIds"]
    await visit.send(answer(json.dumps([{"TicketId": id_} for id_ in (*ids, 900_001)]).encode()))


def test_tickets_that_nobody_asked_for_are_in_the_summary(run: Any, tmp_path: Path) -> None:
    with Faults(strange) as server:
        done = run("1", "2", "--out", "a.jsonl", SUPEROFFICE_SITE=server.site)
    assert (done.exit_code, rows(tmp_path / "a.jsonl")) == (0, [1, 2])
    assert "1 ticket left out that nobody asked for" in done.stderr


def test_ctrl_c_keeps_what_came(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("\n".join(map(str, range(1, 501))))
    # What runs in the background of a shell would not notice Ctrl-C otherwise.
    code = (
        "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from superoffice.cli.main import main; main()"
    )
    command = [sys.executable, "-c", code, "export", "--ids-file", "ids.txt", "--out", "a.jsonl"]
    options: dict[str, Any] = {"env": environment, "cwd": tmp_path, "stderr": subprocess.PIPE, "text": True}
    with Faults(given, given, blackhole()) as server:
        environment["SUPEROFFICE_SITE"] = server.site
        with subprocess.Popen(command, **options) as process:
            wait_for(lambda: len(server.seen) >= 3)
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=300)[1]
        server.scripts[:] = [given]
        done = subprocess.run(command, check=False, timeout=300, **options)
    assert process.returncode == 130
    assert re.search(r"^Stopped.\na.jsonl: ([12]00 of 500 ids are done; the same|no ticket had come yet)", errors)
    assert done.returncode == 1
    assert rows(tmp_path / "a.jsonl") == [*range(1, 51), 439]


def test_a_terminal_shows_how_far_it_is(environment: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [COMMAND, "export", *map(str, range(1, 4)), "77777", "--out", "a.jsonl"]
    box.fault(status=503)
    shown = {**environment, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, env=shown, cwd=tmp_path, stderr=theirs) as process:
        os.close(theirs)
        text = "".join(_read(ours))
        process.wait(300)
    assert "attempt 1: 503; trying again in" in text
    assert "4 of 4 ids" in text
    assert "3 rows" in text
    assert "1 missing, 1 retries" in text
    assert "a.jsonl: 3 tickets" in text
    assert process.returncode == 1


def test_rows_a_second_are_those_that_came() -> None:
    shown = ProgressDisplay(quiet=True)
    shown._bar.get_time = lambda: 0.0
    shown(ExportProgress(total=4_000_000))
    shown._bar.get_time = lambda: 10.0
    shown(ExportProgress(total=4_000_000, asked=10_000, received=5_000))
    shown._bar.get_time = lambda: 20.0
    shown(ExportProgress(total=4_000_000, asked=20_000, received=15_000, missing=5_000))
    (task,) = shown._bar.tasks
    assert "20,000 of 4,000,000 ids  [dim]15,000 rows, 750/s[/]" in task.description


def _read(terminal: int) -> Iterator[str]:
    try:
        while content := os.read(terminal, 4096):
            yield content.decode(errors="replace")
    except OSError:  # Linux says so where macOS gives nothing: the other end is closed
        pass
    finally:
        os.close(terminal)


def test_a_summary_says_what_it_came_to(capsys: pytest.CaptureFixture[str]) -> None:
    given: dict[str, Any] = {
        "path": Path("a.csv"),
        "missing_path": None,
        "problems_path": None,
    }
    result = ExportResult(
        counts=Counts(received=1_234_567, problems=2, retries=1, slow=4), missing=[], repeated=3, seconds=3_725,
        size=9_876_543_210, resumed=0, **given,
    )  # fmt: skip
    print_summary(result, skipped=0)
    assert capsys.readouterr().err == (
        "a.csv: 1,234,567 tickets, 9.9 GB (1:02:05, 331 ids a second)\n"
        "null or left out: 2 problems with what came\n"
        "3 repeated ids exported once, 1 retry, 4 slow calls\n"
    )


def test_shells_complete_its_options(environment: dict[str, str]) -> None:
    for words, offered in (
        ("superoffice export --compression z", "plain,zstd"),
        ("superoffice export --format csv --compression g", "plain,gzip"),
        ("superoffice export --format p", "plain,parquet"),
        ("superoffice export --select Title,Own", "plain,Title,OwnedByName"),
    ):
        asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        done = subprocess.run(
            [COMMAND], env={**environment, **asked, "_SUPEROFFICE_COMPLETE": "bash_complete"}, capture_output=True,
            text=True, check=False, timeout=300,
        )  # fmt: skip
        assert offered in done.stdout.splitlines()
