"""`superoffice sandbox --conformance`: judge a client in another language, and end with a table."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from rich import box as boxes
from rich.console import Console
from rich.table import Table
from rich.text import Text

from superoffice.cli.terminal import printable

if TYPE_CHECKING:
    from ..server import Sandbox
    from .judge import Result

_STYLES = {"passed": "green", "not run": "yellow", "failed": "bold red"}


def judge(box: Sandbox) -> int:
    """Serve the cases until all are reported, the client has finished, or Ctrl-C; 0 where every case passed."""
    box.conformance.when_ended = box.end

    def ready() -> None:
        click.echo(box.site)
        click.echo(
            f"Serving {len(box.conformance.cases)} cases at {box.site}/conformance/cases. POST each outcome to\n"
            f"{box.site}/conformance/{{id}}/outcome. The last one ends it; so do POST /conformance/finish and Ctrl-C.",
            err=True,
        )

    with suppress(KeyboardInterrupt):
        box.serve(ready)
    results = box.conformance.results()
    print_results(results)
    return 0 if all(result.verdict == "passed" for result in results) else 1


def print_results(results: Sequence[Result], console: Console | None = None) -> None:
    """Print a row for each case, its name, the verdict, and what differed: failed ones last, where one looks first."""
    console = console or Console()
    table = Table(box=boxes.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Case", no_wrap=True)
    table.add_column("Result", no_wrap=True)
    table.add_column("What differed", overflow="fold")
    for result in sorted(results, key=lambda one: tuple(_STYLES).index(one.verdict)):
        lines = [Text(f"- {printable(difference)}") for difference in result.differences]
        if lines:  # a case that passed needs no words
            lines.insert(0, Text(result.title, style="italic"))
        table.add_row(result.id, Text(result.verdict, style=_STYLES[result.verdict]), Text("\n").join(lines))
    console.print(table)
    verdicts: list[str] = [result.verdict for result in results]
    counts = [f"[{style}]{verdicts.count(verdict)} {verdict}[/]" for verdict, style in _STYLES.items()]
    console.print(f"{', '.join(counts)}.", highlight=False)
