"""The forms in which tickets are printed: a table for people; JSON, JSON lines and CSV for programs.

What writes each is loaded when it does, since every command's `--help` waits for what is loaded here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import click

if TYPE_CHECKING:
    from io import TextIOWrapper

    from ..batch import TicketBatch


def _json(batch: TicketBatch[Any], _: bool) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(list(batch)), indent=2).decode())


def _jsonl(batch: TicketBatch[Any], _: bool) -> None:
    from .._rows import json_lines

    click.echo(json_lines(batch), nl=False)


def _csv(batch: TicketBatch[Any], safe: bool) -> None:
    from .._rows import csv_head, csv_lines

    if batch:
        click.echo(csv_head(batch[0].__class__) + csv_lines(batch, safe=safe), nl=False)


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
