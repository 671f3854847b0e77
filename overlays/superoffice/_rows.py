"""Tickets as lines of text: CSV and JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import datetime
from io import StringIO
from typing import Any
from unicodedata import category, normalize

import msgspec

from .batch import HasTicketId

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
