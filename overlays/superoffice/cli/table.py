"""Tickets as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from superoffice_api.models import Ticket

from ..views import PartialTicket
from .output import tell
from .terminal import printable

_STATUS_STYLES = {"Active": "green", "Closed": "dim", "Postponed": "yellow", "Deleted": "red", "Spam": "red"}
_READ_STYLES = {"Green": "green", "Yellow": "yellow", "Red": "red"}
_WIDE = 132  # columns of a terminal
_MIN_TEXT, _MIN_NAME = 12, 9  # below this width of its text, or of its name above shorter values, a column is left out


class _Column(NamedTuple):
    name: str
    cells: Sequence[Text]
    rank: int = 0  # the greatest is left out first where room is short
    whole: bool = False  # a number or a date, which is never folded
    justify: Literal["left", "right"] = "left"
    max_width: int | None = None  # what is longer ends with an ellipsis

    @property
    def min_width(self) -> int:
        longest = max((cell.cell_len for cell in self.cells), default=0)
        if self.whole:
            return max(longest, min(_MIN_NAME, len(self.name)))
        return min(_MIN_TEXT, max(longest, len(self.name)))


def print_table(
    tickets: Iterable[Ticket] | Iterable[PartialTicket], console: Console | None = None, *, api_names: bool = False
) -> None:
    """Print tickets, a row each: what was selected, or of whole ones the fields that people look for first."""
    console = console or Console()
    listed: list[Any] = list(tickets)
    if not listed or not isinstance(listed[0], PartialTicket):
        _print(_default_columns(listed, wide=console.width >= _WIDE), console)
    elif left_out := _print(_selected_columns(listed, api_names), console):
        tell(f"Left out for lack of room: {', '.join(left_out)}; --format csv, json or jsonl has every one")


def _print(columns: list[_Column], console: Console) -> list[str]:
    gap = 2 if console.width >= _WIDE else 1
    shown = list(columns)
    while (needed := sum(column.min_width + gap + 1 for column in shown)) > console.width and len(shown) > 1:
        shown.remove(max(shown[1:], key=lambda column: column.rank))
    console.width = max(console.width, needed)  # an id is whole wherever it is printed
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
    for column in shown:
        cut = column.max_width is not None
        table.add_column(
            column.name, justify=column.justify, width=column.min_width if column.whole else None,
            min_width=column.min_width, max_width=column.max_width, no_wrap=cut, overflow="ellipsis" if cut else "fold",
        )  # fmt: skip
    for row in zip(*(column.cells for column in shown), strict=True):
        table.add_row(*row)
    console.print(table)
    return [column.name for column in columns if column not in shown]


def _selected_columns(tickets: Sequence[PartialTicket], api_names: bool) -> list[_Column]:
    rows = [ticket.to_dict(api_names=api_names) for ticket in tickets]
    columns: list[_Column] = []
    for rank, name in enumerate(rows[0]):
        values = [row[name] for row in rows]
        numbers = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
        whole = all(value is None or isinstance(value, int | datetime) for value in values)
        columns.append(_Column(printable(name), [*map(_text, values)], rank, whole, "right" if numbers else "left"))
    return columns


def _default_columns(tickets: Sequence[Ticket], *, wide: bool) -> list[_Column]:
    ids = [_text(ticket.ticket_id, _READ_STYLES.get(str(ticket.read_status), "")) for ticket in tickets]
    statuses = [
        _text(ticket.ticket_status_display_value or ticket.base_status, _STATUS_STYLES.get(str(ticket.base_status), ""))
        for ticket in tickets
    ]
    owners = [
        _text("unassigned", "italic dim") if ticket.owned_by == 1 else _text(ticket.owned_by_name) for ticket in tickets
    ]
    customers = [
        _text(", ".join(filter(None, (ticket.person_fullname, ticket.contact_name if wide else None))))
        for ticket in tickets
    ]
    return [
        _Column("Id", ids, whole=True, justify="right"),
        _Column("Title", [_text(ticket.title) for ticket in tickets], 1),
        _Column("Status", statuses, 2),
        *([_Column("Priority", [_text(ticket.priority_name) for ticket in tickets], 6)] if wide else ()),
        _Column("Owner", owners, 4, max_width=16),
        _Column("Customer", customers, 5, max_width=24 if wide else 14),
        _Column("Created", [_text(ticket.created_at)[: None if wide else 10] for ticket in tickets], 3, whole=True),
    ]


def _text(value: object, style: str = "") -> Text:
    if isinstance(value, datetime):
        with suppress(OverflowError, ValueError, OSError):  # at an edge of the calendar, which another zone is beyond
            value = value.astimezone() if value.tzinfo else value
        value = value.replace(tzinfo=None).isoformat(" ", "minutes")
    return Text("" if value is None else printable(str(value)), style)
