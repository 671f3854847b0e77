"""The list of tickets for Monday's meeting, on bare httpx: what people write before there is an SDK."""

from __future__ import annotations

import csv
import os
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import httpx

FIELDS = ["TicketId", "Title", "OwnedBy", "OwnedByName", "PriorityName", "CreatedAt", "ClosedAt", "TimeToReply"]


def get_tickets(client: httpx.Client, ids: list[int]) -> list[dict[str, Any]]:
    for attempt in range(5):
        try:
            response = client.post(
                "/api/v1/Agents/Ticket/GetTickets",
                params={"$select": ",".join(FIELDS)},
                json={"TicketIds": ids},
            )
        except httpx.TransportError:
            if attempt == 4:
                raise
            time.sleep(2**attempt)
            continue
        if response.status_code in (429, 502, 503, 504) and attempt < 4:
            time.sleep(float(response.headers.get("Retry-After", 2**attempt)))
            continue
        response.raise_for_status()
        tickets = response.json()
        if not isinstance(tickets, list):  # null, or an error, with status 200
            raise RuntimeError(f"no tickets but {tickets!r}")
        return [ticket for ticket in tickets if ticket and ticket["TicketId"]]
    raise AssertionError


def moment(text: str | None) -> str:
    if not text or text.startswith("0001-"):  # year 1 means that there is none
        return ""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"


def main(ids: list[int]) -> None:
    found: dict[int, dict[str, Any]] = {}
    with httpx.Client(
        base_url=os.environ["SUPEROFFICE_SITE"],
        auth=(os.environ["SUPEROFFICE_USER"], os.environ["SUPEROFFICE_PASSWORD"]),
        headers={"Accept": "application/json", "SO-Language": "en", "SO-TimeZone": "NO, includeTZOffset"},
        timeout=30,
    ) as client:
        for start in range(0, len(ids), 100):
            for ticket in get_tickets(client, ids[start : start + 100]):
                found[ticket["TicketId"]] = ticket
    out = csv.writer(sys.stdout)
    out.writerow(["ticket", "title", "owner", "priority", "created", "closed", "to reply"])
    for ticket_id in ids:
        if ticket_id not in found:
            print(f"ticket {ticket_id} was not found", file=sys.stderr)
            continue
        ticket = found[ticket_id]
        owner = "unassigned" if ticket["OwnedBy"] == 1 else ticket["OwnedByName"]
        times = moment(ticket["CreatedAt"]), moment(ticket["ClosedAt"]), timedelta(minutes=ticket["TimeToReply"])
        out.writerow([ticket["TicketId"], ticket["Title"], owner, ticket["PriorityName"], *times])


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
