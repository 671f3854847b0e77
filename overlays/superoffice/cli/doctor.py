"""`superoffice doctor`: what is well with a site, what is not and what to do, and how it answers."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConfigurationError, InvalidInputError
from .ids import GivenIds
from .main import FAILED, printable
from .options import CREDENTIALS, SITE_HELP, TicketCommand
from .output import Failed, put, put_json, tell
from .sandbox import load_sandbox

if TYPE_CHECKING:
    from ..doctor.report import Finding

WARNED = 1  # exit status
_STYLES = {"ok": ("✓", "green"), "unseen": ("·", "dim"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}
_PLAIN = {"✓": "ok", "·": "-", "✗": "X"}
EPILOG = f"""\b
Examples:
  superoffice doctor --sandbox
  superoffice doctor --site https://crm.example.com --ids 439,829 --save crm.json
  superoffice sandbox --like crm.json

{CREDENTIALS}

\b
Exit status: 0 all well, 1 something to look after, 2 wrong use, 3 the server, the
sign-in or the disk failed, 130 stopped by Ctrl-C."""


@contextmanager
def _settings(site: str | None, sandbox: bool) -> Generator[dict[str, Any]]:
    from ..auth.schemes import BasicAuth
    from .signed_in import settings

    if not sandbox:
        yield settings(site)
        return
    if site:
        raise click.UsageError("give --site or --sandbox, not both")
    with load_sandbox()().start() as box:
        yield {"site": box.site, "auth": BasicAuth(box.user, box.password), "app_token": None}


@click.command(cls=TicketCommand, epilog=EPILOG, short_help="Look at a site: what is well, what is not, what to do.")
@click.option("--site", metavar="URL", help=SITE_HELP)
@click.option("--ids", metavar="IDS", help="Tickets to look at, such as 439,829; more of them show more.")
@click.option("--ids-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File of ids.")
@click.option("--sandbox", is_flag=True, help="Start a sandbox and look at it; no account is needed.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="File for how the server answers.")
@click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print the report."
)
def doctor(  # noqa: PLR0917 - click passes them by name
    site: str | None, ids: str | None, ids_file: Path | None, sandbox: bool, save: Path | None, output: str
) -> None:
    """Look at a site: can it be reached and signed in to, and how does it answer?

    It only reads: the tickets you name, and a few ids that no ticket has. The file of --save holds nothing of your
    site, tickets or sign-in, and `superoffice sandbox --like` answers as it says.
    """
    from ..doctor.report import Report, iter_findings

    if save is not None and not save.parent.is_dir():  # said before a long look rather than after it
        raise click.UsageError(f"there is no folder {save.parent} for {save.name}; make it, or choose another one")
    if save is not None:
        _save(save, None)
    numbers = list(GivenIds([ids] if ids else [], ids_file))
    if sandbox and not numbers:
        numbers = list(range(1, 1001))
    try:
        with _settings(site, sandbox) as given:
            coming = iter_findings(**given, ids=numbers)
            report = Report(tuple(_printed(coming) if output == "text" else coming))
    except (ConfigurationError, InvalidInputError) as error:
        raise click.UsageError(str(error)) from None
    if output == "json":
        listed = [{"name": f.name, "level": f.level, "seen": f.seen, "advice": f.advice} for f in report.findings]
        put_json({"findings": listed, "summary": report.summary})
    else:
        put(f"\n{report.summary}\n")
    if save is not None and not report.failed:
        _save(save, report.to_json() + b"\n")
        tell(f"Saved to {save}. Try it: superoffice sandbox --like {save}")
    elif save is not None:
        tell(f"Nothing saved to {save}: the server was not reached far enough.")
    sys.exit(FAILED if report.failed else WARNED if report.warned else 0)


def _save(path: Path, content: bytes | None) -> None:
    """Write a file as a whole, over one's own alone; without content, only look whether that could be.

    What is not a file, such as a pipe, takes it as it is.
    """
    from .._private_files import Folder, NotOwnError

    try:
        special = path.exists() and not path.is_file()
        with Folder(path.parent, own=False) as folder:
            if not special:
                folder.check(path.name)
            if content is not None:
                path.write_bytes(content) if special else folder.write(path.name, content)
    except NotOwnError as error:
        raise click.UsageError(f"{error}; name another file with --save") from None
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror}") from None


def _printed(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Print each finding as it comes, since a slow server keeps people waiting."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    plain = not console.encoding.lower().startswith("utf")
    for finding in findings:
        mark, style = _STYLES[finding.level]
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=2 if plain else 1)
        row.add_column(width=21)
        row.add_column(overflow="fold")
        seen = Text(printable(finding.seen), style="dim" if finding.level == "unseen" else "")
        row.add_row(Text(_PLAIN.get(mark, mark) if plain else mark, style=style), finding.name, seen)
        console.print(row)
        if finding.advice:
            console.print(Padding(Text(printable(finding.advice), style="italic"), (0, 0, 0, 27 if plain else 26)))
        yield finding
