"""`superoffice get`: tickets on the screen, or into another program."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ..errors import CallError, ConfigurationError, InvalidInputError, name_ids
from .ids import read_ids
from .output import WRITERS
from .sandbox import load_sandbox

if TYPE_CHECKING:
    from .._client import SuperOffice
    from ..batch import TicketBatch
    from ..locale import Locale

MISSING, FAILED = 1, 3
EPILOG = """\b
Examples:
  superoffice get 439 829 --sandbox
  superoffice get 439 --select Title,OwnedByName --output csv
  cut -d, -f1 ids.csv | superoffice get - --output jsonl > tickets.jsonl

\b
A site is named by --site or SUPEROFFICE_SITE, or found for SUPEROFFICE_TENANT, such as
Cust12345, in SUPEROFFICE_ENVIRONMENT. Credentials come from the environment
alone: SUPEROFFICE_TOKEN, SUPEROFFICE_SOTICKET, or SUPEROFFICE_USER with
SUPEROFFICE_PASSWORD; and SUPEROFFICE_APP_TOKEN. Where there are none and no site is
named, `superoffice login` says who signs in, and where.

\b
Exit status: 0 all found, 1 some missing (named on stderr), 2 wrong use,
3 the server or the sign-in failed."""


@contextmanager
def _client(site: str | None, sandbox: bool, locale: Locale) -> Generator[SuperOffice]:
    """Give a client for the site, or for a sandbox that runs as long as the client is used."""
    from .._client import SuperOffice
    from ..auth import BasicAuth
    from .signed_in import settings

    if sandbox:
        if site:
            raise click.UsageError("give --site or --sandbox, not both")
        with load_sandbox()().start() as box:
            auth = BasicAuth(box.user, box.password)
            with SuperOffice(box.site, auth=auth, locale=locale) as client:
                yield client
    else:
        with SuperOffice(**settings(site), locale=locale) as client:
            yield client


def _complete_select(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last name of a list of members."""
    from ..select import FIELDS

    done, comma, start = incomplete.rpartition(",")
    names = [name for name in FIELDS if name.casefold().startswith(start.casefold())]
    return [CompletionItem(f"{done}{comma}{name}") for name in names]


def _selection(text: str) -> list[Any]:
    """Split `--select`; `raw:Name` asks for a member that only a newer server has."""
    from ..select import RawField

    names = [name.strip() for name in text.split(",") if name.strip()]
    return [RawField(name.removeprefix("raw:")) if name.startswith("raw:") else name for name in names]


def _locale(language: str, culture: str | None, time_zone: str | None) -> Locale:
    from ..locale import INHERIT, Locale

    def value(text: str | None) -> Any:
        return INHERIT if text is None else None if text.lower() == "none" else text

    return Locale(language=value(language), culture=value(culture), time_zone=value(time_zone))


@click.command(epilog=EPILOG)
@click.argument("ids", nargs=-1)
@click.option("--ids-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File of ids.")
@click.option("--site", metavar="URL", help="The tenant's site.")
@click.option("--sandbox", is_flag=True, help="Start a sandbox and ask it; no account is needed.")
@click.option(
    "--select", metavar="NAMES", shell_complete=_complete_select, help="Members to ask for: Title,TableRight/Mask"
)
@click.option(
    "--language", metavar="CODE", default="en", show_default=True, help="Language of texts; none sends no header."
)
@click.option("--culture", metavar="CODE", help="Culture of numbers and dates inside texts; none sends no header.")
@click.option("--time-zone", metavar="CODE", help="SuperOffice code, such as NO. [default: UTC; none sends no header]")
@click.option("--output", type=click.Choice(list(WRITERS)), default="table", show_default=True)
@click.option("--csv-safe", is_flag=True, help="Guard cells that a spreadsheet would run as formulas.")
def get(  # noqa: PLR0917 - click passes them by name
    ids: tuple[str, ...],
    ids_file: Path | None,
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
    numbers = read_ids(ids, ids_file)
    if not numbers:
        raise click.UsageError("name at least one ticket id, or a file of them with --ids-file")
    if csv_safe and output != "csv":
        raise click.UsageError("--csv-safe goes with --output csv")
    try:
        with _client(site, sandbox, _locale(language, culture, time_zone)) as client:
            batch: TicketBatch[Any]
            if select is None:
                batch = client.tickets.get_many(numbers)
            else:
                batch = client.tickets.get_many(numbers, select=_selection(select))
    except CallError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(FAILED)
    except (ConfigurationError, InvalidInputError) as error:
        raise click.UsageError(str(error)) from None
    WRITERS[output](batch, csv_safe)
    # Values that did not decode were logged, which goes to standard error where nobody says otherwise.
    if batch.missing:
        click.echo(f"Missing: {name_ids(batch.missing, limit=20)}", err=True)
        sys.exit(MISSING)
