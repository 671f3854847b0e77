"""The journal of an export: what was asked for, which parts are written for good, and which ids did not come."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import msgspec

from .errors import ExportError, ExportRefusedError

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (number INTEGER PRIMARY KEY, standing TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS missing (place INTEGER PRIMARY KEY, id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS problems (place INTEGER PRIMARY KEY, sentence TEXT NOT NULL);
"""


@attrs.frozen(kw_only=True)
class Standing:
    """How far an export has come, over all its runs.

    Attributes:
        asked: Ids whose outcome is settled.
        digest: What tells these ids from others.
        size: Bytes of the data that hold their tickets.
        tickets: Tickets among them.
        missing: Ids that did not come back.
        problems: Values that did not decode.
        retries: Repetitions of calls.
        slow: Attempts that took longer than the document's threshold.
        seconds: How long the runs took.
    """

    asked: int = 0
    digest: str = ""
    size: int = 0
    tickets: int = 0
    missing: int = 0
    problems: int = 0
    retries: int = 0
    slow: int = 0
    seconds: float = 0.0


class Journal:
    """A SQLite file: a part is in it as a whole or not at all, and it is locked until it is closed or its process dies.

    Raises:
        ExportRefusedError: Another run holds it, or it is no journal.
        ExportError: It cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._sound():
            self._base = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with self._sound():
                # Locked from the first look on; a commit has reached the disk when it returns.
                self._base.executescript("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA;")
                self._base.executescript(f"BEGIN EXCLUSIVE; {_TABLES} COMMIT;")
            self.standing = self.last()
        except BaseException:
            self._base.close()
            raise

    @contextmanager
    def _sound(self) -> Generator[None]:
        """Give SQLite's errors as ours."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ExportRefusedError(
                    f"another run is at this export: it holds {self._path}; let it end, or choose another file"
                ) from None
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise ExportRefusedError(
                    f"{self._path} is no journal of an export, or is damaged; remove {self._path.parent} to begin anew"
                ) from None
            raise ExportError(
                f"cannot write {self._path}: {error}; make room, and run the same export again"
            ) from error

    @contextmanager
    def _whole(self) -> Generator[sqlite3.Connection]:
        """Commit all of what is done, or nothing."""
        with self._sound():
            self._base.execute("BEGIN")
            try:
                yield self._base
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    def facts(self) -> dict[str, Any]:
        """Give what was written down about the export as a whole; nothing where it is new."""
        with self._sound():
            found = self._base.execute("SELECT name, value FROM facts").fetchall()
        return {name: msgspec.json.decode(value) for name, value in found}

    def note(self, facts: Mapping[str, Any]) -> None:
        """Write down facts."""
        with self._whole() as base:
            _insert(base, facts)

    def commit(self, standing: Standing, missing: Iterable[int], problems: Iterable[str]) -> None:
        """Write down a part, whose data are on the disk already."""
        with self._whole() as base:
            base.execute("INSERT INTO parts (standing) VALUES (?)", (msgspec.json.encode(standing).decode(),))
            base.executemany("INSERT INTO missing (id) VALUES (?)", ((id_,) for id_ in missing))
            base.executemany("INSERT INTO problems (sentence) VALUES (?)", ((sentence,) for sentence in problems))
        self.standing = standing

    def renew(self, facts: Mapping[str, Any]) -> None:
        """Forget everything, and write down the facts of another export."""
        with self._whole() as base:
            for table in ("facts", "parts", "missing", "problems"):
                base.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            _insert(base, facts)
        self.standing = Standing()

    def last(self) -> Standing:
        """Look up how far the export has come, whatever was about to be written."""
        with self._sound():
            found = self._base.execute("SELECT standing FROM parts ORDER BY number DESC LIMIT 1").fetchone()
        return Standing() if found is None else msgspec.json.decode(found[0], type=Standing)

    def sizes(self) -> list[int]:
        """Give where each part's data end."""
        with self._sound():
            found = self._base.execute("SELECT standing FROM parts ORDER BY number").fetchall()
        return [msgspec.json.decode(standing, type=Standing).size for (standing,) in found]

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


def _insert(base: sqlite3.Connection, facts: Mapping[str, Any]) -> None:
    values = [(name, msgspec.json.encode(value).decode()) for name, value in facts.items()]
    base.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", values)
