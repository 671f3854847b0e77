"""What users write and a type checker must understand; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import assert_type

from arro3.core import ChunkedArray, RecordBatch, Schema, Table

from superoffice import (
    AsyncSuperOffice,
    AsyncTicketStream,
    Auth,
    BasicAuth,
    BearerAuth,
    Environment,
    ExportProgress,
    ExportResult,
    Locale,
    Mask,
    PartialTicket,
    RawField,
    RefreshingAuth,
    SuperOffice,
    TableRights,
    Tenant,
    TenantUnavailableError,
    Ticket,
    TicketBaseStatus,
    TicketBatch,
    TicketFields,
    TicketStream,
    TicketView,
    TokenAuth,
    XsrfAuth,
)
from superoffice_api.api.ticket import get_tickets
from superoffice_api.facts import TicketFieldName
from superoffice_api.models import GetTicketsRequest


def settings() -> None:
    assert_type(SuperOffice.from_env(site="https://crm.example.com", timeout=5, locale=Locale()), SuperOffice)
    assert_type(AsyncSuperOffice.from_env({"SUPEROFFICE_TENANT": "Cust12345"}, retries=0), AsyncSuperOffice)


def sync(client: SuperOffice) -> None:
    ticket = client.tickets.get(439)
    assert_type(ticket, Ticket)
    assert_type(ticket.ticket_id, int)
    assert_type(ticket.title, str | None)
    assert_type(ticket.created_at, datetime | None)
    assert_type(ticket.base_status, TicketBaseStatus | None)
    batch = client.tickets.get_many([439, 829], locale=Locale(language=None, time_zone="NO"), timeout=5)
    assert_type(batch, TicketBatch[Ticket])
    assert_type(batch[0], Ticket)
    assert_type(batch.aligned(), list[Ticket | None])
    assert_type(batch.missing, tuple[int, ...])


async def without_blocking() -> None:
    async with AsyncSuperOffice("https://crm.example.com", auth=BasicAuth("u", "p")) as client:
        assert_type(await client.tickets.get(439), Ticket)
        assert_type(await client.tickets.get_many(range(3)), TicketBatch[Ticket])


NAME: TicketFieldName = "Title"


class Brief(TicketView):
    title: str
    created_at: datetime


class Mine(Ticket):
    mood: str | None = None


def projections(client: SuperOffice) -> None:
    assert_type(client.tickets.get_many([1], into=Brief), TicketBatch[Brief])
    assert_type(client.tickets.get_many([1], into=Brief)[0].title, str)
    assert_type(client.tickets.get(1, into=Mine), Mine)
    partial = client.tickets.get_many([1], select=["Title", TicketFields.table_right / "Mask", RawField("Mood")])[0]
    assert_type(partial, PartialTicket)
    assert_type(partial.title, str | None)
    assert_type(partial.ticket_id, int)
    assert_type(TicketFields.time_to_reply.duration(partial), timedelta | None)
    assert_type(TableRights.parse("Select"), Mask[TableRights])
    names: list[TicketFieldName] = ["Title", "Author"]
    assert_type(client.tickets.get(1, select=names), PartialTicket)
    Brief(ticket_id=1, title="x", created_at=datetime.now().astimezone())


def streams(client: SuperOffice) -> None:
    with client.tickets.stream(iter([1, 2]), ordered=False, max_concurrency=2, timeout=5) as tickets:
        assert_type(tickets, TicketStream[Ticket])
        for ticket in tickets:
            assert_type(ticket, Ticket)
        for batch in tickets.batches():
            assert_type(batch, TicketBatch[Ticket])
        assert_type(tickets.missing[0], int)
        assert_type(tickets.counts.received, int)
    with client.tickets.stream([1], into=Brief) as briefs:
        assert_type(next(briefs).title, str)
    with client.tickets.stream([1], select=["Title"]) as partials:
        assert_type(next(partials).title, str | None)


async def streams_without_blocking(client: AsyncSuperOffice, ids: AsyncIterator[int]) -> None:
    async with client.tickets.stream(ids) as tickets:
        assert_type(tickets, AsyncTicketStream[Ticket])
        async for ticket in tickets:
            assert_type(ticket, Ticket)
        async for batch in tickets.batches():
            assert_type(batch, TicketBatch[Ticket])
    async with client.tickets.stream([1], into=Brief) as briefs:
        assert_type(await anext(briefs), Brief)


async def tables(client: SuperOffice, other: AsyncSuperOffice) -> None:
    assert_type(client.tickets.get_many([1], select=["Title"]).to_arrow(wire=True), Table)
    with client.tickets.stream([1], into=Brief) as briefs:
        batches = briefs.to_arrow_batches()
        assert_type(batches.schema, Schema)
        for batch in batches:
            assert_type(batch, RecordBatch)
        Table.from_arrow(batches)
    async with other.tickets.stream([1]) as tickets:
        async for batch in tickets.to_arrow_batches(wire=True):
            assert_type(batch, RecordBatch)


async def exports(client: SuperOffice, other: AsyncSuperOffice, ids: AsyncIterator[int], column: ChunkedArray) -> None:
    def tell(progress: ExportProgress) -> None:
        assert_type(progress.total, int | None)

    result = client.tickets.export([1], "tickets.csv", select=["Title"], csv_safe=True, progress=tell)
    assert_type(result, ExportResult)
    assert_type(result.path, Path | None)
    assert_type(result.missing[0], int)
    assert_type(client.tickets.export(column, BytesIO(), format="parquet", compression="none"), ExportResult)
    assert_type(await other.tickets.export(ids, Path("tickets.arrow"), restart=True), ExportResult)


async def operations(client: SuperOffice, other: AsyncSuperOffice) -> None:
    body = GetTicketsRequest(ticket_ids=[439])
    assert_type(get_tickets.sync(client, body), list[Ticket])
    assert_type(get_tickets.sync(client.with_options(timeout=5), body, select=["Title"], language="sv"), list[Ticket])
    assert_type(await get_tickets.asyncio(other, body, accept="application/xml"), list[Ticket])


def sign_in(session: dict[str, str]) -> None:
    async def token() -> str:
        return "8A:x"

    tenant = Tenant("Cust12345", environment="sod", allowed_hosts=["crm.partner.example"])
    assert_type(SuperOffice(tenant, auth=TokenAuth(lambda: "8A:x")).site, str)
    AsyncSuperOffice(tenant, auth=TokenAuth(token, scheme="SoTicket"), app_token="x")
    SuperOffice("https://crm.example.com", auth=XsrfAuth.from_cookies(session))
    assert_type(XsrfAuth.from_page("<html>", session), XsrfAuth)
    auth: Auth | RefreshingAuth = BearerAuth("8A:x")
    SuperOffice(Tenant("Cust1", environment=Environment("test", "http://localhost:8080")), auth=auth)
    try:
        pass
    except TenantUnavailableError as error:
        assert_type(error.try_after, datetime | None)
        assert_type(error.state, str | None)
