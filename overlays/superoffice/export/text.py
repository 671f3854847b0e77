"""CSV and JSON lines."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from io import StringIO
from itertools import chain
from typing import Any, BinaryIO
from unicodedata import category, normalize

import msgspec

from ..batch import HasTicketId, TicketBatch
from . import FormatName


class Text:
    """CSV and JSON lines: `head` and the parts, one after another, also where they are compressed."""

    assemble: None = None  # it is its parts

    def __init__(self, name: FormatName, kind: type[Any], compression: str, csv_safe: bool, api_names: bool) -> None:
        self._csv = name == "csv"
        self._safe, self._api_names = csv_safe, api_names
        self.columns = csv_head(kind, api_names=api_names)  # by which a run with others is refused
        self._pack: Callable[[bytes], bytes] = partial(gzip.compress, mtime=0) if compression == "gzip" else bytes
        self.head = self._pack(self.columns.encode()) if self._csv else b""

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        """Return the lines of tickets, and no sentences on lost values, since they lose none."""
        tickets = chain.from_iterable(batches)
        if self._csv:
            content = csv_lines(tickets, safe=self._safe, api_names=self._api_names).encode()
        else:
            content = json_lines(tickets, api_names=self._api_names)
        return self._pack(content) if content else b"", []

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, _: Callable[[list[str]], None]) -> int:
        """Write tickets as they come, and return how many bytes they take."""
        size = file.write(self.head)
        for batch in batches:
            size += file.write(self.part([batch])[0])
            file.flush()  # for a reader who waits
        return size


_FORMULA_STARTS = frozenset("=+-@\u2212")
_FILLERS = frozenset("'\u115f\u1160\u2800\u3164\uffa0")  # which show nothing, or are the guard itself


def json_lines(tickets: Iterable[HasTicketId], *, api_names: bool = True) -> bytes:
    """Return each ticket as a JSON object in a line of its own, by API names or attributes."""
    encode = msgspec.json.encode
    return b"".join(encode(ticket if api_names else ticket.to_dict()) + b"\n" for ticket in tickets)


def csv_lines(tickets: Iterable[HasTicketId], *, safe: bool, api_names: bool, shown: Callable[[str], str] = str) -> str:
    """Return a line of CSV for each ticket; `safe` guards cells that a spreadsheet would run, `shown` changes each."""
    rows = (ticket.to_dict(api_names=api_names) for ticket in tickets)
    return _csv([shown(_cell(value, safe)) for value in row.values()] for row in rows)


def csv_head(kind: type[Any], *, api_names: bool) -> str:
    """Return the line of CSV with the names of a ticket's fields."""
    return _csv([kind.__struct_encode_fields__ if api_names else kind.__struct_fields__])


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _cell(value: object, safe: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool | dict | list):
        return msgspec.json.encode(value).decode()
    text = str(value)
    # Numbers of ours may start with a minus and are safe.
    return f"'{text}" if safe and isinstance(value, str) and _may_run(text) else text


def _may_run(text: str) -> bool:
    """Return True for a text that a spreadsheet may run: what it shows first begins a formula, in any width.

    Controls, blanks, marks and what else shows nothing are skipped, since spreadsheets trim it. So is an apostrophe:
    taking the first one off every cell for which this is true gives back the texts as they were.
    """
    first = next((char for char in text if category(char)[0] not in "CMZ" and char not in _FILLERS), "")
    return text.lstrip("'").startswith(("\t", "\r", "\n")) or normalize("NFKC", first)[:1] in _FORMULA_STARTS
