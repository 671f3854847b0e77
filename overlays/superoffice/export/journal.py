"""The journal of an export: what was asked for, which parts are written for good, and which ids did not come."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any, Final

import attrs
import msgspec

from .._private_files import Folder
from ..errors import ExportError, ExportRefusedError

LAYOUT: Final = "2"  # the version of what is in an export's folder
_FACTS: Final = "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
_ROWS: Final = {  # what grows by a row after another: each table's number, its value, and how it is made
    "parts": ("number", "standing", "CREATE TABLE parts (number INTEGER PRIMARY KEY, standing TEXT NOT NULL)"),
    "missing": ("place", "id", "CREATE TABLE missing (place INTEGER PRIMARY KEY, id INTEGER NOT NULL)"),
    "problems": ("place", "sentence", "CREATE TABLE problems (place INTEGER PRIMARY KEY, sentence TEXT NOT NULL)"),
}
_TABLES: Final = {"facts": _FACTS} | {table: made for table, (_, _, made) in _ROWS.items()}
_SEAL: Final = "seal"  # the fact that is a checksum of everything else
_OF_THE_DISK: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM)


@attrs.frozen(kw_only=True)
class Checkpoint:
    """How far an export has come, over all its runs.

    Attributes:
        asked: Ids whose outcome is settled.
        digest: What tells these ids from others.
        size: Bytes of the data that hold their tickets.
        content: What tells the last part's bytes from others.
        tickets: Tickets among them.
        missing: Ids that did not come back.
        problems: Values that did not decode.
        unexpected: Tickets that came back though nobody asked for them, or that differ from a later one with the same
            id.
        retries: Repetitions of calls.
        slow: Attempts that took longer than the document's threshold.
        seconds: How long the runs took.
    """

    asked: int = 0
    digest: str = ""
    size: int = 0
    content: str = ""
    tickets: int = 0
    missing: int = 0
    problems: int = 0
    unexpected: int = 0
    retries: int = 0
    slow: int = 0
    seconds: float = 0.0


class Journal:
    """A SQLite file: a part is in it as a whole or not at all, and it is locked until it is closed or its process dies.

    It carries a checksum of all that it holds. Nothing is read of one whose layout has another version.

    Raises:
        ExportRefusedError: Another run holds it, it is no journal, or something else changed it.
        ExportError: It cannot be read or written.
        OSError: It cannot be made, or is not the user's own.
    """

    def __init__(self, folder: Folder) -> None:
        self._path = folder.path / "journal"
        self._hashes: dict[str, Any] | None = None  # of the rows; None where a stop left open which of them hold
        for name in folder.names():
            if name.startswith("journal"):  # SQLite's own files go by longer names
                folder.check(name)
        if folder.found("journal") is None:  # never opened otherwise: closing it would end the lock of another run
            with suppress(FileExistsError):
                folder.open("journal", "xb", 0o600).close()
        with self._sound():
            self._base = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            folder.check_place()
            with self._sound():
                self._open()
            noted = self.facts()
            self.same_version = str(noted.get("layout", LAYOUT)).partition(" ")[0] == LAYOUT
            if self.same_version:
                self._check()
            self.standing = self.last() if self.same_version else Checkpoint()
        except BaseException:
            self._base.close()
            raise

    def _open(self) -> None:
        """Lock it, from the first look on, and see to it that its tables are there. A commit is on the disk at once."""
        self._base.executescript("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; BEGIN EXCLUSIVE")
        tables = dict(self._base.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        if not tables:
            for made in _TABLES.values():
                self._base.execute(made)
            self._insert({_SEAL: self._seal({table: sha256() for table in _ROWS})})
        self._base.execute("COMMIT")
        if tables and tables != _TABLES:
            raise self._damaged()

    def _check(self) -> None:
        """Refuse what something else has changed."""
        with self._sound():
            hashes = self._hashed()
            found = self._base.execute("SELECT value FROM facts WHERE name = ?", (_SEAL,)).fetchone()
            if found is None or found[0] != self._seal(hashes):
                raise self._damaged()
        self._hashes = hashes

    def _hashed(self) -> dict[str, Any]:
        """Go over all rows."""
        hashes = {table: sha256() for table in _ROWS}
        for table, (number, value, _) in _ROWS.items():
            rows = self._base.execute(f"SELECT {number}, {value} FROM {table} ORDER BY {number}")  # noqa: S608 - our own
            for place, (found, each) in enumerate(rows, 1):
                if found != place:
                    raise self._damaged()
                hashes[table].update(f"{each!r}\n".encode())
        return hashes

    def _seal(self, hashes: Mapping[str, Any]) -> str:
        facts = self._base.execute("SELECT name, value FROM facts WHERE name != ? ORDER BY name", (_SEAL,)).fetchall()
        seal = sha256(repr(facts).encode())
        for each in hashes.values():
            seal.update(each.digest())
        return _text(seal.hexdigest())

    def _damaged(self) -> ExportRefusedError:
        return ExportRefusedError(
            f"{self._path} is no journal of an export, or was changed or damaged; "
            f"remove {self._path.parent} to begin anew"
        )

    @contextmanager
    def _sound(self) -> Generator[None]:
        """Give SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ExportRefusedError(
                    f"another run is at this export: it holds {self._path}; let it end, or choose another file"
                ) from None
            if code not in _OF_THE_DISK and not (
                code == sqlite3.SQLITE_READONLY and not os.access(self._path, os.W_OK)
            ):
                raise self._damaged() from None
            raise ExportError(
                f"cannot write {self._path}: {error}; make room, and run the same export again"
            ) from error

    @contextmanager
    def _whole(self, *, fresh: bool = False) -> Generator[Callable[[str, Iterable[Any]], None]]:
        """Commit all of what is done, with the checksum of what is there then, or nothing; gives what adds rows."""
        with self._sound():
            hashes = {table: sha256() for table in _ROWS} if fresh else self._hashes or self._hashed()
            hashes, self._hashes = {table: each.copy() for table, each in hashes.items()}, None

            def add(table: str, values: Iterable[Any]) -> None:
                def taken() -> Iterator[tuple[Any]]:
                    for value in values:
                        hashes[table].update(f"{value!r}\n".encode())
                        yield (value,)

                self._base.executemany(f"INSERT INTO {table} ({_ROWS[table][1]}) VALUES (?)", taken())  # noqa: S608

            try:
                self._base.execute("BEGIN")
                yield add
                self._insert({_SEAL: self._seal(hashes)})
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise
            self._hashes = hashes

    def _insert(self, facts: Mapping[str, str]) -> None:
        self._base.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def facts(self) -> dict[str, Any]:
        """Give what was written down about the export as a whole; nothing where it is new."""
        with self._sound():
            found = self._base.execute("SELECT name, value FROM facts WHERE name != ?", (_SEAL,)).fetchall()
        return {name: self._decoded(value, Any) for name, value in found}

    def _decoded(self, value: Any, kind: Any) -> Any:
        try:
            return msgspec.json.decode(value, type=kind)
        except (msgspec.MsgspecError, TypeError, RecursionError):  # where it is not text, for one
            raise self._damaged() from None

    def note(self, facts: Mapping[str, Any]) -> None:
        """Write down facts."""
        with self._whole():
            self._insert({name: _text(value) for name, value in facts.items()})

    def commit(self, standing: Checkpoint, missing: Iterable[int], problems: Iterable[str]) -> None:
        """Write down a part, whose data are on the disk already."""
        with self._whole() as add:
            add("parts", [_text(standing)])
            add("missing", missing)
            add("problems", problems)
        self.standing = standing

    def renew(self, facts: Mapping[str, Any]) -> None:
        """Forget everything, and write down the facts of another export."""
        with self._whole(fresh=True):
            for table in _TABLES:
                self._base.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            self._insert({name: _text(value) for name, value in facts.items()})
        self.standing = Checkpoint()

    def last(self) -> Checkpoint:
        """Look up how far the export has come, whatever was about to be written."""
        with self._sound():
            found = self._base.execute("SELECT standing FROM parts ORDER BY number DESC LIMIT 1").fetchone()
        return Checkpoint() if found is None else self._decoded(found[0], Checkpoint)

    def parts(self) -> Iterator[Checkpoint]:
        """Give how far it had come with each part."""
        with self._sound():
            for (standing,) in self._base.execute("SELECT standing FROM parts ORDER BY number"):
                yield self._decoded(standing, Checkpoint)

    def missing(self) -> Iterator[int]:
        """Give the ids that did not come back, in their order."""
        with self._sound():
            for (id_,) in self._base.execute("SELECT id FROM missing ORDER BY place"):
                yield id_

    def problems(self) -> Iterator[str]:
        """Give a sentence for each value that did not decode."""
        with self._sound():
            for (sentence,) in self._base.execute("SELECT sentence FROM problems ORDER BY place"):
                yield sentence

    def close(self) -> None:
        """Let go of the lock."""
        self._base.close()


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
