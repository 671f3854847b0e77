"""`superoffice doctor`: what is well with a site, what is not and what to do, and how it responds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import FAILED, WARNED
from .ids import GivenIds
from .options import EXISTING_FILE, HELP_END, call_options, site_option, site_settings
from .output import Command, put, put_json, tell, write_file
from .terminal import printable

if TYPE_CHECKING:
    from ..doctor.report import Finding

_MARKS = {  # at a terminal whose encoding has the first ones, and at another
    "ok": ("✓", "ok", "green"),
    "unknown": ("·", "-", "dim"),
    "warn": ("!", "!", "yellow"),
    "fail": ("✗", "X", "bold red"),
}
EPILOG = f"""\b
Examples:
  superoffice doctor --sandbox
  superoffice doctor --site https://crm.example.com --ids 439,829 --save crm.json
  superoffice sandbox --like crm.json

{HELP_END.format("0 all well, 1 something to look after")}"""


@click.command(cls=Command, epilog=EPILOG, short_help="Look at a site: what is well, what is not, what to do.")
@site_option
@click.option("--ids", metavar="IDS", help="Tickets to look at, such as 439,829; more of them show more.")
@click.option("--ids-file", type=EXISTING_FILE, help="File of ids.")
@click.option("--sandbox", is_flag=True, help="Start a sandbox and look at it; no account is needed.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="File for how the server responds.")
@click.option(
    "--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print the report."
)
@call_options
def doctor(
    *, site: str | None, ids: str | None, ids_file: Path | None, sandbox: bool, save: Path | None, format: str,  # noqa: A002
    timeout: float | None,
) -> None:  # fmt: skip
    """Look at a site: can it be reached and signed in to, and how does it respond?

    It only reads: the tickets you name, and a few ids that no ticket has. The file of --save holds nothing of your
    site, tickets or credentials, and `superoffice sandbox --like` responds as it says.
    """
    from ..doctor.report import Report, iter_findings

    if save is not None:  # what is wrong with it is told before the checks
        write_file(save, "--save")
    numbers = list(GivenIds([ids] if ids else [], ids_file)) or (range(1, 1001) if sandbox else ())
    with site_settings(site, sandbox) as settings:
        if timeout is not None:
            settings["timeout"] = timeout
        findings = iter_findings(**settings, ids=numbers)
        report = Report(tuple(_printed(findings) if format == "text" else findings))
    if format == "json":
        listed = [{"name": f.name, "level": f.level, "seen": f.seen, "advice": f.advice} for f in report.findings]
        put_json({"findings": listed, "summary": report.summary})
    else:
        put(f"\n{report.summary}\n")
    if save is not None and not report.failed:
        write_file(save, "--save", report.to_json() + b"\n")
        tell(f"Saved to {save}. Try it: superoffice sandbox --like {save}")
    elif save is not None:
        tell(f"Nothing saved to {save}: the server was not reached far enough.")
    sys.exit(FAILED if report.failed else WARNED if report.warned else 0)


def _printed(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Print each finding as it comes, since a slow server keeps people waiting."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console(highlight=False)
    plain = not console.encoding.lower().startswith("utf")
    for finding in findings:
        *marks, style = _MARKS[finding.level]
        columns = Column(width=2 if plain else 1), Column(width=21), Column(overflow="fold")
        row = Table.grid(*columns, padding=(0, 2, 0, 0))
        seen = Text(printable(finding.seen), style="dim" if finding.level == "unknown" else "")
        row.add_row(Text(marks[plain], style=style), finding.name, seen)
        if finding.advice:
            row.add_row("", "", Text(printable(finding.advice), style="italic"))
        console.print(row)
        yield finding
