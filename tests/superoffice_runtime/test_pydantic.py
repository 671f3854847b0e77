"""Models in FastAPI's routes and pydantic's models, which read and write them as JSON has them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import pydantic
import pytest
from fastapi import Body, FastAPI
from openapi_spec_validator import validate

from superoffice import Ticket
from superoffice_api.models import TableRight, TicketBaseStatus

TICKET = Ticket(
    ticket_id=7,
    title="One",
    created_at=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
    base_status=TicketBaseStatus("Odd"),
    table_right=TableRight(mask="Select"),
)
JSON = {"TicketId": 7, "Title": "One", "CreatedAt": "2024-01-02T03:04:05Z", "BaseStatus": "Odd"}


class Report(pydantic.BaseModel):
    ticket: Ticket
    others: list[Ticket] = []


app = FastAPI()


@app.get("/one")
def one() -> Ticket:
    return TICKET


@app.get("/several")
def several() -> list[Ticket]:
    return [TICKET, TICKET]


@app.post("/report")
def report(ticket: Annotated[Ticket, Body()]) -> Report:
    return Report(ticket=ticket)


@app.post("/query")
def query(ticket: Ticket) -> int:
    return ticket.ticket_id


@app.get("/no-aliases", response_model_by_alias=False)
def no_aliases() -> Ticket:
    return TICKET


def ask(method: str, path: str, **options: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return await client.request(method, path, **options)

    return asyncio.run(go())


def test_a_route_writes_tickets_by_api_names_and_keeps_nulls() -> None:
    written = ask("GET", "/one").json()
    assert set(written) == set(TICKET.to_dict(api_names=True))
    assert written.items() >= JSON.items()
    assert (written["TableRight"], written["ClosedAt"]) == ({"Mask": "Select", "Reason": None}, None)
    assert ask("GET", "/several").json() == [written, written]
    assert ask("GET", "/no-aliases").json() == written


def test_a_route_takes_a_ticket_and_refuses_what_is_not_one() -> None:
    assert ask("POST", "/report", json=JSON).json()["ticket"].items() >= JSON.items()
    refused = ask("POST", "/report", json={"TicketId": "x"})
    assert refused.status_code == 422
    assert "Expected `int`, got `str` - at `$.TicketId`" in refused.text


def test_a_ticket_that_is_not_declared_as_a_body_is_a_query_parameter() -> None:
    refused = ask("POST", "/query", json=JSON)
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["query", "ticket"])


def test_fastapi_describes_tickets_in_a_valid_document() -> None:
    document = ask("GET", "/openapi.json").json()
    validate(document)
    schemas = document["components"]["schemas"]
    ticket = schemas.get("Ticket") or schemas["Ticket-Output"]  # older versions tell input from output
    assert ticket["properties"]["CreatedAt"]["anyOf"][0] == {"type": "string", "format": "date-time"}
    assert ticket["required"] == ["TicketId"]
    assert {"Active", "Closed"} <= {*ticket["properties"]["BaseStatus"]["anyOf"][0]["examples"]}


def test_a_pydantic_model_holds_a_ticket() -> None:
    report = Report(ticket=TICKET, others=[TICKET])
    assert report.model_dump()["ticket"] is TICKET
    assert Report.model_validate_json(report.model_dump_json()) == report
    with pytest.raises(pydantic.ValidationError, match=r"Expected `str \| null`, got `int`"):
        Report.model_validate({"ticket": {"TicketId": 1, "Title": 7}})


def test_pydantic_is_imported_only_by_who_asks() -> None:
    program = (
        "import sys, superoffice; superoffice.Ticket; print({'pydantic', 'pydantic_core', 'fastapi'} & {*sys.modules})"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "set()"
