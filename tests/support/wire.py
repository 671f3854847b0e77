"""Clients that get given bytes as responses, for what a sandbox would not send, and the requests that they sent."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from superoffice import AsyncSuperOffice, SuperOffice, SuperOfficeError, TicketBatch

SITE = "https://crm.example.com"


def transport(content: Any, sent: list[httpx.Request] | None = None, **answer: Any) -> httpx.MockTransport:
    """Answer every request with `content`: bytes and text as they are, anything else as JSON."""
    body = content if isinstance(content, bytes | str) else json.dumps(content)

    def reply(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        return httpx.Response(answer.get("status", 200), content=body, headers=answer.get("headers"))

    return httpx.MockTransport(reply)


def answered(
    content: Any, ids: Any = (1,), *, headers: dict[str, str] | None = None, **options: Any
) -> TicketBatch[Any]:
    """Ask for tickets and get `content`; both clients must return the same."""
    answer = transport(content, headers=headers)

    async def go() -> TicketBatch[Any] | SuperOfficeError:
        async with AsyncSuperOffice(SITE, transport=answer) as client:
            try:
                return await client.tickets.get_many(ids, **options)
            except SuperOfficeError as error:
                return error

    with SuperOffice(SITE, transport=answer) as client:
        try:
            found: TicketBatch[Any] | SuperOfficeError = client.tickets.get_many(ids, **options)
        except SuperOfficeError as error:
            found = error
    same = asyncio.run(go())
    if isinstance(found, SuperOfficeError):
        assert (type(same), str(same)) == (type(found), str(found))
        raise found
    assert same == found
    return found
