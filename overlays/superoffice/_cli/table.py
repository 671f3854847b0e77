"""Tickets as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from superoffice_api.models import Ticket

from .._command import printable
from ..partial import PartialTicket

_STATUS_STYLES = {"Active": "green", "Closed": "dim", "Postponed": "yellow", "Deleted": "red", "Spam": "red"}
_READ_STYLES = {"Green": "green", "Yellow": "yellow", "Red": "red"}
_WIDE = 132  # columns


def _moment(value: datetime | None, with_time: bool) -> Text:
    if value is None:
        return Text("")
    local = value.astimezone() if value.tzinfo else value
    return Text(local.strftime("%Y-%m-%d %H:%M" if with_time else "%Y-%m-%d"))


def _customer(ticket: Ticket, with_company: bool) -> Text:
    parts = (ticket.person_fullname, ticket.contact_name if with_company else None)
    return Text(printable(", ".join(part for part in parts if part)))


def print_table(tickets: Iterable[Ticket] | Iterable[PartialTicket], console: Console | None = None) -> None:
    """Print tickets, a row each: what was selected, or of whole ones the members that people look for first."""
    console = console or Console()
    listed: list[Any] = list(tickets)
    if listed and isinstance(listed[0], PartialTicket):
        _print_selected(listed, console)
    else:
        _print_whole(listed, console)


def _print_selected(tickets: Sequence[PartialTicket], console: Console) -> None:
    """Print the selected members under their own names, numbers to the right."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    rows = [ticket.to_dict(wire=True) for ticket in tickets]
    for name in rows[0]:
        numbers = all(isinstance(row[name], int) and not isinstance(row[name], bool) for row in rows)
        table.add_column(printable(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_value(value) for value in row.values()))
    console.print(table)


def _value(value: object) -> Text:
    if isinstance(value, datetime):
        return _moment(value, with_time=True)
    return Text("" if value is None else printable(str(value)))


def _print_whole(tickets: Sequence[Ticket], console: Console) -> None:
    """Print the members that people look for first; a wide terminal shows more of them."""
    wide = console.width >= _WIDE
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 2 if wide else 1, 0, 0))
    table.add_column("Id", justify="right", no_wrap=True)
    table.add_column("Title", min_width=16)
    table.add_column("Status", no_wrap=True)
    if wide:
        table.add_column("Priority", no_wrap=True)
    table.add_column("Owner", overflow="ellipsis", no_wrap=True, max_width=16)
    table.add_column("Customer", overflow="ellipsis", no_wrap=True, max_width=24 if wide else 14)
    table.add_column("Created", no_wrap=True)
    for ticket in tickets:
        status, read = str(ticket.base_status or ""), str(ticket.read_status or "")
        owner = (
            Text("unassigned", style="italic dim")
            if ticket.owned_by == 1
            else Text(printable(ticket.owned_by_name or ""))
        )
        table.add_row(
            Text(str(ticket.ticket_id), style=_READ_STYLES.get(read, "")),
            Text(printable(ticket.title or "")),
            Text(printable(ticket.ticket_status_display_value or status), style=_STATUS_STYLES.get(status, "")),
            *([Text(printable(ticket.priority_name or ""))] if wide else []),
            owner,
            _customer(ticket, with_company=wide),
            _moment(ticket.created_at, with_time=wide),
        )
    console.print(table)
