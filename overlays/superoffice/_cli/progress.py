"""How far an export has come, for people who wait, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from ..export import ExportProgress, ExportResult


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} a second" if task.speed else "", style="dim")


class _Count(ProgressColumn):
    """Ids whose outcome is known, of all where these were counted."""

    def render(self, task: Task) -> Text:
        of = f" of {task.total:,.0f}" if task.total is not None else ""
        return Text(f"{task.completed:,.0f}{of}")


class _Trouble(ProgressColumn):
    """What is not as it should be; nothing where there is nothing."""

    def render(self, task: Task) -> Text:
        told = [f"{task.fields[name]:,} {said}" for name, said in _TROUBLES.items() if task.fields[name]]
        return Text(", ".join(told), style="yellow")


_TROUBLES = {"missing": "missing", "problems": "problems", "retries": "retries", "slow": "slow calls"}


@contextmanager
def shown(quiet: bool) -> Generator[Callable[[ExportProgress], None]]:
    """Give a function that shows how far an export has come, on a terminal alone."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    columns = (BarColumn(bar_width=None), _Count(), _Rate(), TimeRemainingColumn(), _Trouble())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, start=False, **dict.fromkeys(_TROUBLES, 0))

        def show(progress: ExportProgress) -> None:
            known = {name: getattr(progress, name) for name in _TROUBLES}
            bar.update(task, total=progress.total, completed=progress.asked, **known)

        yield show
