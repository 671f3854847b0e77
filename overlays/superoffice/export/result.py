"""What an export to a file tells while it runs, and in the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from .names import FormatName

__all__ = ["ExportProgress", "ExportResult", "FormatName"]


@attrs.frozen(kw_only=True)
class ExportProgress:
    """How far an export has come, over all its runs; given to `progress=` after each call's tickets.

    Attributes:
        total: How many different ids there are; None where that is not known before they end.
        asked: Ids whose outcome is known.
        resumed: Ids whose outcome an earlier run had settled.
        tickets: Tickets among them.
        missing: Ids that did not come back.
        problems: Values that did not decode, which are null in the file, and tickets left out by `skip_failed`.
        unexpected: Tickets that came back though nobody asked for them, or that differ from a later one with the same
            id; they are left out.
        retries: Repetitions of calls.
        slow: Attempts that took longer than the document's threshold, 2 seconds.

    >>> told = []
    >>> result = client.tickets.export([439, 829, 77777], folder / "told.csv", progress=told.append)
    >>> told[-1].asked, told[-1].tickets, told[-1].missing
    (3, 2, 1)
    """

    total: int | None = None
    asked: int = 0
    resumed: int = 0
    tickets: int = 0
    missing: int = 0
    problems: int = 0
    unexpected: int = 0
    retries: int = 0
    slow: int = 0


@attrs.frozen(kw_only=True)
class ExportResult:
    """What an export came to, over all its runs.

    Attributes:
        path: The file; None where it was written to an open one.
        tickets: Tickets in the file.
        missing: Ids that did not come back, in an `array`; `missing_path` names them, a line each.
        problems: Values that did not decode, which are null in the file, and tickets left out by `skip_failed`, which
            are missing; `problems_path` says which, a line each.
        unexpected: Tickets that came back though nobody asked for them, or that differ from a later one with the same
            id; they are left out.
        repeated: How often an id was given again. Its ticket is in the file once.
        retries: Repetitions of calls.
        slow: Attempts that took longer than the document's threshold, 2 seconds.
        seconds: How long its runs took together.
        size: Bytes of the file.
        resumed: Ids whose outcome an earlier run had settled.
        finished_before: Whether an earlier run had finished it, so that nothing was done.

    >>> result = client.tickets.export([439, 829, 77777, 439], folder / "tickets.csv")
    >>> result.tickets, list(result.missing), result.repeated
    (2, [77777], 1)
    """

    path: Path | None
    tickets: int
    missing: Sequence[int] = attrs.field(repr=lambda ids: f"<{len(ids)} ids>")
    missing_path: Path | None
    problems: int
    problems_path: Path | None
    repeated: int
    retries: int
    slow: int
    seconds: float
    size: int
    resumed: int
    finished_before: bool
    unexpected: int = 0
