"""How far an export has come, for people who wait, and what it came to."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text

from ..errors import name_ids
from ..problem import Problem
from .main import printable
from .output import tell

if TYPE_CHECKING:
    from ..export.result import ExportProgress, ExportResult

log = logging.getLogger("superoffice")
_TROUBLES = {
    "missing": "missing",
    "problems": "problems",
    "unexpected": "not asked for",
    "retries": "retries",
    "slow": "slow calls",
}
_UNITS = ("kB", "MB", "GB", "TB")


class _Rows(ProgressColumn):
    """Rows, and how many come a second: as many as ids, but for those that are missing."""

    def render(self, task: Task) -> Text:
        rows: int = task.fields["tickets"]
        rate = (task.speed or 0) * rows / max(task.completed, 1)
        return Text(f"{rows:,} rows" + (f", {rate:,.0f}/s" if rate else ""), style="dim")


class _Count(ProgressColumn):
    """Ids whose outcome is known, of all where these were counted."""

    def render(self, task: Task) -> Text:
        of = f" of {task.total:,.0f}" if task.total is not None else ""
        return Text(f"{task.completed:,.0f}{of} ids")


class _Trouble(ProgressColumn):
    """What is not as it should be; nothing where there is nothing."""

    def render(self, task: Task) -> Text:
        told = [f"{task.fields[name]:,} {said}" for name, said in _TROUBLES.items() if task.fields[name]]
        return Text(", ".join(told), style="yellow")


class Shown(logging.Handler):
    """Shows how far an export has come, and what the log says meanwhile, on a terminal alone; and remembers it.

    Of values that do not decode, which may be as many as there are tickets, a file is made.
    """

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(logging.WARNING)
        self.last: ExportProgress | None = None
        self._console = Console(stderr=True)
        columns = (BarColumn(bar_width=None), _Count(), _Rows(), TimeRemainingColumn(), _Trouble())
        self._shows = self._console.is_terminal and not quiet
        self._bar = Progress(*columns, console=self._console, transient=True, expand=True, disable=not self._shows)
        none: dict[str, Any] = dict.fromkeys(("tickets", *_TROUBLES), 0)
        self._task = self._bar.add_task("", total=None, **none)

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
        """Be told."""
        if self.last is None:
            self._bar.reset(self._task, total=progress.total, completed=progress.asked)
        self.last = progress
        told = {name: getattr(progress, name) for name in ("tickets", *_TROUBLES)}
        self._bar.update(self._task, total=progress.total, completed=progress.asked, **told)

    def kept(self, again: str) -> str:
        """Say what a stopped run leaves to the next one, and which command that is."""
        if self.last is None or not self.last.asked:
            return "Nothing had come yet."
        of = "" if self.last.total is None else f" of {self.last.total:,}"
        return f"{self.last.asked:,}{of} ids are done; {again} goes on from there."


def summary(result: ExportResult, skipped: int) -> None:
    """Say what an export came to, on standard error."""
    name = result.path or "standard output"
    if result.finished_before:
        tell(f"{name} is finished already; nothing was done.")
    rate = (result.tickets + len(result.missing)) / max(result.seconds, 0.01)
    took = f"{_duration(result.seconds)}, {rate:,.0f} ids a second"
    tell(f"{name}: {_several(result.tickets, 'ticket')}, {_size(result.size)} ({took})")
    if result.missing:
        where = result.missing_path or name_ids(result.missing, limit=20)
        tell(f"{where}: {_several(len(result.missing), 'id')} that did not come back")
    if result.problems:
        where = result.problems_path or "null or left out"
        tell(f"{where}: {_several(result.problems, 'problem')} with what came")
    others = [
        (
            result.unexpected,
            f"{_several(result.unexpected, 'ticket')} left out that nobody asked for or that came in two forms",
        ),
        (result.repeated, f"{_several(result.repeated, 'repeated id')} exported once"),
        (skipped, f"{_several(skipped, 'bad id')} left out"),
        (result.retries, _several(result.retries, "call") + " repeated"),
        (result.slow, _several(result.slow, "slow call")),
    ]
    if said := ", ".join(text for count, text in others if count):
        tell(said)


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _size(count: float) -> str:
    """Say how many bytes.

    >>> _size(999), _size(41_234_567)
    ('999 bytes', '41.2 MB')
    """
    if count < 1_000:
        return f"{count:.0f} bytes"
    unit = 0
    while count >= 999.95 and unit < len(_UNITS):
        count, unit = count / 1_000, unit + 1
    return f"{count:.1f} {_UNITS[unit - 1]}"


def _duration(seconds: float) -> str:
    """Say how long.

    >>> _duration(3.25), _duration(3_725)
    ('3.2 s', '1:02:05')
    """
    return f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))
