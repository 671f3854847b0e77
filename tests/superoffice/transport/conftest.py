"""Both ways to read several tickets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from superoffice import (
    AsyncSuperOffice,
    SuperOffice,
    Ticket,
    TicketBatch,
)


def get_many_sync(site: str, ids: Any, call: dict[str, Any], **options: Any) -> TicketBatch[Ticket]:
    with SuperOffice(site, **options) as client:
        return client.tickets.get_many(ids, **call)


def get_many_async(site: str, ids: Any, call: dict[str, Any], **options: Any) -> TicketBatch[Ticket]:
    async def go() -> TicketBatch[Ticket]:
        async with AsyncSuperOffice(site, **options) as client:
            return await client.tickets.get_many(ids, **call)

    return asyncio.run(go())


@pytest.fixture(params=[get_many_sync, get_many_async], ids=["sync", "async"])
def get_many(request: pytest.FixtureRequest) -> Callable[..., TicketBatch[Ticket]]:
    """`tickets.get_many` of either client: site, ids, options of the call, then those of the client."""
    chosen: Callable[..., TicketBatch[Ticket]] = request.param
    return chosen
