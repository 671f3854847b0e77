"""What programs watch or test httpx with sees our requests, sync and async, and no secret where it shows them."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpcore
import httpx
import pytest
import respx
import vcr  # type: ignore[import-untyped]
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_httpx import HTTPXMock

import superoffice
from superoffice import AsyncSuperOffice, BasicAuth, SuperOffice, Ticket, TicketBatch
from superoffice.transport.cancel import CancelToken
from superoffice.transport.connections import Route, Transport

from ...support.faults import OK, TRUST, Faults, fine, status


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    yield exporter
    HTTPXClientInstrumentor().uninstrument()
    provider.shutdown()


def test_each_attempt_is_a_span(spans: InMemorySpanExporter) -> None:
    auth = BasicAuth("user", "pass-w0rd-of-span")
    secrets = ["pass-w0rd-of-span", "app-t0ken-of-span", base64.b64encode(b"user:pass-w0rd-of-span").decode()]

    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, auth=auth, app_token=secrets[1]) as client:
            await client.tickets.get_many([1, 2])

    with Faults(status(503), fine()) as server:
        with SuperOffice(server.site, auth=auth, app_token=secrets[1]) as client:
            client.tickets.get_many([1, 2])
        asyncio.run(go(server.site))
        assert all(b"\r\ntraceparent: " in head.lower() for head in server.seen)
    finished = spans.get_finished_spans()
    assert [span.attributes and span.attributes["http.status_code"] for span in finished] == [503, 200, 200]
    assert all(span.name == "POST" for span in finished)
    for span in finished:
        shown = span.to_json()
        assert "/api/v1/Agents/Ticket/GetTickets" in shown
        assert not [secret for secret in secrets if secret in shown]


FOUND = {1: "One", 2: "Two"}
SITE = "https://crm.example.com"
URL = f"{SITE}/api/v1/Agents/Ticket/GetTickets"


def read(site: str = SITE) -> list[dict[int, str | None]]:
    """Read tickets by both clients."""

    async def go() -> TicketBatch[Ticket]:
        async with AsyncSuperOffice(site) as client:
            return await client.tickets.get_many([1, 2])

    with SuperOffice(site) as client:
        return [
            {ticket.ticket_id: ticket.title for ticket in batch}
            for batch in (client.tickets.get_many([1, 2]), asyncio.run(go()))
        ]


def test_pytest_httpx_responds(httpx_mock: HTTPXMock) -> None:
    for _ in range(2):
        httpx_mock.add_response(method="POST", url=URL, json=json.loads(OK))
    assert read() == [FOUND, FOUND]
    assert [json.loads(request.content)["TicketIds"] for request in httpx_mock.get_requests()] == [[1, 2], [1, 2]]


def test_respx_responds() -> None:
    with respx.mock() as mock:
        route = mock.post(URL).respond(json=json.loads(OK))
        assert read() == [FOUND, FOUND]
        assert route.call_count == 2


def test_vcrpy_records_and_plays(tmp_path: Path) -> None:
    tape = vcr.VCR(cassette_library_dir=str(tmp_path), filter_headers=["authorization"])
    with Faults(fine()) as server:
        with tape.use_cassette("tickets.yaml"):
            assert read(server.site)[0] == FOUND
        asked = len(server.seen)
    with tape.use_cassette("tickets.yaml", record_mode="none", allow_playback_repeats=True) as played:
        assert read(server.site) == [FOUND, FOUND]
        assert (played.play_count, len(server.seen)) == (2, asked)


def test_one_private_name_of_httpx_is_used() -> None:
    """It is `_pool`, where a transport of httpx's has one of httpcore's: nothing public takes another."""
    ours = vars(Transport(Route(TRUST, None, ""), CancelToken(lambda: None)))
    theirs = {**vars(httpx.HTTPTransport()), **vars(httpcore.ConnectionPool()), **vars(httpx.HTTPTransport)}
    assert {name for name in ours if name in theirs} == {"_pool"}
    found = set[str]()
    for path in Path(superoffice.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"(?:httpx|httpcore|h11)[\w.]*\._\w+", source))
        if path.parent.name == "transport":  # what is reached there through others
            found |= set(re.findall(r"(?<!\bself)\._[a-z]\w*", re.sub("(?m)^ *from .*", "", source)))
    assert found == set()
