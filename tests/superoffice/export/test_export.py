"""Exports to files over real HTTP, without async, on asyncio and on trio: whatever stops them, nothing is lost."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile, mkdtemp
from typing import Any

import anyio
import httpx
import numpy as np
import pytest
from arro3.core import Array, ArrayReader, ChunkedArray, DataType, Table
from arro3.io import read_ipc, read_ipc_stream, read_parquet

import superoffice.export.ids
import superoffice.export.job
from superoffice import (
    APIError,
    AsyncSuperOffice,
    AuthenticationError,
    BasicAuth,
    ConfigurationError,
    ExportError,
    ExportProgress,
    ExportRefusedError,
    ExportResult,
    InternalServerError,
    InvalidIdError,
    Locale,
    SuperOffice,
    Ticket,
    TicketBatch,
    UnknownFieldError,
)
from superoffice._private_files import Folder
from superoffice.export.ids import IdSet, UniqueIds, digest_of, unique
from superoffice.export.journal import Journal
from superoffice.export.text import _cell
from superoffice_sandbox import Sandbox

from ...support.faults import Faults, Visit, answer
from ...support.wire import SITE, transport

pytestmark = pytest.mark.usefixtures("quiet")
IDS = [*range(50, 0, -1), 439, 77_777, 3, 439]  # 77777 is missing, 3 and 439 are repeated
SELECT = ["Title", "CreatedAt", "OwnedByName", "TimeToReply", "TableRight"]
Exports = Callable[..., ExportResult]


@pytest.fixture(params=["sync", "asyncio", "trio"])
def export(request: pytest.FixtureRequest, box: Sandbox, basic: BasicAuth) -> Exports:
    """`tickets.export` of each client, in calls of 10 ids."""
    options: dict[str, Any] = {"auth": basic, "calls_per_second": None, "batch_size": 10}

    def sync(*given: Any, site: str = box.site, **more: Any) -> ExportResult:
        with SuperOffice(site, **options) as client:
            return client.tickets.export(*given, **more)

    def run(*given: Any, site: str = box.site, **more: Any) -> ExportResult:
        async def go() -> ExportResult:
            async with AsyncSuperOffice(site, **options) as client:
                return await client.tickets.export(*given, **more)

        return anyio.run(go, backend=request.param)

    return sync if request.param == "sync" else run


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superoffice.export.job, "PART", 20)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


class Stop(Exception):
    """Stops an export."""


def stops_at(asked: int) -> Callable[[ExportProgress], None]:
    def stop(progress: ExportProgress) -> None:
        if progress.asked >= asked:
            raise Stop

    return stop


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "csv", "csv.gz", "parquet", "arrow"])
def test_every_id_is_in_the_file_once_or_missing(ending: str, tmp_path: Path, client: SuperOffice) -> None:
    path = tmp_path / f"tickets.{ending}"
    result = client.tickets.export(IDS, path, select=SELECT)
    assert (result.path, result.tickets, list(result.missing), result.repeated) == (path, 51, [77_777], 2)
    assert (result.problems, result.problems_path, result.finished_before, result.resumed) == (0, None, False, 0)
    assert result.size == path.stat().st_size
    assert result.missing_path is not None
    assert result.missing_path.read_text() == "77777\n"
    assert names(tmp_path) == {path.name, f"{path.name}.missing.txt", f"{path.name}.export"}
    assert names(tmp_path / f"{path.name}.export") == {"journal"}
    whole = [ticket.to_dict(wire=True) for ticket in client.tickets.get_many([*range(50, 0, -1), 439], select=SELECT)]
    assert list(whole[0]) == ["TicketId", *SELECT]
    if "jsonl" in ending:
        text = gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes()
        found = [json.loads(line) for line in text.splitlines()]
        assert [row["Title"] for row in found] == [row["Title"] for row in whole]
        assert list(found[0]) == list(whole[0])
    elif "csv" in ending:
        text = gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes()
        listed = list(csv.reader(text.decode().splitlines()))
        assert listed[0] == list(whole[0])
        assert [(int(row[0]), row[1]) for row in listed[1:]] == [(row["TicketId"], row["Title"]) for row in whole]
    else:
        table = (read_parquet if ending == "parquet" else read_ipc)(path).read_all()
        assert table.column_names == list(whole[0])
        for name in ("TicketId", "Title", "CreatedAt", "OwnedByName"):
            assert table[name].to_pylist() == [row[name] for row in whole]
        assert str(table.schema.field("TimeToReply").type) == str(DataType.duration("s"))
        assert DataType.is_dictionary(table.schema.field("OwnedByName").type) is (ending == "parquet")


def test_what_stops_it_loses_nothing(export: Exports, tmp_path: Path, small_parts: None) -> None:
    whole, path = tmp_path / "whole.jsonl", tmp_path / "tickets.jsonl"
    export(IDS, whole, select=SELECT)
    told: list[ExportProgress] = []
    for asked in (10, 30, 40):
        with pytest.raises(Stop):
            export(IDS, path, select=SELECT, progress=stops_at(asked))
        assert names(tmp_path) == {
            "whole.jsonl",
            "whole.jsonl.export",
            "whole.jsonl.missing.txt",
            "tickets.jsonl.export",
        }
    result = export(IDS, path, select=SELECT, progress=told.append)
    assert path.read_bytes() == whole.read_bytes()
    assert (told[0].asked, told[0].resumed, told[0].total, told[0].tickets) == (40, 40, 52, 40)
    assert (told[-1].asked, told[-1].tickets, told[-1].missing) == (52, 51, 1)
    assert (result.tickets, list(result.missing), result.repeated, result.resumed) == (51, [77_777], 2, 40)


def test_a_finished_one_is_left_alone(export: Exports, tmp_path: Path, box: Sandbox) -> None:
    path = tmp_path / "tickets.csv"
    first = export(IDS, path, select=["Title"])
    before = path.stat()
    box.requests.clear()
    for ids in (IDS, iter(IDS), array("i", IDS)):
        again = export(ids, path, select=["Title"])
        assert again.finished_before
        assert (again.tickets, list(again.missing), again.repeated) == (51, [77_777], 2)
        assert (again.seconds, again.size) == (first.seconds, first.size)
    assert not box.requests
    assert path.stat() == before


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize(
    ("ids", "change", "said"),
    [
        (IDS[:-4], {}, "with other ids (52 of them, now 50)"),
        ("another iterator", {}, "with other ids"),
        (IDS, {"select": ["Title"]}, "with select 'TicketId,Title,CreatedAt', not 'TicketId,Title'"),
        (IDS, {"select": None}, "not 'all fields'"),
        (IDS, {"format": "csv"}, "with format 'jsonl', not 'csv'"),
        (IDS, {"compression": "gzip"}, "with compression 'none', not 'gzip'"),
        (IDS, {"locale": Locale(language="sv")}, "with locale"),
    ],
)  # fmt: skip
def test_what_changed_is_refused(
    *, ids: Any, change: dict[str, Any], said: str, finished: bool, tmp_path: Path, client: SuperOffice
) -> None:
    asked: dict[str, Any] = {"select": ["Title", "CreatedAt"]}
    path = tmp_path / "tickets.jsonl"
    small = client.with_options(batch_size=10)
    if finished:
        small.tickets.export(IDS, path, **asked)
    else:
        with pytest.raises(Stop):
            small.tickets.export(IDS, path, **asked, progress=stops_at(30))
    ids = ids if isinstance(ids, list) else iter([*IDS[:20], 999, *IDS[20:]])
    with pytest.raises(ExportRefusedError) as caught:
        small.tickets.export(ids, path, **{**asked, **change})
    assert said in str(caught.value)
    assert "restart=True (--restart)" in str(caught.value)
    assert small.tickets.export(IDS, path, **asked).tickets == 51  # as if nothing had been tried


def test_another_site_and_another_version_are_refused(tmp_path: Path) -> None:
    path, answer = tmp_path / "tickets.jsonl", transport([{"TicketId": 1}])
    with SuperOffice(SITE, transport=answer) as client, SuperOffice("https://b.example.com", transport=answer) as other:
        client.tickets.export([1], path)
        with pytest.raises(ExportRefusedError, match=r"with site 'https://crm.example.com', not 'https://b.ex"):
            other.tickets.export([1], path)
        with closing(sqlite3.connect(tmp_path / "tickets.jsonl.export" / "journal")) as base:
            base.execute("UPDATE facts SET value = '\"0\"' WHERE name = 'layout'")
            base.commit()
        with pytest.raises(ExportRefusedError, match="by another version"):
            client.tickets.export([1], path)


def test_what_had_not_begun_may_change(client: SuperOffice, tmp_path: Path) -> None:
    with pytest.raises(Stop):
        client.tickets.export([1], tmp_path / "tickets.jsonl", select=["Title"], progress=stops_at(0))
    assert client.tickets.export([2, 3], tmp_path / "tickets.jsonl").tickets == 2


def test_it_can_be_begun_anew(client: SuperOffice, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    client.tickets.export([1, 77_777], path, select=["Title"])
    old = path.read_bytes()
    with pytest.raises(Stop):
        client.tickets.export([2, 3], path, restart=True, progress=stops_at(0))
    assert path.read_bytes() == old
    result = client.tickets.export([2, 3], path)
    assert [row["TicketId"] for row in rows(path)] == [2, 3]
    assert (result.missing_path, list(result.missing)) == (None, [])
    assert names(tmp_path) == {"tickets.jsonl", "tickets.jsonl.export"}


def test_what_began_anew_and_was_stopped_goes_on(export: Exports, client: SuperOffice, tmp_path: Path) -> None:
    path, anew = tmp_path / "tickets.jsonl", {"select": ["Title"], "restart": True}
    export(IDS, path, select=["Title"])
    old = path.read_bytes()

    def stopped(ids: Any = IDS, **given: Any) -> None:
        with pytest.raises(Stop):
            export(ids, path, **given, progress=stops_at(30))
        assert path.read_bytes() == old

    def begun(ids: Any = IDS, **given: Any) -> int:
        told: list[ExportProgress] = []
        export(ids, path, **{**anew, **given}, progress=told.append)
        path.write_bytes(old)
        return told[0].asked

    stopped(**anew)
    stopped(**anew)
    assert begun() == 30
    assert begun() == 0  # it was finished
    for change in ({"ids": IDS[1:]}, {"ids": iter(IDS)}, {"select": ["CreatedAt"]}):
        stopped(**anew)
        assert begun(**change) == 0
    stopped(iter(IDS), **anew)
    assert begun() == 0
    stopped(iter(IDS), **anew)
    assert begun(iter(IDS), restart=False) == 30
    stopped(**anew)
    (tmp_path / "tickets.jsonl.export" / "data").unlink()
    assert begun() == 0


def test_what_did_not_begin_anew_is_thrown_away(client: SuperOffice, tmp_path: Path) -> None:
    path, small = tmp_path / "tickets.jsonl", client.with_options(batch_size=10)
    with pytest.raises(Stop):
        small.tickets.export(IDS, path, progress=stops_at(30))
    assert small.tickets.export(IDS, path, restart=True).resumed == 0


def test_names_that_are_lacking_alone_need_no_new_beginning(
    client: SuperOffice, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, replace = tmp_path / "tickets.jsonl", os.replace

    def stopped(*_: Any, **__: Any) -> None:
        raise Stop

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(Stop):
        client.tickets.export([1, 77_777], path, restart=True)
    monkeypatch.setattr(os, "replace", replace)
    box.requests.clear()
    result = client.tickets.export([1, 77_777], path, restart=True)
    assert (result.tickets, list(result.missing), len(rows(path))) == (1, [77_777], 1)
    assert not box.requests


def test_a_failure_says_how_to_go_on(client: SuperOffice, tmp_path: Path) -> None:
    (tmp_path / "a.csv.export").write_text("a file in the folder's place")
    for ids, said in (([1], "the same export resumes"), (iter([1]), r"the same export without restart=True \(--rest")):
        with pytest.raises(ExportError, match=said):
            client.tickets.export(ids, tmp_path / "a.csv", restart=True)


def test_a_file_of_somebody_elses_is_left_alone(client: SuperOffice, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    path.write_text("mine")
    with pytest.raises(ExportRefusedError, match="is there already, and nothing tells what it holds"):
        client.tickets.export([1], path)
    assert (path.read_text(), names(tmp_path)) == ("mine", {"tickets.jsonl"})
    path.unlink()
    with pytest.raises(Stop):
        client.tickets.export([1], path, progress=stops_at(1))
    path.write_text("mine")
    with pytest.raises(ExportRefusedError, match="put there by something else"):
        client.tickets.export([1], path)
    client.tickets.export([1], path, restart=True)
    assert len(rows(path)) == 1
    path.write_text("changed")
    with pytest.raises(ExportRefusedError, match="was changed or removed since"):
        client.tickets.export([1], path)
    path.unlink()
    with pytest.raises(ExportRefusedError, match="was changed or removed since"):
        client.tickets.export([1], path)
    with pytest.raises(ExportRefusedError, match="there is no folder"):
        client.tickets.export([1], tmp_path / "none" / "tickets.jsonl")
    with pytest.raises(ExportRefusedError, match="is a folder"):
        client.tickets.export([1], tmp_path, format="csv")


@pytest.mark.parametrize("name", ["tickets.jsonl", "tickets.jsonl.missing.txt", "tickets.jsonl.problems.txt"])
@pytest.mark.parametrize("put", ["before it", "after a stop", "in its last call"])
def test_what_is_in_the_place_of_one_of_its_files_is_left_alone(
    name: str, put: str, client: SuperOffice, box: Sandbox, tmp_path: Path
) -> None:
    path, mine = tmp_path / "tickets.jsonl", tmp_path / name

    def refused(**given: Any) -> None:
        with pytest.raises(ExportRefusedError, match=rf"{name} (is there already|was put there by something else)"):
            client.tickets.export([1, 77_777], path, **given)
        assert mine.read_text() == "mine"
        assert not [file for file in tmp_path.iterdir() if file.is_file() and file != mine]

    if put == "after a stop":
        with pytest.raises(Stop):
            client.tickets.export([1, 77_777], path, progress=stops_at(2))
    if put == "in its last call":
        refused(progress=lambda _: mine.write_text("mine"))
        box.requests.clear()
    else:
        mine.write_text("mine")
    refused()
    refused()
    mine.unlink()
    result = client.tickets.export([1, 77_777], path)
    assert (len(rows(path)), list(result.missing), result.problems) == (1, [77_777], 0)
    if put == "in its last call":
        assert not box.requests


@pytest.mark.parametrize(
    ("name", "restart"), [("pipe", False), ("pipe", True), ("/dev/null", False), ("/dev/stdout", False)]
)
def test_what_is_no_file_is_not_written_over(*, name: str, restart: bool, client: SuperOffice, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ExportRefusedError, match=r"is not a file; give an open one in its place \(--out - is standard"):
        client.tickets.export([1], tmp_path / name, format="csv", restart=restart)
    assert names(tmp_path) == {"pipe"}
    assert (tmp_path / name).exists()


def test_damaged_files_are_refused(client: SuperOffice, tmp_path: Path) -> None:
    path, folder = tmp_path / "tickets.jsonl", tmp_path / "tickets.jsonl.export"
    with pytest.raises(Stop):
        client.tickets.export([1, 2], path, progress=stops_at(1))
    data = folder / "data"
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(ExportRefusedError, match="is not whole any more"):
        client.tickets.export([1, 2], path)
    data.unlink()
    with pytest.raises(ExportRefusedError, match="is not whole any more"):
        client.tickets.export([1, 2], path)
    (folder / "journal").write_bytes(b"no database" * 999)
    with pytest.raises(ExportRefusedError, match=r"not the journal of an export.*remove"):
        client.tickets.export([1, 2], path)
    shutil.rmtree(folder)
    assert client.tickets.export([1, 2], path).tickets == 2


def test_a_second_run_is_refused_while_one_is_at_it(export: Exports, client: SuperOffice, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    refused: list[str] = []

    def second(progress: ExportProgress) -> None:
        with pytest.raises(ExportRefusedError) as caught:
            client.tickets.export([1, 2], path)
        refused.append(str(caught.value))

    assert export([1, 2], path, progress=second).tickets == 2
    assert "another run is at this export" in refused[0]


def test_a_second_process_is_refused_too(client: SuperOffice, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    code = (
        "import sys, superoffice as so\n"
        "try: so.SuperOffice('https://crm.example.com').tickets.export([1, 2], sys.argv[1])\n"
        "except so.ExportRefusedError as error: print(error)\n"
    )
    said: list[str] = []

    def second(_: ExportProgress) -> None:
        command = [sys.executable, "-c", code, str(path)]
        said.append(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)

    client.tickets.export([1], path, progress=lambda progress: None if said else second(progress))
    assert "another run is at this export" in said[0]


def test_a_sign_in_that_ends_midway_loses_nothing(
    export: Exports, box: Sandbox, tmp_path: Path, small_parts: None
) -> None:
    path, whole = tmp_path / "tickets.jsonl", tmp_path / "whole.jsonl"
    export(range(1, 51), whole)

    def end_it(progress: ExportProgress) -> None:
        if progress.asked == 0:
            box.fault("delay", seconds=0, times=3)
            box.fault(status=401, times=100)

    try:
        with pytest.raises(AuthenticationError):
            export(range(1, 51), path, progress=end_it, max_concurrency=1)
    finally:
        box.faults.clear()
    assert export(range(1, 51), path).resumed == 30
    assert path.read_bytes() == whole.read_bytes()


class Failing:
    """A server that fails each call in which one of some tickets is asked for; `asked` are the ids of all calls."""

    def __init__(self, *bad: int, reply: Callable[[], bytes] = lambda: answer(b'{"Message": "No."}', 500)) -> None:
        self.bad = set(bad)
        self.asked: list[list[int]] = []
        self.lasts: int | None = None  # calls until it fails for every ticket
        self._reply = reply

    async def __call__(self, visit: Visit) -> None:
        ids = json.loads(visit.body)["TicketIds"]
        self.asked.append(ids)
        if not self.bad.isdisjoint(ids) or (self.lasts is not None and len(self.asked) > self.lasts):
            await visit.send(self._reply())
        else:
            found = [{"TicketId": id_, "Title": f"of {id_}"} for id_ in ids if id_ != 77_777]
            await visit.send(answer(json.dumps(found).encode()))


REPLIES: dict[str, Callable[[], bytes]] = {
    "500": lambda: answer(b'{"Message": "No."}', 500),
    "400": lambda: answer(b"", 400),
    "null": lambda: answer(b"null"),
    "error": lambda: answer(b'{"Error": true, "ErrorType": "X", "Message": "No."}'),
}


@pytest.mark.parametrize("reply", list(REPLIES))
def test_a_ticket_for_which_the_server_fails_is_told_and_may_be_left_out(
    reply: str, export: Exports, tmp_path: Path, small_parts: None
) -> None:
    path, ids = tmp_path / "tickets.jsonl", [*range(1, 46), 77_777]
    given: dict[str, Any] = {"select": ["Title"], "max_concurrency": 1}
    failing = Failing(17, 18, 25, reply=REPLIES[reply])
    with Faults(failing) as server:
        for _ in range(2):
            with pytest.raises(APIError, match=r"asked for ticket 17\); .*; or leave it out with skip_f") as caught:
                export(ids, path, site=server.site, **given)
            assert caught.value.ids == (17,)
        told: list[ExportProgress] = []
        result = export(ids, path, site=server.site, skip_failed=True, progress=told.append, **given)
        assert result.resumed == 10
        assert [row["TicketId"] for row in rows(path)] == [id_ for id_ in range(1, 46) if id_ not in failing.bad]
        assert list(result.missing) == [17, 18, 25, 77_777]
        assert (result.tickets, told[-1].asked, told[-1].problems) == (42, 46, 3)
        assert result.problems_path is not None
        said = result.problems_path.read_text().splitlines()
        assert [line.partition(": ")[0] for line in said] == [f"ticket {id_} was left out" for id_ in (17, 18, 25)]
        assert said[0].startswith("ticket 17 was left out: the server ")
        asked = len(failing.asked)
        assert export(ids, path, site=server.site, **given).finished_before
        assert len(failing.asked) == asked


def test_a_call_that_fails_once_is_asked_for_in_halves(export: Exports, tmp_path: Path) -> None:
    failing = Failing(1)

    async def once(visit: Visit) -> None:
        await failing(visit)
        failing.bad.clear()

    with Faults(once) as server:
        result = export(range(1, 11), tmp_path / "tickets.jsonl", site=server.site)
    assert (result.tickets, result.problems) == (10, 0)
    assert failing.asked == [[*range(1, 11)], [1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]


def test_a_server_that_fails_for_all_leaves_no_ticket_out(export: Exports, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    given: dict[str, Any] = {"skip_failed": True, "max_concurrency": 1}
    failing = Failing()
    with Faults(failing) as server:
        for lasts in (0, 1, 5):  # before the first call, after it, and while the second one's tickets are looked for
            failing.asked.clear()
            failing.lasts, failing.bad = lasts, {12} if lasts == 5 else set()
            with pytest.raises(InternalServerError):
                export(range(1, 21), path, site=server.site, **given)
        failing.lasts, failing.bad = None, set()
        result = export(range(1, 21), path, site=server.site, **given)
    assert (result.tickets, list(result.missing), result.problems) == (20, [], 0)


def test_the_last_ticket_of_an_export_may_be_left_out_too(export: Exports, tmp_path: Path) -> None:
    failing = Failing(11, 12)
    path = tmp_path / "tickets.jsonl"
    with Faults(failing) as server:
        with pytest.raises(InternalServerError):
            export(range(1, 12), path, site=server.site)
        result = export(range(1, 12), path, site=server.site, skip_failed=True)
        assert (result.resumed, list(result.missing)) == (10, [11])
        assert list(export([11], tmp_path / "one.jsonl", site=server.site, skip_failed=True).missing) == [11]


def test_an_open_file_may_leave_tickets_out_too() -> None:
    with Faults(Failing(11, 12)) as server, SuperOffice(server.site, batch_size=10, max_concurrency=1) as client:
        result = client.tickets.export(range(1, 13), BytesIO(), format="jsonl", skip_failed=True)
    assert (result.tickets, list(result.missing), result.problems) == (10, [11, 12], 2)  # others had come before


@pytest.mark.parametrize(
    ("ending", "count", "room"),
    [("jsonl", 50, 20_000), ("jsonl", 50, None), ("parquet", 3, None), ("arrow", 3, None)],
    ids=["the journal", "the data", "the Parquet file", "the Arrow file"],
)
def test_a_full_disk_loses_nothing(
    *, ending: str, count: int, room: int | None, client: SuperOffice, box: Sandbox, tmp_path: Path
) -> None:
    """A process that may write no larger file meets what a full disk does; the whole file is a byte too large."""
    whole, path = tmp_path / f"whole.{ending}", tmp_path / f"tickets.{ending}"
    client.tickets.export(range(1, count + 1), whole, compression="none")
    room = room or whole.stat().st_size - 1
    code = (
        "import sys, resource, superoffice as so, superoffice.export.job as job\n"
        "site, path, count, room = sys.argv[1:]\n"
        "job.PART = 20\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), hard))\n"
        "with so.SuperOffice(site, auth=so.BasicAuth('tje0', 'Tje0'), batch_size=10) as client:\n"
        "    try: client.tickets.export(range(1, int(count) + 1), path, compression='none')\n"
        "    except so.ExportError as error: print(type(error).__name__, error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
    )
    command = [sys.executable, "-c", code, box.site, str(path), str(count), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.startswith("ExportError cannot write"), done
    assert not path.exists()
    client.tickets.export(range(1, count + 1), path, compression="none")
    assert path.read_bytes() == whole.read_bytes()


def test_a_full_disk_in_the_journal_loses_nothing(box: Sandbox, client: SuperOffice, tmp_path: Path) -> None:
    path, ids = tmp_path / "tickets.jsonl", [*range(1, 51), *range(10_000, 18_000)]
    code = (
        "import sys, resource, superoffice as so\n"
        "site, path = sys.argv[1:]\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, hard))\n"
        "ids = [*range(1, 51), *range(10_000, 18_000)]\n"
        "auth = so.BasicAuth('tje0', 'Tje0')\n"
        "with so.SuperOffice(site, auth=auth, batch_size=1_000, calls_per_second=None) as client:\n"
        "    try: client.tickets.export(ids, path, select=['Title'])\n"
        "    except so.ExportError as error: print(error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
    )
    command = [sys.executable, "-c", code, box.site, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert "journal" in done.stdout, done
    wide = client.with_options(batch_size=1_000)
    result = wide.tickets.export(ids, path, select=["Title"])
    assert (result.tickets, len(result.missing), result.resumed > 0) == (50, 8_000, True)
    assert [row["TicketId"] for row in rows(path)] == ids[:50]


def test_a_stop_at_the_worst_moments_loses_nothing(
    client: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_parts: None
) -> None:
    whole, path = tmp_path / "whole.csv", tmp_path / "tickets.csv"
    small = client.with_options(batch_size=10)
    small.tickets.export(IDS, whole, select=["Title"])
    commit, link, set_facts = Journal.commit, os.link, Journal.set_facts
    left = ["before the journal", "after it", "in its midst", "at a name", "after the names"]

    def stopped_commit(self: Journal, checkpoint: Any, missing: Any, problems: Any) -> None:
        moment = left.pop(0) if left and "name" not in left[0] else None
        if moment == "before the journal":
            raise KeyboardInterrupt
        if moment == "in its midst":
            commit(self, checkpoint, map(int, ["1", "interrupted"]), problems)
        commit(self, checkpoint, missing, problems)
        if moment:
            raise KeyboardInterrupt

    def stopped_link(source: Any, target: Any, **folders: Any) -> None:
        if left == ["at a name", "after the names"] and target == path.name:
            left.pop(0)
            raise KeyboardInterrupt
        link(source, target, **folders)

    def stopped_set_facts(self: Journal, facts: Any) -> None:
        if left == ["after the names"] and "finished" in facts:
            left.pop(0)
            raise KeyboardInterrupt
        set_facts(self, facts)

    monkeypatch.setattr(Journal, "commit", stopped_commit)
    monkeypatch.setattr(Journal, "set_facts", stopped_set_facts)
    monkeypatch.setattr(os, "link", stopped_link)
    while left:
        with pytest.raises((KeyboardInterrupt, ValueError, ExportError)):
            small.tickets.export(IDS, path, select=["Title"])
    result = small.tickets.export(IDS, path, select=["Title"])
    assert not result.finished_before
    assert (path.read_bytes(), result.missing_path and result.missing_path.read_text()) == (
        whole.read_bytes(),
        "77777\n",
    )
    assert names(tmp_path / "tickets.csv.export") == {"journal"}


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_ctrl_c_while_the_file_is_made_loses_nothing(ending: str, tmp_path: Path) -> None:
    """A signal comes while a native writer writes, the first time or later; it strikes between two of our own steps."""
    code = (
        "import os, signal, sys, superoffice.export.table as table\n"
        "from superoffice import SuperOffice\n"
        "from tests.support.wire import SITE, transport\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Struck(table._Written):\n"
        "    left = 0\n"
        "    def write(self, content):\n"
        "        Struck.left -= 1\n"
        "        if not Struck.left: os.kill(os.getpid(), signal.SIGINT)\n"
        "        return super().write(content)\n"
        "table._Written = Struck\n"
        "with SuperOffice(SITE, transport=transport([{'TicketId': 1, 'Title': 'x'}])) as client:\n"
        "    for Struck.left in (1, 2, 4):\n"
        "        try: client.tickets.export([1, 2], sys.argv[1])\n"
        "        except KeyboardInterrupt: print('stopped', os.listdir(os.path.dirname(sys.argv[1])))\n"
        "    with open(os.devnull, 'wb') as file:\n"
        "        Struck.left = 2\n"
        "        try: client.tickets.export([1, 2], file, format=sys.argv[1].rpartition('.')[2])\n"
        "        except KeyboardInterrupt: print('stopped')\n"
        "    result = client.tickets.export([1, 2], sys.argv[1])\n"
        "    print(result.tickets, list(result.missing), result.resumed)\n"
    )
    path = tmp_path / f"tickets.{ending}"
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    stopped = f"stopped ['{path.name}.export']\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, stopped * 3 + "stopped\n1 [2] 2\n", "")
    assert (read_parquet if ending == "parquet" else read_ipc)(path).read_all()["Title"].to_pylist() == ["x"]


def test_a_folder_that_cannot_be_made_is_told(client: SuperOffice, tmp_path: Path) -> None:
    (tmp_path / "other.csv.export").write_text("a file in the folder's place")
    with pytest.raises(ExportError, match=r"cannot write .*other.csv.export: File exists; put that right"):
        client.tickets.export([1], tmp_path / "other.csv")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("ids", [[], [77_777, 77_778]])
def test_no_tickets_make_a_whole_file(export: Exports, ids: list[int], ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"tickets.{ending}"
    result = export(ids, path, select=["Title"])
    assert (result.tickets, list(result.missing)) == (0, ids)
    if ending == "csv":
        assert path.read_text() == "TicketId,Title\n"
    elif ending == "jsonl":
        assert path.read_bytes() == b""
    else:
        table = (read_parquet if ending == "parquet" else read_ipc)(path).read_all()
        assert (table.column_names, table.num_rows) == (["TicketId", "Title"], 0)
    assert export(ids, path, select=["Title"]).finished_before


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
        assert (table["CustId"].to_pylist(), table["Title"].to_pylist()) == ([None, None], [None, "fine"])

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


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("tickets.txt", {}, r"end the file's name in one of .parquet, .arrow"),
        ("tickets", {"format": "xlsx"}, "format='xlsx' must be one of parquet, arrow, csv, jsonl"),
        ("tickets.csv", {"compression": "zstd"}, "compression='zstd' does not go with csv; take one of none, gzip"),
        ("tickets.jsonl", {"csv_safe": True}, "csv_safe goes with format='csv'"),
        (
            "tickets.parquet.gz",
            {},
            r"tickets.parquet.gz would not be a gzip file: parquet is compressed inside; leave .gz",
        ),
        ("tickets.gz", {"format": "arrow"}, "would not be a gzip file: arrow is compressed inside"),
        ("tickets.CSV.GZ", {"compression": "none"}, r"GZ would not be a gzip file with compression='none'; leave out"),
        ("tickets.csv", {"max_concurrency": 99}, "max_concurrency=99"),
        ("tickets.csv", {"select": ["Titel"]}, "did you mean 'Title'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    *, path: str, options: dict[str, Any], said: str, client: SuperOffice, box: Sandbox, tmp_path: Path
) -> None:
    box.requests.clear()
    with pytest.raises((ConfigurationError, UnknownFieldError), match=said):
        client.tickets.export([1], tmp_path / path, **options)
    if not path.endswith(".gz"):
        with pytest.raises((ConfigurationError, UnknownFieldError), match=r"set format=|" + said):
            client.tickets.export([1], BytesIO(), **{**options, "select": options.get("select")})
    assert not box.requests


def test_what_is_neither_a_path_nor_an_open_file_is_refused(client: SuperOffice, tmp_path: Path) -> None:
    file: Any
    with open(tmp_path / "a.csv", "w", encoding="utf-8") as text, NamedTemporaryFile("w", encoding="utf-8") as wrapped:
        for file, said in (
            (text, r"is open for text; open it with the mode 'wb'"),
            (wrapped, r"is open for text; open it with the mode 'wb'"),
            (StringIO(), r"is open for text; open it with the mode 'wb'"),
            (None, "None is neither a path nor an open file"),
            (b"a.csv", "b'a.csv' is neither a path nor an open file"),
        ):
            with pytest.raises(ConfigurationError, match=said):
                client.tickets.export([1], file, format="csv")
    with SpooledTemporaryFile(max_size=10_000) as file:
        assert client.tickets.export([1], file, format="csv").tickets == 1

    async def go(file: Any) -> None:
        async with AsyncSuperOffice(SITE, transport=transport([])) as other:
            await other.tickets.export([1], file, format="csv")

    for file in (BytesIO(), None):
        with pytest.raises(ConfigurationError, match="the async client exports to a path, not to "):
            anyio.run(go, file)


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
    assert (tmp_path / "a.csv").read_text() == "TicketId,Title\n1,'=1+1\n"


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


class Foreign(list[int]):
    """A column of a table that can be iterated over as well."""

    def __arrow_c_array__(self, requested_schema: object | None = None, /) -> tuple[object, object]:
        raise NotImplementedError("no such type")


def test_without_the_extra_parquet_says_what_to_install(
    client: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "arro3.core", None)
    with pytest.raises(ConfigurationError, match=r"superoffice-sdk\[export\]"):
        client.tickets.export([1], tmp_path / "a.parquet")
    assert client.tickets.export(Foreign([1, 2]), tmp_path / "a.jsonl").tickets == 2


class Changing:
    """Ids that are others each time."""

    def __init__(self) -> None:
        self._times = 0

    def __iter__(self) -> Iterator[int]:
        self._times += 1
        return iter([1, 2, 2 + self._times])


def test_ids_that_change_while_they_are_read_are_refused(client: SuperOffice, tmp_path: Path) -> None:
    with pytest.raises(ExportRefusedError, match="changed while they were read"):
        client.tickets.export(Changing(), tmp_path / "a.jsonl")
    assert not (tmp_path / "a.jsonl").exists()


class Handed:
    """A stream that can be read but once, and is no iterator."""

    def __init__(self, ids: list[int]) -> None:
        self._reader = ArrayReader.from_arrow(Array(ids, DataType.int32()))

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object:
        return self._reader.__arrow_c_stream__(requested_schema)


COLUMNS: dict[str, Callable[[], Any]] = {
    "list": lambda: [3, 1, 2],
    "numpy": lambda: np.array([3, 1, 2], dtype=np.uint16),
    "Arrow array": lambda: Array([3, 1, 2], DataType.int64()),
    "Arrow column": lambda: ChunkedArray([Array([3], DataType.int32()), Array([1, 2], DataType.int32())]),
    "Arrow stream": lambda: ArrayReader.from_arrow(ChunkedArray([Array([3, 1, 2], DataType.int32())])),
    "Arrow stream, handed over": lambda: Handed([3, 1, 2]),
    "Arrow dictionary": lambda: Array([3, 1, 2], DataType.int64()).cast(
        DataType.dictionary(DataType.int8(), DataType.int64())
    ),
    "generator": lambda: (number for number in (3, 1, 2)),
}


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_ids_come_from_where_they_are(kind: str, export: Exports, client: SuperOffice, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    export(COLUMNS[kind](), path, select=["Title"])
    assert [row["TicketId"] for row in rows(path)] == [3, 1, 2]
    assert export(COLUMNS[kind](), path, select=["Title"]).finished_before
    assert [ticket.ticket_id for ticket in client.tickets.get_many(COLUMNS[kind]())] == [3, 1, 2]


@pytest.mark.parametrize("kind", [DataType.string(), DataType.float64(), DataType.int32()])
def test_an_empty_column_holds_no_ids_whatever_its_type(
    kind: DataType, export: Exports, client: SuperOffice, tmp_path: Path
) -> None:
    none = Array([], kind)
    assert export(none, tmp_path / "tickets.jsonl").tickets == 0
    assert list(client.tickets.get_many(none)) == []


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([1, 2, 0], "ids[2]: 0 cannot be a ticket's id"),
        ([1, "2"], "ids[1]: '2' is a str"),
        (Array([1, None], DataType.int32()), "ids[1]: None is a NoneType, not a ticket's id; where a column has gaps"),
        (Array([1.5], DataType.float64()), "of arro3.core.DataType<Float64> holds no ids; where a column has gaps"),
        (Foreign([1]), "a Foreign cannot be read as a column of ids: no such type; give whole numbers"),
        (Array(["1"], DataType.string()), "holds no ids; give whole numbers"),
        ([1.0], "ids[0]: 1.0 is a float, not a ticket's id; where a column has gaps, leave its empty rows out"),
        (Table.from_pydict({"id": Array([1], DataType.int32())}), "is a whole table; give the column"),
        (439, "export takes several ids"),
    ],
)
def test_what_is_no_id_is_refused_before_anything_is_sent(
    ids: Any, said: str, client: SuperOffice, box: Sandbox, tmp_path: Path
) -> None:
    box.requests.clear()
    with pytest.raises(InvalidIdError) as caught:
        client.tickets.export(ids, tmp_path / "tickets.jsonl")
    assert said in str(caught.value)
    assert (list(box.requests), names(tmp_path)) == ([], set())


def test_what_is_no_id_ends_an_iterator_after_what_came(client: SuperOffice, tmp_path: Path) -> None:
    path, closed = tmp_path / "tickets.jsonl", list[bool]()

    def ids(last: int) -> Iterator[int]:
        try:
            yield from (1, 2, last)
        finally:
            closed.append(True)

    with pytest.raises(InvalidIdError) as caught:
        client.tickets.export(ids(-1), path)
    assert caught.value.position == 2
    assert closed == [True]
    assert client.tickets.export(ids(3), path).resumed == 2
    assert [row["TicketId"] for row in rows(path)] == [1, 2, 3]


class Plain:
    """An async iterable that is no generator."""

    def __init__(self, ids: AsyncGenerator[int]) -> None:
        self._ids = ids

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        return await anext(self._ids)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ids_from_an_async_iterable(
    backend: str, box: Sandbox, basic: BasicAuth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(superoffice.export.ids, "_AT_ONCE", 20)
    path, closed = tmp_path / "tickets.jsonl", list[bool]()

    async def ids(*more: int) -> AsyncGenerator[int]:
        try:
            for number in (1, *range(1, 31), *more):
                yield number
        finally:
            closed.append(True)

    async def go() -> None:
        async with AsyncSuperOffice(box.site, auth=basic, batch_size=10) as client:
            with pytest.raises(InvalidIdError):
                await client.tickets.export(ids(-1), path)
            assert (await client.tickets.export(Plain(ids(31)), path)).resumed == 30
            assert (await client.tickets.export(ids(31), path)).finished_before
            with pytest.raises(ExportRefusedError, match="with other ids"):
                await client.tickets.export(ids(31, 32), path)

    anyio.run(go, backend=backend)
    assert len(closed) == 4
    assert [row["TicketId"] for row in rows(path)] == [*range(1, 32)]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_task_loses_nothing(backend: str, box: Sandbox, basic: BasicAuth, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"

    async def go() -> None:
        async with AsyncSuperOffice(box.site, auth=basic, batch_size=10) as client:
            with anyio.CancelScope() as scope:
                await client.tickets.export(
                    range(1, 51), path, progress=lambda progress: scope.cancel() if progress.asked >= 20 else None
                )
            assert scope.cancelled_caught
            assert (await client.tickets.export(range(1, 51), path)).resumed >= 20

    anyio.run(go, backend=backend)
    assert [row["TicketId"] for row in rows(path)] == [*range(1, 51)]


def test_a_set_of_ids_knows_every_id_that_was_added() -> None:
    ids = IdSet()
    numbers = [*range(1, 6_000), 2**31 - 1, 70_000, 65_536]
    assert all(map(ids.add, numbers))
    assert not any(map(ids.add, numbers))
    assert ids.add(6_000)


def test_a_digest_is_of_the_ids_and_their_order() -> None:
    def known(ids: Any, count: int | None = None) -> Any:
        return digest_of(unique(ids, UniqueIds()), count).known

    assert known(range(1, 9_001)) == known(iter(range(1, 9_001))) != known(range(9_000, 0, -1))
    assert known(range(1, 9_001), 5_000) == known(range(1, 5_001))
    assert known([1], 5).count == 1
    assert known([5, 5, 5]).count == 1


STOPPED = ["in its midst", "before its files have names", "finished"]
ASKED: dict[str, Any] = {"select": ["Title"]}
ROWS = 40


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with the tickets that are asked for; 77777 is missing, and a value of 5 does not decode."""
    ids = json.loads(request.content)["TicketIds"]
    return httpx.Response(
        200, json=[{"TicketId": id_, "Title": 8 if id_ == 5 else f"of {id_}"} for id_ in ids if id_ != 77_777]
    )


@pytest.fixture
def echoed(small_parts: None) -> Iterator[SuperOffice]:
    with SuperOffice(SITE, transport=httpx.MockTransport(echo), batch_size=10, calls_per_second=None) as client:
        yield client


def left_by(client: SuperOffice, path: Path, stopped: str, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """Leave an export of IDS as a stop does."""

    def stop(*_: Any, **__: Any) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        if stopped == STOPPED[1]:
            patch.setattr(Folder, "move", stop)
        told = stops_at(ROWS) if stopped == STOPPED[0] else None
        if stopped == "finished":
            client.tickets.export(IDS, path, **ASKED, **more)
        else:
            with pytest.raises(Stop):
                client.tickets.export(IDS, path, **ASKED, **more, progress=told)


def outcome(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def changed(content: bytes, chance: random.Random) -> bytes:
    """Edit some bytes anywhere: flip, delete, insert, zero, cut, empty."""
    place, length = chance.randrange(len(content) + 1), chance.choice([1, 1, 2, 8, 500])
    before, after = content[:place], content[place:]
    return chance.choice([
        lambda: before + bytes([after[0] ^ 1 << chance.randrange(8)]) + after[1:] if after else before,
        lambda: before + after[length:],
        lambda: before + chance.randbytes(length) + after,
        lambda: before + chance.randbytes(length) + after[length:],
        lambda: before + bytes(length) + after[length:],
        lambda: before,
        lambda: after,
        lambda: content.replace(b"77777", b"77778"),
        lambda: content.replace(b"Title", b"title"),
        lambda: b"",
    ])()  # fmt: skip


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("stopped", STOPPED)
def test_any_change_of_its_files_is_refused_or_does_no_harm(
    stopped: str, ending: str, echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a foreign exception, never a lost or doubled ticket: the file is right, or the error says what helps."""
    left, whole = tmp_path / "left", tmp_path / "whole"
    for folder in (left, whole):
        folder.mkdir()
    name = f"tickets.{ending}"
    echoed.tickets.export(IDS, whole / name, **ASKED)
    left_by(echoed, left / name, stopped, monkeypatch)
    names_left = sorted(names(left / f"{name}.export"))
    chance = random.Random(f"{stopped}{ending}")  # noqa: S311 - which edits
    refused = 0
    for trial in range(25):
        folder = tmp_path / str(trial)
        shutil.copytree(left, folder)
        victim = folder / f"{name}.export" / chance.choice(names_left)
        before = victim.read_bytes()
        victim.write_bytes(after := changed(before, chance))
        said = ""
        try:
            result = echoed.tickets.export(IDS, folder / name, **ASKED)
        except ExportRefusedError as error:
            refused, said = refused + (before != after), str(error)
        if said:
            assert re.search(r"remove .*\.export to start again|restart=True", said), said
            if "restart=True" not in said:
                shutil.rmtree(folder / f"{name}.export")
            result = echoed.tickets.export(IDS, folder / name, **ASKED, restart=True)
        assert (result.tickets, list(result.missing), result.problems) == (51, [77_777], 1)
        assert outcome(folder) == outcome(whole), (victim.name, trial)
        shutil.rmtree(folder)
    assert refused > 8


EDITS = [
    *("DELETE FROM facts", "DELETE FROM parts", "DELETE FROM missing", "DROP TABLE missing", "DROP TABLE facts"),
    *("DELETE FROM facts WHERE name = 'ids'", "DELETE FROM facts WHERE name = 'seal'", "ALTER TABLE parts ADD x"),
    *(
        "DELETE FROM parts WHERE number = 2",
        "DELETE FROM parts WHERE number = 1",
        "INSERT INTO missing (id) VALUES (3)",
    ),
    "UPDATE parts SET number = number + 1 WHERE number = 2",
    "CREATE TRIGGER x AFTER INSERT ON parts BEGIN DELETE FROM missing; END",
    """UPDATE parts SET checkpoint = replace(checkpoint, '"size":', '"size":-')""",
    """UPDATE parts SET checkpoint = replace(checkpoint, '"received":', '"received":1')""",
    *(
        f"UPDATE {table} SET {column} = {value}"  # noqa: S608 - an edit
        for table, column in (("facts", "value"), ("parts", "checkpoint"), ("missing", "id"), ("problems", "sentence"))
        for value in ("5", "-1", "1e99", "''", "'x'", "x'ff00'", "CAST(x'ff' AS TEXT)", "'null'", "'[1]'", "'{}'")
    ),
    """UPDATE facts SET value = printf('%.*c', 100000, '[')""",
    """UPDATE facts SET value = '"../../victim"' WHERE name IN ('whole', 'format')""",
    """UPDATE facts SET value = 'true' WHERE name = 'restart'""",
]


@pytest.mark.parametrize("stopped", STOPPED)
def test_a_journal_that_was_edited_is_refused(
    stopped: str, echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, left = tmp_path / "tickets.jsonl", tmp_path / "left"
    left_by(echoed, path, stopped, monkeypatch)
    before = outcome(tmp_path)
    shutil.copytree(tmp_path / "tickets.jsonl.export", left)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for edit in EDITS:
        shutil.rmtree(tmp_path / "tickets.jsonl.export")
        shutil.copytree(left, tmp_path / "tickets.jsonl.export")
        with closing(sqlite3.connect(tmp_path / "tickets.jsonl.export" / "journal")) as base:
            base.execute("PRAGMA ignore_check_constraints = 1")
            try:
                edited = base.execute(edit).rowcount
            except sqlite3.IntegrityError:  # a column of numbers takes no text
                continue
            base.commit()
        if edited:
            with pytest.raises(ExportRefusedError, match=r"(removed?|start again|by another version)"):
                echoed.tickets.export(IDS, path, **ASKED)
        assert outcome(tmp_path) == {**before, "victim": b"mine"}, edit


LINKS = ["journal", "journal-journal", "journal-wal", "data", "output", "missing", "problems"]


@pytest.mark.parametrize("how", ["link", "hard link", "pipe", "folder"])
@pytest.mark.parametrize("name", LINKS)
def test_what_was_put_into_its_folder_is_refused(
    how: str, name: str, export: Exports, tmp_path: Path, small_parts: None
) -> None:
    """Whatever it is, what it leads to is not written over, cut, moved or removed."""
    path, folder, victim = tmp_path / "tickets.parquet", tmp_path / "tickets.parquet.export", tmp_path / "victim"
    with pytest.raises(Stop):
        export(IDS, path, **ASKED, progress=stops_at(ROWS))
    victim.write_text("mine")
    (folder / name).unlink(missing_ok=True)
    if how == "link":
        (folder / name).symlink_to(victim)
    elif how == "hard link":
        (folder / name).hardlink_to(victim)
    elif how == "pipe":
        os.mkfifo(folder / name)
    else:
        (folder / name).mkdir()
    with pytest.raises(ExportError, match=r"remove .*export|restart=True|put that right|make room") as caught:
        export(IDS, path, **ASKED)
    assert isinstance(caught.value, ExportRefusedError) or how == "folder"
    assert victim.read_text() == "mine"
    assert not path.exists()
    shutil.rmtree(folder)
    assert export(IDS, path, **ASKED).tickets == 51
    assert victim.read_text() == "mine"


@pytest.mark.parametrize(
    "made", ["a link to another folder", "a link to nothing", "open to others", "written by others"]
)
def test_a_folder_that_is_not_private_is_refused(made: str, export: Exports, box: Sandbox, tmp_path: Path) -> None:
    path, folder, other = tmp_path / "tickets.csv", tmp_path / "tickets.csv.export", tmp_path / "other"
    other.mkdir(0o700)
    (other / "data").write_text("mine")
    if "link" in made:
        folder.symlink_to(other if "another" in made else tmp_path / "nothing")
    else:
        folder.mkdir()
        folder.chmod(0o750 if "open" in made else 0o722)
    box.requests.clear()
    for restart in (False, True):
        with pytest.raises(
            ExportRefusedError, match=rf"{folder} is (a link|open to others).*; remove {folder} to start"
        ):
            export([1], path, restart=restart)
    assert ((other / "data").read_text(), list(box.requests)) == ("mine", [])
    assert names(other) == {"data"}
    assert not path.exists()
    if folder.is_symlink():
        folder.unlink()
    else:
        folder.rmdir()
    before = os.umask(0)
    try:
        assert export([1], path).tickets == 1
    finally:
        os.umask(before)
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o666)


def test_a_folder_may_be_reached_by_a_link(export: Exports, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    for _ in range(2):
        result = export([1], tmp_path / "linked" / "tickets.csv")
    assert result.finished_before
    assert names(tmp_path / "real") == {"tickets.csv", "tickets.csv.export"}


def test_a_folder_that_is_exchanged_leads_nowhere(
    echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may write to the folder above may move that of an export away while it runs."""
    path, folder, other = tmp_path / "tickets.jsonl", tmp_path / "tickets.jsonl.export", tmp_path / "other"
    other.mkdir(0o700)
    (other / "data").write_text("mine")

    def exchange(progress: ExportProgress) -> None:
        if progress.asked == 30:
            folder.rename(tmp_path / "away")
            folder.symlink_to(other)

    result = echoed.tickets.export(IDS, path, **ASKED, progress=exchange)
    assert (result.tickets, len(rows(path))) == (51, 51)
    assert ((other / "data").read_text(), names(other)) == ("mine", {"data"})

    open_journal = sqlite3.connect

    def late(*given: Any, **more: Any) -> Any:
        folder.rename(tmp_path / "away")
        folder.symlink_to(other)
        (other / "journal").touch()
        return open_journal(*given, **more)

    folder.unlink()
    shutil.rmtree(tmp_path / "away")
    for file in outcome(tmp_path):
        (tmp_path / file).unlink()
    monkeypatch.setattr(sqlite3, "connect", late)
    with pytest.raises(ExportRefusedError, match="exchanged for another folder"):
        echoed.tickets.export(IDS, path, **ASKED)
    assert (other / "journal").read_bytes() == b""


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    """Act as another user, as a process of theirs would; needs the rights of root."""
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody may write to, as /tmp is, but without the bit by which names are their makers' own."""
    folder = Path(mkdtemp(prefix="superoffice-shared-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


MALLORY, ALICE = 65_534, 65_533
root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="acting as two users takes the rights of root")


@root
def test_what_another_user_put_there_is_refused(
    echoed: SuperOffice, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder, victim = shared / "tickets.jsonl", shared / "tickets.jsonl.export", shared / "victim"
    left_by(echoed, tmp_path / "tickets.jsonl", STOPPED[0], monkeypatch)  # and loads what runs as another user
    with acting_as(ALICE):
        victim.write_text("mine")
        victim.chmod(0o600)
    with acting_as(MALLORY):
        folder.mkdir(0o777)
        (folder / "data").symlink_to(victim)
    for user in (ALICE, 0):
        with acting_as(user):
            for restart in (False, True):
                with pytest.raises(ExportRefusedError, match=r"belongs to another user.*choose a file in a folder"):
                    echoed.tickets.export(IDS, path, **ASKED, restart=restart)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "tickets.jsonl.export", folder)  # another user's whole state, for the same ids
    for each in (folder, *folder.iterdir()):
        os.chown(each, MALLORY, MALLORY)
    with acting_as(ALICE), pytest.raises(ExportRefusedError, match="belongs to another user"):
        echoed.tickets.export(IDS, path, **ASKED)
    os.chown(folder, ALICE, ALICE)  # one's own folder, in which a file of another's is
    with acting_as(ALICE), pytest.raises(ExportRefusedError, match="belongs to another user"):
        echoed.tickets.export(IDS, path, **ASKED)
    assert victim.read_text() == "mine"
    assert not path.exists()


@root
def test_another_user_reads_and_changes_nothing_of_an_export(echoed: SuperOffice, shared: Path, tmp_path: Path) -> None:
    path, folder = shared / "tickets.jsonl", shared / "tickets.jsonl.export"
    echoed.tickets.export(IDS, tmp_path / "whole.jsonl", **ASKED)

    def meddle(progress: ExportProgress) -> None:
        if progress.asked == 40:
            os.seteuid(0)
            with acting_as(MALLORY):
                for name in ("data", "journal"):
                    with pytest.raises(PermissionError):
                        (folder / name).read_bytes()
                    with pytest.raises(PermissionError):
                        (folder / name).write_bytes(b"")
                with pytest.raises(PermissionError):
                    (folder / "output").symlink_to(tmp_path)
                path.symlink_to(folder / "planted")  # where the file will have its name
            os.seteuid(ALICE)

    with acting_as(ALICE):
        with pytest.raises(ExportRefusedError, match="was put there by something else"):
            echoed.tickets.export(IDS, path, **ASKED, progress=meddle)
        path.unlink()
        assert echoed.tickets.export(IDS, path, **ASKED).resumed == 52
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert path.stat().st_uid == ALICE


@pytest.mark.parametrize("put", ["a file", "a link"])
def test_a_file_that_appears_in_the_last_moment_is_left_alone(
    put: str, echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, victim = tmp_path / "tickets.jsonl", tmp_path / "victim"
    victim.write_text("mine")
    move = Folder.move

    def late(self: Folder, name: str, to: Folder, new: str, *, over: bool) -> None:
        if new == path.name:
            path.write_text("mine") if put == "a file" else path.symlink_to(victim)
        move(self, name, to, new, over=over)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "move", late)
        with pytest.raises(ExportRefusedError, match="put there by something else; move it away"):
            echoed.tickets.export(IDS, path, **ASKED)
    assert path.read_text() == victim.read_text() == "mine"
    path.unlink()
    assert echoed.tickets.export(IDS, path, **ASKED).tickets == len(rows(path)) == 51


def test_a_stop_between_two_names_of_a_file_loses_nothing(
    echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, remove = tmp_path / "tickets.jsonl", Folder.remove
    for struck in ("missing", "data"):

        def stop(self: Folder, name: str, struck: str = struck) -> None:
            if name == struck and (tmp_path / "tickets.jsonl.missing.txt").exists():
                raise Stop
            remove(self, name)

        with monkeypatch.context() as patch:
            patch.setattr(Folder, "remove", stop)
            with pytest.raises(Stop):
                echoed.tickets.export(IDS, path, **ASKED)
    assert echoed.tickets.export(IDS, path, **ASKED).tickets == len(rows(path)) == 51
    assert names(tmp_path / "tickets.jsonl.export") == {"journal"}


def test_a_file_system_without_hard_links_does(
    echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "tickets.jsonl"
    assert echoed.tickets.export(IDS, path, **ASKED).tickets == len(rows(path)) == 51
    path.with_name("other.jsonl").symlink_to(path)
    with pytest.raises(ExportRefusedError, match="is there already"):
        echoed.tickets.export(IDS, tmp_path / "other.jsonl", **ASKED)


def test_a_whole_file_that_is_lost_before_it_has_its_name_is_told(
    echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tickets.parquet"
    for restart in (False, True):
        left_by(echoed, path, STOPPED[1], monkeypatch, restart=restart)
        (tmp_path / "tickets.parquet.export" / "output").unlink()
        if restart:
            assert echoed.tickets.export(IDS, path, **ASKED, restart=True).resumed == 0
        else:
            with pytest.raises(ExportRefusedError, match="not whole any more"):
                echoed.tickets.export(IDS, path, **ASKED)


def strange(request: httpx.Request) -> httpx.Response:
    """Answer with the first ticket that is asked for, and with two for which nobody asked."""
    first = json.loads(request.content)["TicketIds"][0]
    return httpx.Response(200, json=[{"TicketId": id_} for id_ in (first, 900_000 + first, 900_001)])


@pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])
def test_tickets_that_nobody_asked_for_are_counted_and_told(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, small_parts: None
) -> None:
    path = tmp_path / "tickets.jsonl"
    options: dict[str, Any] = {"transport": httpx.MockTransport(strange), "batch_size": 10}
    told: list[ExportProgress] = []

    def stop(progress: ExportProgress) -> None:
        told.append(progress)
        if progress.asked == 30 and len(told) < 5:
            raise Stop

    def export() -> ExportResult:
        if kind == "sync":
            with SuperOffice(SITE, **options) as client:
                return client.tickets.export(range(1, 51), path, progress=stop)

        async def go() -> ExportResult:
            async with AsyncSuperOffice(SITE, **options) as client:
                return await client.tickets.export(range(1, 51), path, progress=stop)

        return anyio.run(go, backend=kind)

    with pytest.raises(Stop):
        export()
    result = export()
    assert (result.tickets, len(result.missing), result.unexpected, result.resumed) == (5, 45, 10, 30)
    assert [progress.unexpected for progress in told] == [0, 2, 4, 6, 6, 8, 10]
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [  # one for each run
        f"the server sent tickets that nobody asked for, which are left out: tickets 9000{first}, 900001"
        for first in ("01", "31")
    ]
    assert export().unexpected == 10
    with SuperOffice(SITE, **options) as client:
        assert client.tickets.export(range(1, 21), BytesIO(), format="csv").unexpected == 4
        caplog.clear()
        assert len(client.tickets.get_many([1]).unexpected) == 2
        assert "left out: tickets 900001, 900001" in caplog.text


@pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("same", [True, False])
def test_two_tickets_with_one_id_are_told_unless_they_are_alike(
    kind: str, same: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wire = [{"TicketId": 1, "Title": title} for title in ("a", "b", "b" if same else "c")]
    wire[0]["TicketId"] = 2
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=wire))
    path = tmp_path / "tickets.jsonl"
    if kind == "sync":
        with SuperOffice(SITE, transport=transport) as client:
            result = client.tickets.export([1, 2], path)
            batch = client.tickets.get_many([1, 2])
            with client.tickets.stream([1, 2]) as stream:
                titles = [ticket.title for ticket in stream]
    else:

        async def go() -> tuple[ExportResult, TicketBatch[Ticket], list[str | None], Any]:
            async with AsyncSuperOffice(SITE, transport=transport) as client:
                result, batch = await client.tickets.export([1, 2], path), await client.tickets.get_many([1, 2])
                async with client.tickets.stream([1, 2]) as stream:
                    return result, batch, [ticket.title async for ticket in stream], stream

        result, batch, titles, stream = anyio.run(go, backend=kind)
    assert (result.tickets, result.unexpected, stream.counts.unexpected) == (2, not same, not same)
    assert titles == [ticket.title for ticket in batch] == ["b" if same else "c", "a"]
    assert [ticket.title for ticket in batch.unexpected] == ([] if same else ["b"])
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    told = "the server sent tickets that differ for the same ids, of which the last are taken: ticket 1"
    assert said == ([] if same else [told] * 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a folder that is in use")
def test_a_current_folder_that_is_gone_is_told(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with (
        SuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client,
        pytest.raises(ExportRefusedError, match="the current folder is gone"),
    ):
        client.tickets.export([439], "tickets.csv")
