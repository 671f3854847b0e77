"""`superoffice export`: any number of tickets into a file, however often it is stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..errors import APIError, ConfigurationError, ExportError, ExportRefusedError, InvalidInputError
from ..export import COMPRESSIONS, FORMATS
from .ids import GivenIds
from .main import MISSING, STOPPED
from .options import (
    CREDENTIALS,
    TicketCommand,
    client,
    for_terminal,
    id_options,
    locale_of,
    selection,
    site_options,
    ticket_options,
)
from .output import Failed, tell

EPILOG = f"""\b
Examples:
  superoffice export 439 829 1234 --out tickets.csv --sandbox
  superoffice export --ids-file ids.txt --out tickets.parquet
  superoffice export --ids-file all.csv --id-column TicketId --out all.jsonl.gz
  superoffice export - --out - --format csv --select Title < ids.txt | head

\b
Whatever stops a run, the same command goes on where it was. In the end, ids
that did not come back stand in tickets.parquet.missing.txt, and values that
did not decode in tickets.parquet.problems.txt. A ticket for which the server
fails each time stops the run; --skip-failed goes on without it.

\b
--restart begins anew, and replaces a finished file once the new one is whole.
A stopped run that began so goes on, too, when the same command is given again,
unless standard input or a pipe gives the ids.

{CREDENTIALS}

\b
Exit status: 0 all found, 1 some missing, 2 wrong use, 3 the server, the sign-in
or the disk failed, 130 stopped by Ctrl-C."""


def _complete_compression(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete with what goes with the format, where that was named before."""
    named = context.params.get("format")
    known = COMPRESSIONS[named] if named else dict.fromkeys(one for some in COMPRESSIONS.values() for one in some)
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


@click.command(cls=TicketCommand, epilog=EPILOG, short_help="Write any number of tickets into a file.")
@click.argument("ids", nargs=-1)
@id_options
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File to make; - is standard output, which cannot be resumed.",
)
@click.option("--format", type=click.Choice(FORMATS), help="Form of the file; else its ending says.")
@click.option(
    "--compression",
    metavar="NAME",
    shell_complete=_complete_compression,
    help="zstd (as a rule), lz4 or none; Parquet also snappy, gzip, brotli; CSV and JSON lines gzip (or .gz) or none.",
)
@site_options
@ticket_options
@click.option("--csv-safe", is_flag=True, help="Guard cells that a spreadsheet would run as formulas.")
@click.option("--restart", is_flag=True, help="Begin anew, over a finished file too.")
@click.option("--skip-failed", is_flag=True, help="Leave out tickets for which the server fails, and say which.")
@click.option("--quiet", is_flag=True, help="Show neither progress nor summary.")
def export(
    *,
    ids: tuple[str, ...],
    ids_file: Path | None,
    id_column: str | None,
    skip_bad: bool,
    out: Path,
    site: str | None,
    sandbox: bool,
    language: str,
    culture: str | None,
    time_zone: str | None,
    select: str | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Write the tickets with these IDS into a file; `-` reads ids from standard input.

    Parquet, Arrow, CSV or JSON lines, by the file's ending. Tickets stand in the order of their ids, each once. A
    million of them takes little memory, and some 17 minutes at the 10 calls a second that the service allows.
    """
    from .progress import Shown, summary

    given = GivenIds(ids, ids_file, column=id_column, skip_bad=skip_bad)
    if not (ids or ids_file):
        raise click.UsageError("name ticket ids, a file of them with --ids-file, or - for standard input")
    if ids_file is not None and out.exists() and out.samefile(ids_file):
        raise click.UsageError(f"the ids are read from {out}; name another file for the tickets with --out")
    if select is not None:
        options["select"] = selection(select)
    file = str(out) == "-"
    shown = Shown(quiet=quiet)
    again = "the same command" + (" without --restart" if options["restart"] and not given.lasting else "")

    def kept() -> str:
        return "" if file else f"\n{out}: {shown.kept(again)}"

    try:
        with client(site, sandbox, locale_of(language, culture, time_zone)) as asked, shown:
            result = asked.tickets.export(
                given if given.lasting else iter(given),
                sys.stdout.buffer if file else out,
                progress=shown,
                **options,
            )
            sys.stdout.flush()
    except KeyboardInterrupt:
        tell(f"Stopped.{kept()}")
        sys.exit(STOPPED)
    except (ConfigurationError, ExportRefusedError, InvalidInputError) as error:
        raise click.UsageError(str(error)) from None
    except APIError as error:
        raise Failed(f"{for_terminal(error)}{kept()}") from None
    except ExportError as error:  # which says itself that the same command goes on; how much is kept, nobody knows
        raise Failed(str(error)) from None
    given.report()
    if not quiet:
        summary(result, given.skipped)
    if result.missing:
        sys.exit(MISSING)
