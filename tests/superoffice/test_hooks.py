"""Hooks: what they are told, and what they may raise."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from superoffice import (
    AsyncSuperOffice,
    Hooks,
    SuperOffice,
)

from ..support.faults import Faults, delays
from ..support.wire import SITE, transport


def test_slow_calls_are_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[float | None] = []
    hooks = Hooks(on_slow=lambda event: told.append(event.elapsed))

    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, hooks=hooks) as client:
            await client.tickets.get_many([1, 2])

    with Faults(delays(2.2)) as server:
        with SuperOffice(server.site, hooks=hooks) as client:
            client.tickets.get_many([1, 2])
            client.with_options(hooks=Hooks()).tickets.get_many([1, 2])
        asyncio.run(go(server.site))
    assert len(told) == 2
    assert all(took is not None and took > 2 for took in told)
    slow = [record for record in caplog.records if "slow" in record.getMessage()]
    assert [record.levelno for record in slow] == [logging.WARNING] * 3
    assert "for 2 ids" in slow[0].getMessage()


def test_a_hook_may_raise_stop_iteration() -> None:
    nothing: Iterator[None] = iter(())
    hooks = Hooks(before=lambda _: next(nothing))
    with SuperOffice(SITE, transport=transport([]), hooks=hooks) as client, pytest.raises(StopIteration):
        client.tickets.get_many([1])
