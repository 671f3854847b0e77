"""`superoffice get`: tickets on the screen, or into another program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ..errors import name_ids
from . import MISSING
from .ids import GivenIds
from .options import HELP_END, api_names_option, client_of, id_options, selection, ticket_options
from .output import Command, put, put_json, tell
from .terminal import printable

FORMS = ("table", "json", "jsonl", "csv")
EPILOG = f"""\b
Examples:
  superoffice get 439 829 --sandbox
  superoffice get 439 --select Title,OwnedByName --output csv
  cut -d, -f1 ids.csv | superoffice get - --output jsonl > tickets.jsonl

{HELP_END.format("0 all found, 1 some missing (named on stderr)")}"""


@click.command(cls=Command, epilog=EPILOG, short_help="Print some tickets.")
@id_options
@ticket_options
@click.option(
    "--output", type=click.Choice(FORMS), default="table", show_default=True, help="How to print the tickets."
)
@api_names_option
@click.option("--csv-safe", is_flag=True, help="Guard cells that a spreadsheet would run as formulas.")
def get(
    *, ids: tuple[str, ...], ids_file: Path | None, id_column: str | None, skip_bad: bool, select: str | None,
    output: str, api_names: bool, csv_safe: bool, **client: Any,
) -> None:  # fmt: skip
    """Print the tickets with these IDS; `-` reads ids from standard input."""
    if csv_safe and output != "csv":
        raise click.UsageError("--csv-safe goes with --output csv")
    given = GivenIds(ids, ids_file, column=id_column, skip_bad=skip_bad)
    numbers = list(given)
    given.report()
    if not numbers:
        raise click.UsageError("name at least one ticket id, or a file of them with --ids-file")
    with client_of(**client) as opened:
        batch = opened.tickets.get_many(numbers, select=selection(select))
    if output == "table":
        from .table import print_table

        print_table(batch, api_names=api_names)
    elif output == "json":
        put_json(list(batch))
    elif output == "jsonl":
        from ..export.text import json_lines

        put(json_lines(batch).decode(), json=True)
    elif batch:
        from ..export.text import csv_head, csv_lines

        shown = printable if sys.stdout.isatty() else str  # a line end in a cell, too, which does not end a row
        head = csv_head(batch[0].__class__, api_names=api_names)
        put(head + csv_lines(batch, safe=csv_safe, api_names=api_names, shown=shown))
    # Values that did not decode were logged, which goes to standard error by default.
    if batch.missing:
        tell(f"Missing: {name_ids(batch.missing, limit=20)}")
        sys.exit(MISSING)
