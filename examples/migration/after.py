"""The list of tickets for Monday's meeting, with the SDK: the same output, and types all the way."""

from __future__ import annotations

import csv
import sys
from datetime import datetime

from superoffice import Locale, SuperOffice, TicketFields, TicketView


class Line(TicketView):
    title: str | None
    owned_by: int | None
    owned_by_name: str | None
    priority_name: str | None
    created_at: datetime | None
    closed_at: datetime | None
    time_to_reply: int | None


def moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if value else ""


def main(ids: list[int]) -> None:
    with SuperOffice.from_env(locale=Locale(language="en", time_zone="NO")) as client:
        tickets = client.tickets.get_many(ids, into=Line)
    out = csv.writer(sys.stdout)
    out.writerow(["ticket", "title", "owner", "priority", "created", "closed", "to reply"])
    for ticket in tickets:
        owner = TicketFields.owned_by.meaning(ticket) or ticket.owned_by_name
        times = moment(ticket.created_at), moment(ticket.closed_at), TicketFields.time_to_reply.duration(ticket)
        out.writerow([ticket.ticket_id, ticket.title, owner, ticket.priority_name, *times])
    for missing in tickets.missing:
        print(f"ticket {missing} was not found", file=sys.stderr)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
