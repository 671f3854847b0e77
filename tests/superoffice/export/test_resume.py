"""Exports that are stopped, resumed and started again: whatever stops them, nothing is lost."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Any

import anyio
import pytest
from arro3.io import read_ipc, read_parquet

from superoffice import (
    AsyncSuperOffice,
    AuthenticationError,
    BasicAuth,
    ExportProgress,
    ExportRefusedError,
    SuperOffice,
)
from superoffice._private_files import Folder
from superoffice.export.job import Journal
from superoffice_sandbox import Sandbox

from ...support.exports import ASKED, IDS, SELECT, Exports, Stop, names, rows, stops_at

pytestmark = pytest.mark.usefixtures("quiet")


def test_what_stops_it_loses_nothing(export: Exports, tmp_path: Path, small_parts: None) -> None:
    whole, path = tmp_path / "whole.jsonl", tmp_path / "tickets.jsonl"
    export(IDS, whole, select=SELECT)
    told: list[ExportProgress] = []
    for asked in (10, 30, 40):
        with pytest.raises(Stop):
            export(IDS, path, select=SELECT, progress=stops_at(asked))
        assert names(tmp_path) == {
            "whole.jsonl",
            "whole.jsonl.missing.txt",
            "tickets.jsonl.export",
        }
    result = export(IDS, path, select=SELECT, progress=told.append)
    assert path.read_bytes() == whole.read_bytes()
    assert (told[0].asked, told[0].resumed, told[0].total, told[0].tickets) == (40, 40, 52, 40)
    assert (told[-1].asked, told[-1].tickets, told[-1].missing) == (52, 51, 1)
    assert (result.tickets, list(result.missing), result.repeated, result.resumed) == (51, [77_777], 2, 40)


def test_export_again_exports_again(export: Exports, tmp_path: Path, box: Sandbox) -> None:
    """As `to_parquet` does; the old file is there until the new one is whole."""
    path = tmp_path / "tickets.jsonl"
    export(IDS, path, select=["Title"])
    old, found = path.read_bytes(), list[bool]()
    left = {"tickets.jsonl", "tickets.jsonl.missing.txt"}
    for ids in (IDS, iter(IDS), array("i", IDS)):
        assert names(tmp_path) == left
        box.requests.clear()
        again = export(ids, path, select=["Title"], progress=lambda _: found.append(path.read_bytes() == old))
        assert (again.tickets, list(again.missing), again.repeated, again.resumed) == (51, [77_777], 2, 0)
        assert box.requests
    assert all(found)
    other = export([2, 3], path, format="csv", compression="gzip")
    assert (other.missing_path, gzip.decompress(path.read_bytes()).count(b"\n")) == (None, 3)
    assert names(tmp_path) == {"tickets.jsonl"}


@pytest.mark.parametrize("name", ["tickets.jsonl", "tickets.jsonl.missing.txt", "tickets.jsonl.problems.txt"])
@pytest.mark.parametrize("put", ["before it", "after a stop", "in its last call"])
def test_what_is_in_the_place_of_one_of_its_files_is_replaced_in_the_end(
    name: str, put: str, client: SuperOffice, tmp_path: Path
) -> None:
    path, mine = tmp_path / "tickets.jsonl", tmp_path / name
    if put == "after a stop":
        with pytest.raises(Stop):
            client.tickets.export([1, 77_777], path, progress=stops_at(2))
    if put != "in its last call":
        mine.write_text("mine")

    def there(_: ExportProgress) -> None:
        mine.write_text("mine")

    result = client.tickets.export([1, 77_777], path, progress=there)
    assert (len(rows(path)), list(result.missing), result.problems) == (1, [77_777], 0)
    assert names(tmp_path) == {"tickets.jsonl", "tickets.jsonl.missing.txt"}


def test_what_had_not_begun_may_change(client: SuperOffice, tmp_path: Path) -> None:
    with pytest.raises(Stop):
        client.tickets.export([1], tmp_path / "tickets.jsonl", select=["Title"], progress=stops_at(0))
    assert client.tickets.export([2, 3], tmp_path / "tickets.jsonl").tickets == 2


def test_a_stopped_run_can_be_thrown_away(export: Exports, tmp_path: Path) -> None:
    path, again = tmp_path / "tickets.jsonl", {"select": ["Title"], "restart": True}
    export([1, 77_777], path)
    old = path.read_bytes()

    def stopped(**given: Any) -> None:
        with pytest.raises(Stop):
            export(IDS, path, select=["Title"], **given, progress=stops_at(30))
        assert path.read_bytes() == old

    for change in ({}, {"ids": IDS[1:]}, {"ids": iter(IDS)}, {"select": ["CreatedAt"]}):
        given: dict[str, Any] = {"ids": IDS, **again, **change}
        stopped()
        assert export(given.pop("ids"), path, **given).resumed == 0
        path.write_bytes(old)
    stopped()
    stopped(restart=True)
    assert export(IDS, path, select=["Title"]).resumed == 30
    path.write_bytes(old)
    stopped()
    (tmp_path / "tickets.jsonl.export" / "data").unlink()
    assert export(IDS, path, **again).resumed == 0


def test_names_that_are_lacking_alone_need_no_new_beginning(
    export: Exports, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, replace = tmp_path / "tickets.jsonl", os.replace

    def stopped(*_: Any, **__: Any) -> None:
        raise Stop

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(Stop):
        export([1, 77_777], path)
    monkeypatch.setattr(os, "replace", replace)
    box.requests.clear()
    with pytest.raises(ExportRefusedError, match="with other ids"):
        export(iter([1, 77_777, 2]), path)
    result = export([1, 77_777], path)
    assert (result.tickets, list(result.missing), len(rows(path))) == (1, [77_777], 1)
    assert not box.requests


def test_a_sign_in_that_ends_midway_loses_nothing(
    export: Exports, box: Sandbox, tmp_path: Path, small_parts: None
) -> None:
    path, whole = tmp_path / "tickets.jsonl", tmp_path / "whole.jsonl"
    export(range(1, 51), whole)

    def end_it(progress: ExportProgress) -> None:
        if progress.asked == 0:
            box.fault(delay=0, times=3)
            box.fault(status=401, times=100)

    try:
        with pytest.raises(AuthenticationError):
            export(range(1, 51), path, progress=end_it, max_concurrency=1)
    finally:
        box.faults.clear()
    assert export(range(1, 51), path).resumed == 30
    assert path.read_bytes() == whole.read_bytes()


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
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))\n"
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
    store, replace = Journal.store, os.replace
    left = ["before the journal", "after it", "at a name"]

    def stopped_store(self: Journal, facts: Any, checkpoint: Any) -> None:
        moment = left[0] if left else None
        part = checkpoint.asked > self.checkpoint.asked
        if moment == "before the journal" and part:
            raise KeyboardInterrupt(left.pop(0))
        store(self, facts, checkpoint)
        if moment == "after it" and part:
            raise KeyboardInterrupt(left.pop(0))

    def stopped_replace(source: Any, target: Any, **folders: Any) -> None:
        if left == ["at a name"] and target == path.name:
            raise KeyboardInterrupt(left.pop(0))
        replace(source, target, **folders)

    monkeypatch.setattr(Journal, "store", stopped_store)
    monkeypatch.setattr(os, "replace", stopped_replace)
    while left:
        with pytest.raises(KeyboardInterrupt):
            small.tickets.export(IDS, path, select=["Title"])
    result = small.tickets.export(IDS, path, select=["Title"])
    assert result.resumed == 52
    assert (path.read_bytes(), result.missing_path and result.missing_path.read_text()) == (
        whole.read_bytes(),
        "77777\n",
    )
    assert names(tmp_path) == {f"{name}.csv{more}" for name in ("whole", "tickets") for more in ("", ".missing.txt")}


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
    assert (read_parquet if ending == "parquet" else read_ipc)(path).read_all()["title"].to_pylist() == ["x"]


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


@pytest.mark.parametrize("name", ["tickets.jsonl", "tickets.parquet"])
@pytest.mark.parametrize("moment", [(Folder, "sync"), (Folder, "remove"), (Journal, "close"), (Path, "rmdir")])
def test_one_that_was_killed_before_it_had_cleaned_up_counts_as_finished(
    moment: tuple[Any, str], name: str, echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run of the same or another export cleans up, and exports again."""
    path, (kind, method) = tmp_path / name, moment
    real = getattr(kind, method)

    def stop(self: Any, *given: Any) -> None:
        if path.exists() and method != "close":
            raise Stop
        real(self, *given)
        if path.exists():
            raise Stop

    for ids in (IDS, IDS[:20], iter(IDS)):
        path.unlink(missing_ok=True)
        with monkeypatch.context() as patch:
            patch.setattr(kind, method, stop)
            with pytest.raises(Stop):
                echoed.tickets.export(IDS, path, **ASKED)
        assert path.exists()
        assert (tmp_path / f"{name}.export").exists()
        result = echoed.tickets.export(ids, path, **ASKED)
        assert (result.resumed, result.tickets) == (0, 20 if ids == IDS[:20] else 51)
        assert not (tmp_path / f"{name}.export").exists()


def test_what_sqlite_left_of_a_killed_run_is_removed_too(export: Exports, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    with pytest.raises(Stop):
        export(IDS, path, progress=stops_at(30))
    (tmp_path / "tickets.csv.export" / "journal-journal").touch()
    export(IDS, path)
    assert names(tmp_path) == {"tickets.csv", "tickets.csv.missing.txt"}
