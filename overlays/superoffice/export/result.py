"""What an export to a file tells while it runs, and in the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from .._window import Counts
from . import FormatName

__all__ = ["ExportProgress", "ExportResult", "FormatName"]


@attrs.frozen(kw_only=True)
class ExportProgress(Counts):
    """How far an export has come, over all its runs; passed to `progress=` after each batch of tickets.

    `total` is how many different ids there are, None where that is not known before they end; `resumed` counts those
    whose outcome an earlier run had stored. `problems` counts tickets left out by `skip_failed` too. The others count
    as in `StreamCounts`.

    >>> told = []
    >>> result = client.tickets.export([439, 829, 77777], folder / "told.csv", progress=told.append)
    >>> told[-1].asked, told[-1].tickets, told[-1].missing
    (3, 2, 1)
    """

    total: int | None = None
    resumed: int = 0

    @property
    def tickets(self) -> int:
        """Tickets that were received."""
        return self.received


@attrs.frozen(kw_only=True)
class ExportResult:
    """The outcome of an export, over all its runs.

    `path` is None where it was written to an open file, and `size` its bytes. `counts` says what became of the ids,
    with the attributes of `ExportProgress`; `missing` are those that were not found, in an `array`. `missing_path` and
    `problems_path` are files that list these, a line each. `repeated` counts ids that were given again, whose ticket is
    in the file once; `resumed` those whose outcome an earlier run had stored. `seconds` is how long the runs took
    together.

    >>> result = client.tickets.export([439, 829, 77777, 439], folder / "tickets.csv")
    >>> result.tickets, list(result.missing), result.repeated
    (2, [77777], 1)
    """

    path: Path | None
    counts: Counts
    missing: Sequence[int] = attrs.field(repr=lambda ids: f"<{len(ids)} ids>")
    missing_path: Path | None = None
    problems_path: Path | None = None
    repeated: int
    seconds: float
    size: int
    resumed: int = 0

    @property
    def tickets(self) -> int:
        """Tickets in the file."""
        return self.counts.received

    @property
    def problems(self) -> int:
        """Values that did not decode, which are null in the file, and tickets left out by `skip_failed`."""
        return self.counts.problems

    @property
    def unexpected(self) -> int:
        """Tickets that were received though nobody asked for them; they are left out."""
        return self.counts.unexpected

    @property
    def retries(self) -> int:
        """Retries of requests."""
        return self.counts.retries

    @property
    def slow(self) -> int:
        """Attempts that took longer than the OpenAPI document's threshold, 2 seconds."""
        return self.counts.slow
