"""`superoffice get`: tickets on the screen, or into another program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import APIError, ConfigurationError, InvalidInputError, name_ids
from .ids import GivenIds
from .main import MISSING
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
from .output import WRITERS, Failed, tell

if TYPE_CHECKING:
    from ..batch import TicketBatch

EPILOG = f"""\b
Examples:
  superoffice get 439 829 --sandbox
  superoffice get 439 --select Title,OwnedByName --output csv
  cut -d, -f1 ids.csv | superoffice get - --output jsonl > tickets.jsonl

{CREDENTIALS}

\b
Exit status: 0 all found, 1 some missing (named on stderr), 2 wrong use,
3 the server, the sign-in or the disk failed, 130 stopped by Ctrl-C."""


@click.command(cls=TicketCommand, epilog=EPILOG, short_help="Print some tickets.")
@click.argument("ids", nargs=-1)
@id_options
@site_options
@ticket_options
@click.option(
    "--output", type=click.Choice(list(WRITERS)), default="table", show_default=True, help="How to print the tickets."
)
@click.option("--csv-safe", is_flag=True, help="Guard cells that a spreadsheet would run as formulas.")
def get(  # noqa: PLR0917 - click passes them by name
    ids: tuple[str, ...],
    ids_file: Path | None,
    id_column: str | None,
    skip_bad: bool,
    site: str | None,
    sandbox: bool,
    select: str | None,
    language: str,
    culture: str | None,
    time_zone: str | None,
    output: str,
    csv_safe: bool,
) -> None:
    """Print the tickets with these IDS; `-` reads ids from standard input."""
    if csv_safe and output != "csv":
        raise click.UsageError("--csv-safe goes with --output csv")
    given = GivenIds(ids, ids_file, column=id_column, skip_bad=skip_bad)
    numbers = list(given)
    given.report()
    if not numbers:
        raise click.UsageError("name at least one ticket id, or a file of them with --ids-file")
    try:
        with client(site, sandbox, locale_of(language, culture, time_zone)) as asked:
            batch: TicketBatch[Any]
            if select is None:
                batch = asked.tickets.get_many(numbers)
            else:
                batch = asked.tickets.get_many(numbers, select=selection(select))
    except APIError as error:
        raise Failed(str(for_terminal(error))) from None
    except (ConfigurationError, InvalidInputError) as error:
        raise click.UsageError(str(error)) from None
    WRITERS[output](batch, csv_safe)
    # Values that did not decode were logged, which goes to standard error where nobody says otherwise.
    if batch.missing:
        tell(f"Missing: {name_ids(batch.missing, limit=20)}")
        sys.exit(MISSING)
