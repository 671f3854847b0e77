"""The progress of an export, for people who wait, and its summary."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from ..errors import name_ids
from ..problem import Problem
from .output import tell
from .terminal import printable

if TYPE_CHECKING:
    from ..export.result import ExportProgress, ExportResult

log = logging.getLogger("superoffice")


class ProgressDisplay(logging.Handler):
    """Shows an export's progress, and what the log says meanwhile, on a terminal alone; and remembers the last one.

    Values that do not decode, which may be as many as there are tickets, are not shown: they have a file.
    """

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(logging.WARNING)
        self.last: ExportProgress | None = None
        console = Console(stderr=True)
        columns = BarColumn(bar_width=None), TextColumn("{task.description}"), TimeRemainingColumn()
        self._shows = console.is_terminal and not quiet and not log.isEnabledFor(logging.DEBUG)
        self._bar = Progress(*columns, console=console, transient=True, expand=True, disable=not self._shows)
        self._task = self._bar.add_task("0 ids", total=None)

    def __enter__(self) -> Self:
        log.addHandler(self)
        if self._shows:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shows:  # some versions of rich end a line that never was
            self._bar.stop()
        log.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Show above the bar what a waiting person may wonder about."""
        if self._shows and not isinstance(next(iter(record.args or ()), None), Problem):
            self._bar.console.print(Text(printable(record.getMessage()), style="dim"))

    def __call__(self, progress: ExportProgress) -> None:
        """Show the progress."""
        if self.last is None:
            self._bar.reset(self._task, total=progress.total, completed=progress.asked)
        self.last = progress
        self._bar.update(self._task, total=progress.total, completed=progress.asked)
        # Rows come as fast as ids, except for those that are missing.
        rate = (self._bar.tasks[0].speed or 0) * progress.tickets / max(progress.asked, 1)
        rows = f"{progress.tickets:,} rows" + (f", {rate:,.0f}/s" if rate else "")
        counts = {name: getattr(progress, name) for name in ("missing", "problems", "unexpected", "retries", "slow")}
        troubles = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        text = f"{_asked(progress)}  [dim]{rows}[/]  [yellow]{troubles}[/]"
        self._bar.update(self._task, description=text)

    def kept(self, again: str) -> str:
        """Return what a stopped run leaves to the next one, and which command that is."""
        if self.last is None or not self.last.asked:
            return f"no ticket had come yet; {again} starts from the beginning."
        return f"{_asked(self.last)} are done; {again} resumes from there."


def _asked(progress: ExportProgress) -> str:
    return f"{progress.asked:,}{'' if progress.total is None else f' of {progress.total:,}'} ids"


def print_summary(result: ExportResult, skipped: int) -> None:
    """Print what an export came to, on standard error."""
    name = result.path or "standard output"
    seconds = result.seconds
    rate = (result.tickets + len(result.missing)) / max(seconds, 0.01)
    took = f"{seconds:.1f} s" if seconds < 60 else timedelta(seconds=round(seconds))
    tell(f"{name}: {_count(result.tickets, 'ticket')}, {decimal(result.size)} ({took}, {rate:,.0f} ids a second)")
    if result.missing:
        where = result.missing_path or name_ids(result.missing, limit=20)
        tell(f"{where}: {_count(len(result.missing), 'missing id')}")
    if result.problems:
        where = result.problems_path or "null or left out"
        tell(f"{where}: {_count(result.problems, 'problem')} with what came")
    others = [
        (result.unexpected, "ticket", " left out that nobody asked for or that came in two forms"),
        (result.repeated, "repeated id", " exported once"),
        (skipped, "bad id", " left out"),
        (result.resumed, "id", " done by the stopped run"),
        (result.retries, "retry", ""),
        (result.slow, "slow call", ""),
    ]
    if texts := [f"{_count(count, what)}{more}" for count, what, more in others if count]:
        tell(", ".join(texts))


def _count(count: int, what: str) -> str:
    several = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {what if count == 1 else several}"
