"""Exports of each client, in small calls and parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest

import superoffice.export.job
from superoffice import AsyncSuperOffice, BasicAuth, ExportResult, SuperOffice
from superoffice_sandbox import Sandbox

from ...support.exports import Exports
from ...support.wire import SITE


@pytest.fixture(params=["sync", "asyncio", "trio"])
def export(request: pytest.FixtureRequest, box: Sandbox, basic: BasicAuth) -> Exports:
    """`tickets.export` of each client, in calls of 10 ids."""
    options: dict[str, Any] = {"auth": basic, "calls_per_second": None, "batch_size": 10}

    def sync(*given: Any, site: str = box.site, transport: Any = None, **more: Any) -> ExportResult:
        with SuperOffice(site, transport=transport, **options) as client:
            return client.tickets.export(*given, **more)

    def run(*given: Any, site: str = box.site, transport: Any = None, **more: Any) -> ExportResult:
        async def go() -> ExportResult:
            async with AsyncSuperOffice(site, transport=transport, **options) as client:
                return await client.tickets.export(*given, **more)

        return anyio.run(go, backend=request.param)

    return sync if request.param == "sync" else run


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superoffice.export.job, "PART", 20)


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with the tickets that are asked for; 77777 is missing, and a value of 5 does not decode."""
    ids = json.loads(request.content)["TicketIds"]
    return httpx.Response(
        200, json=[{"TicketId": id_, "Title": 8 if id_ == 5 else f"of {id_}"} for id_ in ids if id_ != 77_777]
    )


@pytest.fixture
def echoed(small_parts: None) -> Iterator[SuperOffice]:
    with SuperOffice(SITE, transport=httpx.MockTransport(echo), batch_size=10, calls_per_second=None) as client:
        yield client
