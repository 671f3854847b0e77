"""The journal of an export: what was asked for, which parts are written for good, and which ids are missing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any, Final, Literal

import attrs
import msgspec

from .._private_files import Folder
from .._window import Counts
from ..errors import ExportError, ExportRefusedError

LAYOUT: Final = "3"  # the version of what is in an export's folder
_FACTS: Final = "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
_ROWS: Final = {  # what grows by a row after another: each table's number, its value, and how it is made
    "parts": (
        "number",
        "checkpoint",
        "CREATE TABLE parts (number INTEGER PRIMARY KEY, checkpoint TEXT NOT NULL)",
    ),
    "missing": ("place", "id", "CREATE TABLE missing (place INTEGER PRIMARY KEY, id INTEGER NOT NULL)"),
    "problems": ("place", "sentence", "CREATE TABLE problems (place INTEGER PRIMARY KEY, sentence TEXT NOT NULL)"),
}
_TABLES: Final = {"facts": _FACTS} | {table: made for table, (_, _, made) in _ROWS.items()}
_SEAL: Final = "seal"  # the fact that is a checksum of everything else
_DISK_ERRORS: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM)


@attrs.frozen(kw_only=True)
class Checkpoint(Counts):
    """How far an export has come, over all its runs.

    Attributes:
        digest: What tells the ids whose outcome is stored from others.
        size: Bytes of the data that hold their tickets.
        content: The checksum of the last part's bytes.
        seconds: How long the runs took.
    """

    digest: str = ""
    size: int = 0
    content: str = ""
    seconds: float = 0.0


class Journal:
    """A SQLite file: a part is in it as a whole or not at all, and it is locked until it is closed or its process ends.

    It has a checksum of everything in it. Nothing is read of one whose layout has another version.

    Raises:
        ExportRefusedError: Another run holds it, it is not a journal, or something else changed it.
        ExportError: It cannot be read or written.
        OSError: It cannot be made, or is not the user's own.
    """

    def __init__(self, folder: Folder) -> None:
        self._path = folder.path / "journal"
        self._hashes: dict[str, Any] | None = None  # of the rows; None where a stop left open which of them hold
        for name in folder.names():
            if name.startswith("journal"):  # SQLite's own files have longer names
                folder.check(name)
        if folder.found("journal") is None:  # never opened otherwise: closing it would end the lock of another run
            with suppress(FileExistsError):
                folder.open("journal", "xb", 0o600).close()
        with self._translating_errors():
            self._base = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            folder.check_place()
            with self._translating_errors():
                self._lock()
            stored = self.facts()
            self.same_version = str(stored.get("layout", LAYOUT)).partition(" ")[0] == LAYOUT
            if self.same_version:
                self._check()
            self.checkpoint = self.last_checkpoint() if self.same_version else Checkpoint()
        except BaseException:
            self._base.close()
            raise

    def _lock(self) -> None:
        """Lock it before the first read, and make its tables where there are none. A commit is on the disk at once."""
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
        with self._translating_errors():
            hashes = self._hash_rows()
            found = self._base.execute("SELECT value FROM facts WHERE name = ?", (_SEAL,)).fetchone()
            if found is None or found[0] != self._seal(hashes):
                raise self._damaged()
        self._hashes = hashes

    def _hash_rows(self) -> dict[str, Any]:
        hashes = {table: sha256() for table in _ROWS}
        for table, (number, value, _) in _ROWS.items():
            rows = self._base.execute(f"SELECT {number}, {value} FROM {table} ORDER BY {number}")  # noqa: S608 - our own
            for expected, (found, each) in enumerate(rows, 1):
                if found != expected:
                    raise self._damaged()
                hashes[table].update(f"{each!r}\n".encode())
        return hashes

    def _seal(self, hashes: Mapping[str, Any]) -> str:
        facts = self._base.execute("SELECT name, value FROM facts WHERE name != ? ORDER BY name", (_SEAL,)).fetchall()
        seal = sha256(repr(facts).encode())
        for each in hashes.values():
            seal.update(each.digest())
        return _json(seal.hexdigest())

    def _damaged(self) -> ExportRefusedError:
        return ExportRefusedError(
            f"{self._path} is not the journal of an export, or was changed or damaged; "
            f"remove {self._path.parent} to start again"
        )

    @contextmanager
    def _translating_errors(self) -> Generator[None]:
        """Raise SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ExportRefusedError(
                    f"another run is at this export: it holds {self._path}; let it end, or choose another file"
                ) from None
            if code not in _DISK_ERRORS and not (
                code == sqlite3.SQLITE_READONLY and not os.access(self._path, os.W_OK)
            ):
                raise self._damaged() from None
            raise ExportError(
                f"cannot write {self._path}: {error}; make room, and run the same export again"
            ) from error

    @contextmanager
    def _transaction(self, *, fresh: bool = False) -> Generator[Callable[[str, Iterable[Any]], None]]:
        """Commit all that is done, with the checksum of everything, or nothing; yields what adds rows to a table."""
        with self._translating_errors():
            hashes = {table: sha256() for table in _ROWS} if fresh else self._hashes or self._hash_rows()
            hashes, self._hashes = {table: each.copy() for table, each in hashes.items()}, None

            def add(table: str, values: Iterable[Any]) -> None:
                def hashed() -> Iterator[tuple[Any]]:
                    for value in values:
                        hashes[table].update(f"{value!r}\n".encode())
                        yield (value,)

                self._base.executemany(f"INSERT INTO {table} ({_ROWS[table][1]}) VALUES (?)", hashed())  # noqa: S608

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
        """Return what is stored about the export as a whole; nothing where it is new."""
        with self._translating_errors():
            found = self._base.execute("SELECT name, value FROM facts WHERE name != ?", (_SEAL,)).fetchall()
        return {name: self._decoded(value, Any) for name, value in found}

    def _decoded(self, value: Any, kind: Any) -> Any:
        try:
            return msgspec.json.decode(value, type=kind)
        except (msgspec.MsgspecError, TypeError, RecursionError):  # where it is not text, for one
            raise self._damaged() from None

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        """Store facts."""
        with self._transaction():
            self._insert({name: _json(value) for name, value in facts.items()})

    def reset(self, facts: Mapping[str, Any]) -> None:
        """Delete everything, and store the facts of another export."""
        with self._transaction(fresh=True):
            for table in _TABLES:
                self._base.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            self._insert({name: _json(value) for name, value in facts.items()})
        self.checkpoint = Checkpoint()

    def commit(self, checkpoint: Checkpoint, missing: Iterable[int], problems: Iterable[str]) -> None:
        """Store a part, whose data are on the disk already."""
        with self._transaction() as add:
            add("parts", [_json(checkpoint)])
            add("missing", missing)
            add("problems", problems)
        self.checkpoint = checkpoint

    def last_checkpoint(self) -> Checkpoint:
        """Read how far the export has come, whatever a stopped `commit` left open."""
        with self._translating_errors():
            found = self._base.execute("SELECT checkpoint FROM parts ORDER BY number DESC LIMIT 1").fetchone()
        return Checkpoint() if found is None else self._decoded(found[0], Checkpoint)

    def checkpoints(self) -> Iterator[Checkpoint]:
        """Yield how far the export had come with each part."""
        return (self._decoded(text, Checkpoint) for text in self.rows("parts"))

    def rows(self, table: Literal["parts", "missing", "problems"]) -> Iterator[Any]:
        """Yield the values of a table in their order: missing ids, or a sentence for each problem."""
        number, value, _ = _ROWS[table]
        with self._translating_errors():
            for (found,) in self._base.execute(f"SELECT {value} FROM {table} ORDER BY {number}"):  # noqa: S608 - our own
                yield found

    def close(self) -> None:
        """Release the lock."""
        self._base.close()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
