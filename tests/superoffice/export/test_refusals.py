"""Exports that are refused: they would lose or mix something, or cannot be."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from typing import Any

import anyio
import pytest

from superoffice import (
    AsyncSuperOffice,
    BasicAuth,
    ConfigurationError,
    ExportError,
    ExportProgress,
    ExportRefusedError,
    Locale,
    SuperOffice,
    UnknownFieldError,
)
from superoffice._private_files import Folder
from superoffice_sandbox import Sandbox

from ...support.exports import ASKED, IDS, Exports, Stop, names, rows, stops_at
from ...support.wire import SITE, transport

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize(
    ("ids", "change", "said"),
    [
        (IDS[:-4], {}, "with other ids (52 of them, now 50)"),
        ("another iterator", {}, "with other ids"),
        (IDS, {"select": ["Title"]}, "with select 'TicketId,Title,CreatedAt', not 'TicketId,Title'"),
        (IDS, {"select": None}, "not 'all fields'"),
        (IDS, {"api_names": False}, "with api_names True, not False"),
        (IDS, {"format": "csv"}, "with format 'jsonl', not 'csv'"),
        (IDS, {"compression": "gzip"}, "with compression 'none', not 'gzip'"),
        (IDS, {"locale": Locale(language="sv")}, "with locale"),
    ],
)  # fmt: skip
def test_what_changed_is_refused(
    *, ids: Any, change: dict[str, Any], said: str, tmp_path: Path, client: SuperOffice
) -> None:
    asked: dict[str, Any] = {"select": ["Title", "CreatedAt"]}
    path = tmp_path / "tickets.jsonl"
    small = client.with_options(batch_size=10)
    with pytest.raises(Stop):
        small.tickets.export(IDS, path, **asked, progress=stops_at(30))
    ids = ids if isinstance(ids, list) else iter([*IDS[:20], 999, *IDS[20:]])
    with pytest.raises(ExportRefusedError) as caught:
        small.tickets.export(ids, path, **{**asked, **change})
    assert said in str(caught.value)
    assert "restart=True" in str(caught.value)
    assert small.tickets.export(IDS, path, **asked).tickets == 51  # as if nothing had been tried


def test_another_site_and_another_version_are_refused(tmp_path: Path) -> None:
    path, answer = tmp_path / "tickets.jsonl", transport([{"TicketId": 1}])
    with SuperOffice(SITE, transport=answer) as client, SuperOffice("https://b.example.com", transport=answer) as other:
        with pytest.raises(Stop):
            client.tickets.export([1], path, progress=stops_at(1))
        with pytest.raises(ExportRefusedError, match=r"with site 'https://crm.example.com', not 'https://b.ex"):
            other.tickets.export([1], path)
        with closing(sqlite3.connect(tmp_path / "tickets.jsonl.export" / "journal")) as base:
            ((state,),) = base.execute("SELECT state FROM journal")
            state = re.sub('"layout":"[0-9]+', '"layout":"0', state)
            base.execute(
                "UPDATE journal SET state = ?, checksum = ?", (state, sha256(repr(state).encode()).hexdigest())
            )
            base.commit()
        with pytest.raises(ExportRefusedError, match="by another version"):
            client.tickets.export([1], path)


def test_a_failure_says_how_to_go_on(client: SuperOffice, tmp_path: Path) -> None:
    (tmp_path / "a.csv.export").write_text("a file in the folder's place")
    for restart, said in ((False, "the same export resumes"), (True, "the same export without restart=True resumes")):
        with pytest.raises(ExportError, match=said):
            client.tickets.export([1], tmp_path / "a.csv", restart=restart)


def test_a_place_where_no_file_can_be_is_refused_before_a_request(
    client: SuperOffice, box: Sandbox, tmp_path: Path
) -> None:
    box.requests.clear()
    with pytest.raises(ExportRefusedError, match="there is no folder"):
        client.tickets.export([1], tmp_path / "none" / "tickets.jsonl")
    with pytest.raises(ExportRefusedError, match="is a folder; name a file in it"):
        client.tickets.export([1], tmp_path, format="csv")
    (tmp_path / "a.csv.missing.txt").mkdir()
    with pytest.raises(ExportRefusedError, match=r"a.csv.missing.txt is a folder; move it away, or choose another"):
        client.tickets.export([1], tmp_path / "a.csv")
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


def test_a_folder_that_cannot_be_made_is_told(client: SuperOffice, tmp_path: Path) -> None:
    (tmp_path / "other.csv.export").write_text("a file in the folder's place")
    with pytest.raises(ExportError, match=r"cannot write .*other.csv.export: File exists; put that right"):
        client.tickets.export([1], tmp_path / "other.csv")


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("tickets.txt", {}, r"end the file's name in one of .parquet, .arrow"),
        ("tickets", {"format": "xlsx"}, "format='xlsx' must be one of parquet, arrow, csv, jsonl"),
        ("tickets.csv", {"compression": "zstd"}, "compression='zstd' does not go with csv; take one of none, gzip"),
        ("tickets.jsonl", {"csv_safe": True}, "csv_safe=True goes with format='csv'"),
        ("tickets.csv", {"api_names": "no"}, "api_names='no' cannot be used; give True, False or None"),
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


@pytest.mark.parametrize("put", ["a link", "a hard link"])
def test_a_link_that_appears_in_the_last_moment_leads_nowhere(
    put: str, echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, victim = tmp_path / "tickets.jsonl", tmp_path / "victim"
    victim.write_text("mine")
    move = Folder.move

    def late(self: Folder, name: str, to: Folder, new: str) -> None:
        if new == path.name:
            path.symlink_to(victim) if put == "a link" else path.hardlink_to(victim)
        move(self, name, to, new)

    monkeypatch.setattr(Folder, "move", late)
    assert echoed.tickets.export(IDS, path, **ASKED).tickets == len(rows(path)) == 51
    assert (path.is_symlink(), victim.read_text()) == (False, "mine")


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


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a" * 300 + ".csv", "too long"),
        ("a" * 246 + ".csv", "too long"),  # room for the file, and none for those beside it
        ("a" * 300 + "/a.csv", "too long"),
        ("a/" * 3_000 + "a.csv", "too long"),
        ("a\0b.csv", "null"),
        ("\0/a.csv", "null"),
        ("\ud800.csv", "surrogates not allowed"),
    ],
)
def test_what_no_file_can_be_called_is_refused(*, name: str, said: str, restart: bool, tmp_path: Path) -> None:
    with (
        SuperOffice(SITE, transport=transport([])) as client,
        pytest.raises(ExportRefusedError, match=rf"cannot use .*{said}.*; choose another name or folder"),
    ):
        client.tickets.export([1], f"{tmp_path}/{name}", restart=restart)
    assert not names(tmp_path)


@pytest.mark.parametrize("path", ["", ".", "..", "/"])
def test_the_name_of_a_folder_is_refused(path: str, client: SuperOffice) -> None:
    with pytest.raises(ExportRefusedError, match="is a folder; name a file in it"):
        client.tickets.export([1], path, format="csv")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no modes")
def test_a_folder_that_is_closed_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o000)
    root = os.geteuid() == 0
    with SuperOffice(SITE, transport=transport([])) as client:
        if root:  # who may open everything
            os.seteuid(65_534)
        try:
            with pytest.raises(ExportRefusedError, match="Permission denied; choose another name or folder"):
                client.tickets.export([1], tmp_path / "closed" / "a.csv")
        finally:
            if root:
                os.seteuid(0)


def test_a_path_that_is_too_long_for_the_journal_is_told(client: SuperOffice, tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d" * 120] * 5)
    deep.mkdir(parents=True)
    with pytest.raises(ExportError, match="journal: unable to open database file; make room, or shorten its path"):
        client.tickets.export([1], deep / "a.csv")
