"""What is printed: sentences for people; tickets as a table for people, as JSON, JSON lines and CSV for programs.

What writes each is loaded when it does, since every command's `--help` waits for what is loaded here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from .main import FAILED, printable

if TYPE_CHECKING:
    from ..batch import TicketBatch


class Failed(click.ClickException):
    """The server, the sign-in or the disk failed."""

    exit_code = FAILED


def tell(sentence: str) -> None:
    """Print a sentence to standard error; a terminal is not steered by what strangers wrote."""
    click.echo(printable(sentence, kept="\n") if sys.stderr.isatty() else sentence, err=True)


def put(text: str, *, json: bool = False) -> None:
    """Print text to standard output: in UTF-8 as it is into a file or a pipe; a terminal is not steered by it."""
    click.echo(printable(text, kept="\n", json=json) if sys.stdout.isatty() else text.encode(), nl=False)


def put_json(content: Any) -> None:
    """Print JSON, indented."""
    import msgspec

    put(msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n", json=True)


def _json(batch: TicketBatch[Any], _: bool) -> None:
    put_json(list(batch))


def _jsonl(batch: TicketBatch[Any], _: bool) -> None:
    from ..export.text import json_lines

    put(json_lines(batch).decode(), json=True)


def _csv(batch: TicketBatch[Any], safe: bool) -> None:
    from ..export.text import csv_head, csv_lines

    if batch:
        shown = printable if sys.stdout.isatty() else str  # a line end in a cell, too, which is none of the rows'
        put(csv_head(batch[0].__class__) + csv_lines(batch, safe=safe, shown=shown))


def _table(batch: TicketBatch[Any], _: bool) -> None:
    from .table import print_table

    print_table(batch)


WRITERS: Final[Mapping[str, Callable[[TicketBatch[Any], bool], None]]] = {
    "table": _table,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
}
