"""`superoffice export`: any number of tickets into a file, however often it is stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..errors import APIError
from ..export import COMPRESSIONS, FORMATS
from . import MISSING
from .ids import GivenIds
from .options import HELP_END, OUT_FILE, api_names_option, client_of, id_options, selection, ticket_options
from .output import Command

EPILOG = f"""\b
Examples:
  superoffice export 439 829 1234 --out tickets.csv --sandbox
  superoffice export --ids-file ids.txt --out tickets.parquet
  superoffice export --ids-file all.csv --id-column TicketId --out all.jsonl.gz
  superoffice export - --out - --format csv --select Title < ids.txt | head

\b
Whatever stops a run, the same command resumes it; --restart throws the stopped
run away. A file that is there already is replaced when the new one is whole.

\b
In the end, missing ids stand in tickets.parquet.missing.txt, and values that
did not decode in tickets.parquet.problems.txt. A ticket for which the server
fails each time stops the run; --skip-failed continues without it.

{HELP_END.format("0 all found, 1 some missing")}"""


def _complete_compression(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    named = context.params.get("format")
    known = COMPRESSIONS[named] if named else dict.fromkeys(one for some in COMPRESSIONS.values() for one in some)
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


@click.command(cls=Command, epilog=EPILOG, short_help="Write any number of tickets into a file.")
@id_options
@click.option(
    "--out", required=True, metavar="FILE", type=OUT_FILE, help="File to make; - is standard output, not resumable."
)
@click.option("--format", type=click.Choice(FORMATS), help="Form of the file; else its extension says.")
@click.option(
    "--compression",
    metavar="NAME",
    shell_complete=_complete_compression,
    help="zstd (default), lz4 or none; Parquet also snappy, gzip, brotli; CSV and JSON lines gzip (or .gz) or none.",
)
@ticket_options
@api_names_option
@click.option("--csv-safe", is_flag=True, help="Guard cells that a spreadsheet would run as formulas.")
@click.option("--restart", is_flag=True, help="Throw a stopped run away, and begin again.")
@click.option("--skip-failed", is_flag=True, help="Leave out tickets for which the server fails, and say which.")
@click.option("--quiet", is_flag=True, help="Show neither progress nor summary.")
def export(
    *, ids: tuple[str, ...], ids_file: Path | None, id_column: str | None, skip_bad: bool, out: Path, quiet: bool,
    site: str | None, sandbox: bool, select: str | None, language: str, culture: str | None, time_zone: str | None,
    api_names: bool, timeout: float | None, retries: int | None, **options: Any,
) -> None:  # fmt: skip
    """Write the tickets with these IDS into a file; `-` reads ids from standard input.

    Parquet, Arrow, CSV or JSON lines, by the file's extension. Tickets stand in the order of their ids, each once. A
    million of them takes little memory, and some 17 minutes at the 10 calls a second that the service allows.
    """
    from .progress import ProgressDisplay, print_summary

    given = GivenIds(ids, ids_file, column=id_column, skip_bad=skip_bad)
    client = client_of(site, sandbox, timeout, retries, language=language, culture=culture, time_zone=time_zone)
    if not given:
        raise click.UsageError("name ticket ids, a file of them with --ids-file, or - for standard input")
    given.refuse_as_output(out)
    stdout = str(out) == "-"
    display = ProgressDisplay(quiet=quiet)
    try:
        with client as opened, display:
            source, file = given if given.lasting else iter(given), sys.stdout.buffer if stdout else out
            options |= {"progress": display, "select": selection(select), "api_names": api_names or None}
            result = opened.tickets.export(source, file, **options)
            sys.stdout.flush()
    except (APIError, KeyboardInterrupt) as error:
        if not stdout:
            again = "the same command" + (" without --restart" if options["restart"] else "")
            error.add_note(f"{out}: {display.kept(again)}")
        raise
    given.report()
    if not quiet:
        print_summary(result, given.skipped)
    if result.missing:
        sys.exit(MISSING)
