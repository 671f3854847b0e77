"""The formats of an export's file, and open files, over real HTTP."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import pytest
from arro3.core import DataType
from arro3.io import read_ipc, read_ipc_stream, read_parquet

from superoffice import (
    AsyncSuperOffice,
    AuthenticationError,
    ConfigurationError,
    ExportError,
    ExportProgress,
    ExportResult,
    SuperOffice,
    fields,
)
from superoffice.export.text import _cell
from superoffice_sandbox import Sandbox

from ...support.exports import IDS, SELECT, Exports, Foreign, Stop, names, stops_at
from ...support.wire import SITE, transport

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize("api_names", [None, True, False])
@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "csv", "csv.gz", "parquet", "arrow"])
def test_every_id_is_in_the_file_once_or_missing(
    ending: str, api_names: bool | None, tmp_path: Path, client: SuperOffice
) -> None:
    path = tmp_path / f"tickets.{ending}"
    result = client.tickets.export(IDS, path, select=SELECT, api_names=api_names)
    assert (result.path, result.tickets, list(result.missing), result.repeated) == (path, 51, [77_777], 2)
    assert (result.problems, result.problems_path, result.resumed) == (0, None, 0)
    assert result.size == path.stat().st_size
    assert result.missing_path is not None
    assert result.missing_path.read_text() == "77777\n"
    assert names(tmp_path) == {path.name, f"{path.name}.missing.txt"}
    by_api = "jsonl" in ending if api_names is None else api_names
    batch = client.tickets.get_many([*range(50, 0, -1), 439], select=SELECT)
    whole, attributes = batch.to_dicts(api_names=by_api), {str(field): field.attribute for field in fields(SELECT)}
    at = {name: name if by_api else attribute for name, attribute in ({"TicketId": "ticket_id"} | attributes).items()}
    assert list(whole[0]) == list(at.values())
    if "jsonl" in ending:
        text = gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes()
        found = [json.loads(line) for line in text.splitlines()]
        assert [row[at["Title"]] for row in found] == [row[at["Title"]] for row in whole]
        assert found[-1][at["TableRight"]] == whole[-1][at["TableRight"]]
        assert list(found[0]) == list(whole[0])
    elif "csv" in ending:
        text = gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes()
        listed = list(csv.reader(text.decode().splitlines()))
        assert listed[0] == list(whole[0])
        assert [(int(row[0]), row[1]) for row in listed[1:]] == [tuple(row.values())[:2] for row in whole]
        assert json.loads(listed[-1][5]) == whole[-1][at["TableRight"]]
    else:
        table = (read_parquet if ending == "parquet" else read_ipc)(path).read_all()
        assert table.column_names == list(whole[0])
        for name in ("TicketId", "Title", "CreatedAt", "OwnedByName"):
            assert table[at[name]].to_pylist() == [row[at[name]] for row in whole]
        assert str(table.schema.field(at["TimeToReply"]).type) == str(DataType.duration("s"))
        assert DataType.is_dictionary(table.schema.field(at["OwnedByName"]).type) is (ending == "parquet")


def test_a_notebook_reads_a_file_as_it_reads_a_batch(client: SuperOffice, tmp_path: Path) -> None:
    client.tickets.export([439, 829], tmp_path / "a.parquet")
    table, file = client.tickets.get_many([439, 829]).to_arrow(), read_parquet(tmp_path / "a.parquet").read_all()
    assert file.column_names == table.column_names
    for name in table.column_names:
        assert file[name].to_pylist() == table[name].to_pylist()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("ids", [[], [77_777, 77_778]])
def test_no_tickets_make_a_whole_file(export: Exports, ids: list[int], ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"tickets.{ending}"
    result = export(ids, path, select=["Title"])
    assert (result.tickets, list(result.missing)) == (0, ids)
    if ending == "csv":
        assert path.read_text() == "ticket_id,title\n"
    elif ending == "jsonl":
        assert path.read_bytes() == b""
    else:
        table = (read_parquet if ending == "parquet" else read_ipc)(path).read_all()
        assert (table.column_names, table.num_rows) == (["ticket_id", "title"], 0)


def test_what_does_not_decode_is_null_and_told(tmp_path: Path) -> None:
    body = [
        {"TicketId": 1, "Title": 5, "CustId": 2**40},
        {"TicketId": 2, "Title": "fine", "FieldProperties": {"A": {"FieldLength": 2**40}}},
        {"TicketId": "three"},
    ]
    with SuperOffice(SITE, transport=transport(body)) as client:
        for ending, lost in (("jsonl", 0), ("parquet", 2)):
            path = tmp_path / f"tickets.{ending}"
            result = client.tickets.export([1, 2, 3], path)
            assert (result.tickets, list(result.missing), result.problems) == (2, [3], 2 + lost)
            assert result.problems_path is not None
            told = result.problems_path.read_text().splitlines()
            assert told[0] == "ticket 1, Title: 5 does not decode (Expected `str | null`, got `int`)"
            assert len(told) == result.problems
            file = BytesIO()
            same = client.tickets.export([1, 2, 3], file, format="parquet" if lost else "jsonl")
            assert (same.tickets, list(same.missing), same.problems) == (2, [3], 2 + lost)
        table = read_parquet(path).read_all()
        assert (table["cust_id"].to_pylist(), table["title"].to_pylist()) == ([None, None], [None, "fine"])

    async def go() -> ExportResult:
        async with AsyncSuperOffice(SITE, transport=transport(body)) as client:
            return await client.tickets.export([1, 2, 3], tmp_path / "async.jsonl")

    assert anyio.run(go).tickets == 2


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
def test_an_open_file_is_written_to_as_tickets_come(form: Any, client: SuperOffice, tmp_path: Path) -> None:
    file, told = BytesIO(), list[ExportProgress]()
    small = client.with_options(batch_size=10)
    result = small.tickets.export(IDS, file, format=form, select=["Title"], progress=told.append)
    path = tmp_path / "file"
    small.tickets.export(IDS, path, format=form, select=["Title"])
    if form == "arrow":  # a stream, which needs no way back
        table, same = read_ipc_stream(file.getvalue()).read_all(), read_ipc(path).read_all()
        assert [table[name].to_pylist() for name in table.column_names] == [
            same[name].to_pylist() for name in same.column_names
        ]
    else:
        assert file.getvalue() == path.read_bytes()
    assert (result.path, result.tickets, list(result.missing), result.size) == (
        None,
        51,
        [77_777],
        len(file.getvalue()),
    )
    assert (result.repeated, told[-1].asked, told[-1].total) == (2, 52, None)
    assert small.tickets.export(range(77_777, 77_797), BytesIO(), format=form).tickets == 0


class Full(BytesIO):
    """An open file that takes nothing more."""

    def write(self, _: Any) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_an_open_file_that_fails_is_told(form: Any, client: SuperOffice, box: Sandbox) -> None:
    with pytest.raises((OSError, ExportError), match="No space left"):
        client.tickets.export([1], Full(), format=form)
    box.fault(status=401)
    with pytest.raises(AuthenticationError):
        client.tickets.export([1], BytesIO(), format=form)
    box.faults.clear()
    with pytest.raises(Stop):
        client.tickets.export([1], BytesIO(), format=form, progress=stops_at(0))


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", "lz4", "brotli", "none"])
def test_parquet_and_arrow_are_compressed_as_asked(compression: str, client: SuperOffice, tmp_path: Path) -> None:
    client.tickets.export(range(1, 9), tmp_path / "a.parquet", select=["Title"], compression=compression)
    assert read_parquet(tmp_path / "a.parquet").read_all().num_rows == 8
    if compression in ("zstd", "lz4", "none"):
        client.tickets.export(range(1, 9), tmp_path / "a.feather", select=["Title"], compression=compression)
        assert read_ipc(tmp_path / "a.feather").read_all().num_rows == 8


def test_formulas_are_guarded_where_asked(tmp_path: Path) -> None:
    with SuperOffice(SITE, transport=transport([{"TicketId": 1, "Title": "=1+1"}])) as client:
        client.tickets.export([1], tmp_path / "a.csv", select=["Title"], csv_safe=True)
    assert (tmp_path / "a.csv").read_text() == "ticket_id,title\n1,'=1+1\n"


UNSEEN = [
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\v",
    "\f",
    "\x00",
    "\xa0",
    "\u2003",
    "\u3000",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u202e",
    "\xad",
]
FORMULAS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\u207a\u2212"


@pytest.mark.parametrize("before", [*UNSEEN, "\u3164", "\u0301", "\U000e0041", " \t\u200b\xa0", "'"], ids=ascii)
def test_what_shows_nothing_hides_no_formula(before: str) -> None:
    for start in FORMULAS:
        assert _cell(f"{before}{start}1", safe=True) == f"'{before}{start}1"
        assert _cell(f"{before}{start}1", safe=False) == f"{before}{start}1"


@pytest.mark.parametrize(
    "text", ["", " ", "Printer", "a=1", "'tis", "1-2", "(+47) 22", "\u200b", "\u3164 a", '"=1'], ids=ascii
)
def test_texts_that_no_spreadsheet_runs_are_left_as_they_are(text: str) -> None:
    assert _cell(text, safe=True) == text
    assert (_cell(-1, safe=True), _cell({"a": 1}, safe=True)) == ("-1", '{"a":1}')


def test_without_the_extra_parquet_says_what_to_install(
    client: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "arro3.core", None)
    with pytest.raises(ConfigurationError, match=r"superoffice-sdk\[export\]"):
        client.tickets.export([1], tmp_path / "a.parquet")
    assert client.tickets.export(Foreign([1, 2]), tmp_path / "a.jsonl").tickets == 2
