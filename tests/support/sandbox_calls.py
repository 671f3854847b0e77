"""A plain call of the endpoint, as any HTTP client makes it."""

from __future__ import annotations

from typing import Any

import httpx

from . import web

PATH = "/api/v1/Agents/Ticket/GetTickets"


def post(box: Any, ids: Any, query: str = "", **headers: str) -> httpx.Response:
    """Call a sandbox that listens; headers are named with underscores."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.post(box.site + PATH + query, json={"TicketIds": ids}, auth=("tje0", "Tje0"), headers=sent)


def ticket(box: Any, number: int, query: str = "", **headers: str) -> dict[str, Any]:
    """Return the one ticket that a call gets."""
    answer = post(box, [number], query, **headers)
    assert answer.status_code == 200, answer.text
    (got,) = answer.json()
    return dict(got)
