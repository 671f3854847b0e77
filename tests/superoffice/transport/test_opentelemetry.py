"""The public httpx instrumentation of OpenTelemetry sees the calls, and no secret."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator

import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from superoffice import AsyncSuperOffice, BasicAuth, SuperOffice

from ...support.faults import Faults, fine, status


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
