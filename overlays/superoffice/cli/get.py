"""`superoffice get`: tickets on the screen, or into another program."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import name_ids
from . import MISSING
from .ids import GivenIds
from .options import HELP_END, OUT_FILE, api_names_option, client_of, id_options, selection, ticket_options
from .output import Command, put, put_json, tell, write_file
from .terminal import printable

if TYPE_CHECKING:
    from ..batch import TicketBatch

FORMS = ("table", "json", "jsonl", "csv")
_EXTENSIONS = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_EXPORTED = (".parquet", ".arrow", ".feather", ".gz")
EPILOG = f"""\b
Examples:
  superoffice get 439 829 --sandbox
  superoffice get 439 829 --select Title,OwnedByName --out tickets.csv
  cut -d, -f1 ids.csv | superoffice get - --format jsonl | jq .Title

{HELP_END.format("0 all found, 1 some missing (named on stderr)")}"""


@click.command(cls=Command, epilog=EPILOG, short_help="Print some tickets, or write them into a file.")
@id_options
@ticket_options
@click.option(
    "--format", type=click.Choice(FORMS), help="Form of the tickets; else the extension of --out says. [default: table]"
)
@api_names_option
@click.option("--out", metavar="FILE", type=OUT_FILE, help="File to write. [default: -, standard output]")
@click.option("--csv-safe", is_flag=True, help="Guard cells that a spreadsheet would run as formulas.")
def get(
    *, ids: tuple[str, ...], ids_file: Path | None, id_column: str | None, skip_bad: bool, select: str | None,
    format: str | None, out: Path | None, api_names: bool, csv_safe: bool, **client: Any,  # noqa: A002 - the option's name
) -> None:  # fmt: skip
    """Print the tickets with these IDS, or write them into a file; `-` reads ids from standard input.

    A file that is there already is replaced, once the new one is whole. Any number of tickets, Parquet and compressed
    files are for `superoffice export`.
    """
    out = None if out == Path("-") else out
    extension = "" if out is None else out.suffix.lower()
    if extension in _EXPORTED:
        raise click.UsageError(f"get writes no {extension} file; superoffice export does")
    form = format or _EXTENSIONS.get(extension, "table")
    if csv_safe and form != "csv":
        raise click.UsageError("--csv-safe goes with --format csv")
    given = GivenIds(ids, ids_file, column=id_column, skip_bad=skip_bad)
    given.refuse_as_output(out)
    numbers = list(given)
    given.report()
    if not numbers:
        raise click.UsageError("name at least one ticket id, or a file of them with --ids-file")
    if out is not None:
        write_file(out, "--out")  # only looks whether it can
    with client_of(**client) as opened:
        batch = opened.tickets.get_many(numbers, select=selection(select))
    written = BytesIO()
    with redirect_stdout(sys.stdout if out is None else TextIOWrapper(written, "utf-8", write_through=True)):
        _print(batch, form, api_names=api_names, csv_safe=csv_safe)
        if out is not None:
            write_file(out, "--out", written.getvalue())
    # Values that did not decode were logged, which goes to standard error by default.
    if batch.missing:
        tell(f"Missing: {name_ids(batch.missing, limit=20)}")
        sys.exit(MISSING)


def _print(batch: TicketBatch[Any], form: str, *, api_names: bool, csv_safe: bool) -> None:
    if form == "table":
        from .table import print_table

        print_table(batch, api_names=api_names)
    elif form == "json":
        put_json(list(batch))
    elif form == "jsonl":
        from ..export.text import json_lines

        put(json_lines(batch).decode(), json=True)
    elif batch:
        from ..export.text import csv_head, csv_lines

        shown = printable if sys.stdout.isatty() else str  # a line end in a cell, too, which does not end a row
        head = csv_head(batch[0].__class__, api_names=api_names)
        put(head + csv_lines(batch, safe=csv_safe, api_names=api_names, shown=shown))
