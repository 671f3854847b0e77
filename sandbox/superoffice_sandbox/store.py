"""Tickets in a SQLite file: one table, with a column for each field of the OpenAPI document's Ticket."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from superoffice_api.fields import TicketFields
from superoffice_runtime.fields import fields_of

from .behaviour import no_such

FIELDS: Final = fields_of(TicketFields)
_SQL_TYPES: dict[str, str] = {
    **dict.fromkeys(("int32", "int64", "integer", "boolean"), "INTEGER"),
    **dict.fromkeys(("double", "float", "number"), "REAL"),
}
_COLUMNS = ", ".join(f'"{name}" {_SQL_TYPES.get(field.type, "TEXT")}' for name, field in FIELDS.items())
_SCHEMA = f'CREATE TABLE ticket ({_COLUMNS}, PRIMARY KEY ("TicketId"))'
_INSERT = f"INSERT OR REPLACE INTO ticket VALUES ({', '.join('?' * len(FIELDS))})"  # noqa: S608 - placeholders only
_NESTED = {name for name, field in FIELDS.items() if field.members is not None or " of " in field.type}
_BOOLEANS = {name for name, field in FIELDS.items() if field.type == "boolean"}

Row = dict[str, Any]


class StoreError(Exception):
    """The file is not a sandbox's, or another version's.

    >>> _ = (folder / "letter.db").write_text("Dear customer, this is no database. " * 40)
    >>> superoffice_sandbox.start(db=folder / "letter.db")
    Traceback (most recent call last):
    superoffice_sandbox.store.StoreError: ... is not a SQLite file (...); name another --db, or move it away
    """


class Store:
    """The sandbox's tickets. `path` None keeps them in memory; `first` are those of a new database.

    Other programs may write to the file meanwhile; what is written survives the process.
    """

    def __init__(self, path: Path | None = None, first: Iterable[Mapping[str, Any]] = ()) -> None:
        self._lock = threading.Lock()  # the server's thread and the user's share one connection
        try:
            self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise StoreError(f"{path} cannot be opened ({error}); does its folder exist?") from error
        try:
            self._open(path, first)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise StoreError(f"{path} is not a SQLite file ({error}); name another --db, or move it away") from error
        except BaseException:
            self._connection.close()
            raise

    def _open(self, path: Path | None, first: Iterable[Mapping[str, Any]]) -> None:
        # Check before anything is written; then one transaction makes all, so that no half-filled file stays.
        if not self._is_ours(path):
            self._connection.execute("PRAGMA journal_mode=WAL")
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                if not self._is_ours(path):
                    self._connection.execute(_SCHEMA)
                    self._connection.executemany(_INSERT, (self._pack(ticket) for ticket in first))

    def _is_ours(self, path: Path | None) -> bool:
        tables = dict(self._connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
        if tables and tables.get("ticket") != _SCHEMA:
            raise StoreError(f"{path} holds other tables than this version's; name another --db, or move it away")
        return bool(tables)

    def add(self, tickets: Iterable[Mapping[str, Any]]) -> None:
        """Write tickets by their API names; fields left out are null, a ticket with the same id is replaced.

        Raises:
            TypeError: A ticket has no such field.
        """
        rows = [self._pack(ticket) for ticket in tickets]
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_INSERT, rows)

    def delete(self, ids: Iterable[int]) -> None:
        """Delete the tickets with these ids; unknown ones are ignored."""
        with self._lock, self._connection:
            self._connection.executemany('DELETE FROM ticket WHERE "TicketId" = ?', [(number,) for number in ids])

    def get(self, ids: Iterable[int]) -> dict[int, Row]:
        """Return the tickets with these ids, by id; missing ones are left out."""
        with self._lock:
            rows = self._connection.execute(
                'SELECT * FROM ticket WHERE "TicketId" IN (SELECT value FROM json_each(?))', (json.dumps(list(ids)),)
            ).fetchall()
        return {ticket["TicketId"]: ticket for ticket in map(self._unpack, rows)}

    def count(self) -> int:
        """Return the number of tickets."""
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM ticket").fetchone()[0])

    def next_id(self) -> int:
        """Return an id above all others; the lowest that is free where the greatest of all is taken."""
        free = 'SELECT min("TicketId") + 1 FROM ticket WHERE "TicketId" + 1 NOT IN (SELECT "TicketId" FROM ticket)'
        with self._lock:
            above = int(self._connection.execute('SELECT coalesce(max("TicketId"), 0) + 1 FROM ticket').fetchone()[0])
            return above if above < 2**31 else int(self._connection.execute(free).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @staticmethod
    def _pack(ticket: Mapping[str, Any]) -> list[Any]:
        for name in ticket:
            if name not in FIELDS:
                raise TypeError(no_such("a ticket", name, FIELDS))
        values = (ticket.get(name) for name in FIELDS)
        return [json.dumps(value) if isinstance(value, (dict, list)) else value for value in values]

    @staticmethod
    def _unpack(row: tuple[Any, ...]) -> Row:
        ticket = dict(zip(FIELDS, row, strict=True))
        for name in _NESTED:
            if ticket[name] is not None:
                try:
                    ticket[name] = json.loads(ticket[name])
                except (TypeError, ValueError) as error:
                    raise StoreError(
                        f"ticket {ticket['TicketId']}: {name} in the database is not JSON: {error}"
                    ) from None
        for name in _BOOLEANS:
            if ticket[name] is not None:
                ticket[name] = bool(ticket[name])
        return ticket
