"""An export's folder: what was changed, planted or belongs to others is refused."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from superoffice import ExportError, ExportProgress, ExportRefusedError, SuperOffice
from superoffice._private_files import Folder
from superoffice_sandbox import Sandbox

from ...support.exports import ASKED, IDS, ROWS, Exports, Stop, names, outcome, rows, stops_at

pytestmark = pytest.mark.usefixtures("quiet")
STOPPED = ["in its midst", "before its files have names", "before it has cleaned up"]


def left_by(client: SuperOffice, path: Path, stopped: str, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """Leave an export of IDS as a stop does."""

    def stop(*_: Any, **__: Any) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        if stopped == STOPPED[1]:
            patch.setattr(Folder, "move", stop)
        elif stopped == STOPPED[2]:
            patch.setattr(Path, "rmdir", stop)
            patch.setattr(Folder, "remove", lambda self, name: None)
        told = stops_at(ROWS) if stopped == STOPPED[0] else None
        with pytest.raises(Stop):
            client.tickets.export(IDS, path, **ASKED, **more, progress=told)


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


VALUES = ("5", "-1", "1e99", "''", "'x'", "x'ff00'", "CAST(x'ff' AS TEXT)", "'null'", "'[1]'", "'{}'", "'[{},{}]'")
EDITS = [
    *("DELETE FROM journal", "DROP TABLE journal", "ALTER TABLE journal ADD x", "CREATE TABLE x (y)"),
    "UPDATE journal SET number = number + 1",
    "INSERT INTO journal VALUES (2, '[{},{}]', '')",
    "CREATE TRIGGER x AFTER INSERT ON journal BEGIN DELETE FROM journal; END",
    *(f"UPDATE journal SET {name} = {value}" for name in ("state", "checksum") for value in VALUES),  # noqa: S608
    *(
        f"UPDATE journal SET state = replace(state, '{old}', '{new}')"  # noqa: S608 - an edit
        for old, new in (
            *(('"asked":', '"asked":-'), ('"received":', '"received":1'), ('"digest":"', '"digest":"0')),
            *(('"layout":"', '"layout":"0'), ('"format":"', '"format":"../../victim')),
        )
    ),
    "UPDATE journal SET state = printf('%.*c', 100000, '[')",
]


@pytest.mark.parametrize("stopped", STOPPED[:2])
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
    assert path.stat().st_mode & 0o777 == 0o666


def test_a_folder_may_be_reached_by_a_link(export: Exports, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    for _ in range(2):
        export([1], tmp_path / "linked" / "tickets.csv")
    assert names(tmp_path / "real") == {"tickets.csv"}


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
        assert echoed.tickets.export(IDS, path, **ASKED, progress=meddle).tickets == 51
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert path.stat().st_uid == ALICE


def test_a_whole_file_that_is_lost_before_it_has_its_name_is_told(
    echoed: SuperOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tickets.parquet"
    left_by(echoed, path, STOPPED[1], monkeypatch)
    (tmp_path / "tickets.parquet.export" / "output").unlink()
    with pytest.raises(ExportRefusedError, match="not whole any more"):
        echoed.tickets.export(IDS, path, **ASKED)
    assert echoed.tickets.export(IDS, path, **ASKED, restart=True).resumed == 0
