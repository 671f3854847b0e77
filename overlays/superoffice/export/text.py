"""The forms of an export's file, and how tickets are written in each."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import chain
from typing import Any, BinaryIO, Protocol, TypeAlias
from unicodedata import category, normalize

import msgspec

from ..arrow import TableSpec
from ..batch import HasTicketId, TicketBatch
from ..errors import ConfigurationError
from .names import FormatName

Lose: TypeAlias = Callable[[Sequence[str]], None]
"""Is told of values that a form cannot hold."""


class Format(Protocol):
    """How tickets are written, a part at a time.

    Attributes:
        name: Which form it is.
        columns: What its table looks like; a run with others cannot go on with it.
        head: What comes before the first part.
        assemble: Makes the whole file of the data, whose parts end at some sizes; None where the data are the file.
    """

    name: FormatName
    columns: Sequence[str]
    head: bytes

    @property
    def assemble(self) -> Callable[[BinaryIO, Sequence[int], BinaryIO], None] | None:
        """Return what writes the file of its parts; None where they need only stand one after another."""
        ...

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        """Turn tickets into bytes that stand after the parts before; the sentences tell which values got lost."""
        ...

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Lose) -> int:
        """Write tickets as they come; gives how many bytes they take."""
        ...


class Text:
    """CSV and JSON lines, whose parts need only stand one after another; compressed ones do, too."""

    assemble = None

    def __init__(self, name: FormatName, kind: type[Any], compression: str, csv_safe: bool) -> None:
        self.name: FormatName = name
        self.columns: Sequence[str] = kind.__struct_encode_fields__
        self._safe = csv_safe
        self._pack: Callable[[bytes], bytes] = _zipped if compression == "gzip" else bytes
        self.head = self._pack(csv_head(kind).encode()) if name == "csv" else b""

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        """Return the lines of tickets."""
        tickets = chain.from_iterable(batches)
        content = csv_lines(tickets, safe=self._safe).encode() if self.name == "csv" else json_lines(tickets)
        return self._pack(content) if content else b"", []

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Lose) -> int:
        """Write tickets as they come, and return how many bytes they take."""
        size = file.write(self.head)
        for batch in batches:
            size += file.write(self.part([batch])[0])
            file.flush()  # for a reader who waits
        return size


def _zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same content gives the same bytes


def make_format(name: FormatName, layout: TableSpec, compression: str, *, csv_safe: bool) -> Format:
    """Make the form; raises `MissingExtraError` where it needs what is not installed."""
    if csv_safe and name != "csv":
        raise ConfigurationError("csv_safe goes with format='csv'")
    if name in ("csv", "jsonl"):
        return Text(name, layout.kind, compression, csv_safe)
    layout.schema(wire=True)  # which asks for the extra
    from .table import Table

    return Table(name, layout, compression)


_FORMULA_STARTS = frozenset("=+-@\u2212")
_FILLERS = frozenset("'\u115f\u1160\u2800\u3164\uffa0")  # which show nothing, or are the guard itself


def json_lines(tickets: Iterable[HasTicketId]) -> bytes:
    """Write each ticket as a JSON object in a line of its own, under the wire's names."""
    return b"".join(msgspec.json.encode(ticket) + b"\n" for ticket in tickets)


def csv_lines(tickets: Iterable[HasTicketId], *, safe: bool, shown: Callable[[str], str] = str) -> str:
    """Write each ticket as a line of CSV; `safe` guards cells that a spreadsheet would run, `shown` shows each."""
    return _csv([shown(_cell(value, safe)) for value in ticket.to_dict(wire=True).values()] for ticket in tickets)


def csv_head(kind: type[Any]) -> str:
    """Write the wire's names of a ticket's members."""
    return _csv([kind.__struct_encode_fields__])


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _cell(value: object, safe: bool) -> str:
    """Write a value into a cell; nested objects as JSON, date-times as ISO 8601, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    text = str(value)
    # Numbers of ours may start with a minus and are safe.
    return f"'{text}" if safe and isinstance(value, str) and _may_run(text) else text


def _may_run(text: str) -> bool:
    """Return whether a spreadsheet may run a text: what it shows first begins a formula, in any width.

    Controls, blanks, marks and what else shows nothing is passed over, since spreadsheets trim it. So is an apostrophe:
    taking the first one off every cell for which this is true gives back the texts as they were.
    """
    first = next((char for char in text if category(char)[0] not in "CMZ" and char not in _FILLERS), "")
    return text.lstrip("'").startswith(("\t", "\r", "\n")) or normalize("NFKC", first)[:1] in _FORMULA_STARTS
