"""The forms in which tickets are printed: a table for people; JSON, JSON lines and CSV for programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, cast

import click
import msgspec

from ..batch import TicketBatch

if TYPE_CHECKING:
    from io import TextIOWrapper

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def _json(batch: TicketBatch[Any], _: bool) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(list(batch)), indent=2).decode())


def _jsonl(batch: TicketBatch[Any], _: bool) -> None:
    for ticket in batch:
        click.echo(msgspec.json.encode(ticket).decode())


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


def _csv(batch: TicketBatch[Any], safe: bool) -> None:
    rows = batch.to_dicts(wire=True)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow(_cell(value, safe) for value in row.values())
    click.echo(text.getvalue(), nl=False)  # in UTF-8 where ASCII alone is known


def _table(batch: TicketBatch[Any], _: bool) -> None:
    from .table import print_table

    # What a narrow encoding lacks is shown as escapes.
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    print_table(batch)


WRITERS: Final[Mapping[str, Callable[[TicketBatch[Any], bool], None]]] = {
    "table": _table,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
}
