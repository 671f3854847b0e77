"""Tickets as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from superoffice_api.models import Ticket

from ..views import PartialTicket
from .main import printable
from .output import tell

_STATUS_STYLES = {"Active": "green", "Closed": "dim", "Postponed": "yellow", "Deleted": "red", "Spam": "red"}
_READ_STYLES = {"Green": "green", "Yellow": "yellow", "Red": "red"}
_WIDE = 132  # columns
_LEAST, _HEAD = 12, 8  # columns of a text, and of a name above shorter values, below which it leaves the table


class _Column(NamedTuple):
    """A column, its cells, and how much it matters: of a narrow terminal's the last ones leave, the first one stays."""

    name: str
    cells: Sequence[Text]
    matters: int = 0
    whole: bool = False  # a number or a date, which is never folded
    justify: Literal["left", "right"] = "left"
    most: int | None = None  # columns; what is longer ends with an ellipsis

    @property
    def natural(self) -> int:
        longest = max([len(self.name), *(cell.cell_len for cell in self.cells)])
        return longest if self.most is None else min(longest, self.most)

    @property
    def least(self) -> int:
        longest = max((cell.cell_len for cell in self.cells), default=0)
        return max(longest, min(_HEAD, len(self.name))) if self.whole else min(_LEAST, self.natural)


def _moment(value: datetime | None, with_time: bool) -> Text:
    if value is None:
        return Text("")
    try:
        local = value.astimezone() if value.tzinfo else value
    except (OverflowError, ValueError, OSError):  # at an edge of the calendar, which another zone is beyond
        local = value
    text = local.replace(tzinfo=None).isoformat(" ", "minutes")
    return Text(text if with_time else text.partition(" ")[0])


def _customer(ticket: Ticket, with_company: bool) -> Text:
    parts = (ticket.person_fullname, ticket.contact_name if with_company else None)
    return Text(printable(", ".join(part for part in parts if part)))


def print_table(tickets: Iterable[Ticket] | Iterable[PartialTicket], console: Console | None = None) -> None:
    """Print tickets, a row each: what was selected, or of whole ones the members that people look for first."""
    console = console or Console()
    listed: list[Any] = list(tickets)
    if listed and isinstance(listed[0], PartialTicket):
        left_out = _print(_selected(listed), console)
        if left_out:
            tell(f"Left out for lack of room: {', '.join(left_out)}; --output csv, json or jsonl has every one")
    else:
        _print(_whole(listed, wide=console.width >= _WIDE), console)


def _print(columns: list[_Column], console: Console) -> list[str]:
    """Print the columns for which there is room, and return the names of the others."""
    gap = 2 if console.width >= _WIDE else 1
    kept, around = list(columns), gap + 1
    while len(kept) > 1 and sum(column.least + around for column in kept) > console.width:
        kept.remove(max(kept[1:], key=lambda column: column.matters))
    widths = [column.least for column in kept]
    room = console.width - sum(widths) - around * len(kept)
    while room > 0 and (narrow := [at for at, column in enumerate(kept) if widths[at] < column.natural]):
        widths[min(narrow, key=widths.__getitem__)] += 1
        room -= 1
    console.width = max(console.width, sum(widths) + around * len(kept))  # an id is whole wherever it is printed
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
    for column, width in zip(kept, widths, strict=True):
        cut = column.most is not None
        overflow: Literal["ellipsis", "fold"] = "ellipsis" if cut else "fold"
        table.add_column(column.name, width=width, justify=column.justify, no_wrap=cut, overflow=overflow)
    for row in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*row)
    console.print(table)
    return [column.name for column in columns if column not in kept]


def _selected(tickets: Sequence[PartialTicket]) -> list[_Column]:
    """Return the selected members under their own names, numbers to the right."""
    rows = [ticket.to_dict(wire=True) for ticket in tickets]
    columns: list[_Column] = []
    for matters, name in enumerate(rows[0]):
        values = [row[name] for row in rows]
        numbers = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
        whole = all(value is None or isinstance(value, (int, datetime)) for value in values)
        cells = [_value(value) for value in values]
        columns.append(_Column(printable(name), cells, matters, whole, "right" if numbers else "left"))
    return columns


def _value(value: object) -> Text:
    if isinstance(value, datetime):
        return _moment(value, with_time=True)
    return Text("" if value is None else printable(str(value)))


def _whole(tickets: Sequence[Ticket], *, wide: bool) -> list[_Column]:
    """Return the members that people look for first; a wide terminal shows more of them."""
    columns = [
        _Column("Id", [_number(ticket) for ticket in tickets], whole=True, justify="right"),
        _Column("Title", [Text(printable(ticket.title or "")) for ticket in tickets], 1),
        _Column("Status", [_status(ticket) for ticket in tickets], 2),
        _Column("Priority", [Text(printable(ticket.priority_name or "")) for ticket in tickets], 6),
        _Column("Owner", [_owner(ticket) for ticket in tickets], 4, most=16),
        _Column("Customer", [_customer(ticket, wide) for ticket in tickets], 5, most=24 if wide else 14),
        _Column("Created", [_moment(ticket.created_at, wide) for ticket in tickets], 3, whole=True),
    ]
    return [column for column in columns if wide or column.name != "Priority"]


def _number(ticket: Ticket) -> Text:
    return Text(str(ticket.ticket_id), style=_READ_STYLES.get(str(ticket.read_status), ""))


def _status(ticket: Ticket) -> Text:
    status = str(ticket.base_status or "")
    return Text(printable(ticket.ticket_status_display_value or status), style=_STATUS_STYLES.get(status, ""))


def _owner(ticket: Ticket) -> Text:
    if ticket.owned_by == 1:
        return Text("unassigned", style="italic dim")
    return Text(printable(ticket.owned_by_name or ""))
