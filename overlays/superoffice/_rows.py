"""Tickets as lines of text: CSV and JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any

import msgspec

from .batch import HasTicketId

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def json_lines(tickets: Iterable[HasTicketId]) -> bytes:
    """Write each ticket as a JSON object in a line of its own, under the wire's names."""
    return b"".join(msgspec.json.encode(ticket) + b"\n" for ticket in tickets)


def csv_lines(tickets: Iterable[HasTicketId], *, safe: bool) -> str:
    """Write each ticket as a line of CSV; `safe` guards cells that a spreadsheet would run as formulas."""
    return _csv([_cell(value, safe) for value in ticket.to_dict(wire=True).values()] for ticket in tickets)


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
    # A spreadsheet runs a text that starts so; numbers of ours may start with a minus and are safe.
    return f"'{text}" if safe and isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text
