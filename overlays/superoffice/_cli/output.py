"""The forms in which tickets are printed: a table for people; JSON, JSON lines and CSV for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import click
import msgspec

from .._rows import csv_head, csv_lines, json_lines
from ..batch import TicketBatch

if TYPE_CHECKING:
    from io import TextIOWrapper


def _json(batch: TicketBatch[Any], _: bool) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(list(batch)), indent=2).decode())


def _jsonl(batch: TicketBatch[Any], _: bool) -> None:
    click.echo(json_lines(batch), nl=False)


def _csv(batch: TicketBatch[Any], safe: bool) -> None:
    if batch:
        click.echo(csv_head(type(batch[0])) + csv_lines(batch, safe=safe), nl=False)


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
