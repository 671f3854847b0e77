"""The contract page: what is sent with its settings, and what its sample becomes."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import httpx
import msgspec
import pytest

from superoffice import AsyncSuperOffice, BasicAuth, FieldProperty, Locale, SuperOffice, TicketBaseStatus
from superoffice_api.models import Ticket

from ..support import contract_page as page

TRANSPORT_HEADERS = {"host", "accept-encoding", "connection", "user-agent", "content-length"}
PAGE_LOCALE = Locale(accept_language="sv", time_zone=None)
SITE = "https://crm.example.com"


def answer(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text=page.RESPONSE, headers={"Content-Type": "application/json; charset=utf-8"})


def check_request(request: httpx.Request) -> None:
    assert (request.method, request.url.raw_path.decode()) == page.REQUEST_LINE
    sent = {name.decode(): value.decode() for name, value in request.headers.raw}
    assert {
        name: value for name, value in sent.items() if name.lower() not in TRANSPORT_HEADERS
    } == page.REQUEST_HEADERS
    assert json.loads(request.content) == page.REQUEST_BODY


def test_the_pages_settings_send_the_pages_request() -> None:
    sent: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: sent.append(request) or answer(request))
    with SuperOffice(SITE, auth=BasicAuth("tje0", "Tje0"), locale=PAGE_LOCALE, transport=transport) as client:
        client.tickets.get_many([439, 829])
    check_request(*sent)


def test_the_async_client_sends_the_same_request() -> None:
    sent: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: sent.append(request) or answer(request))

    async def go() -> None:
        auth = BasicAuth("tje0", "Tje0")
        async with AsyncSuperOffice(SITE, auth=auth, locale=PAGE_LOCALE, transport=transport) as client:
            await client.tickets.get_many([439, 829])

    asyncio.run(go())
    check_request(*sent)


@pytest.fixture
def sample() -> Ticket:
    with SuperOffice(SITE, transport=httpx.MockTransport(answer)) as client:
        return client.tickets.get(1234)


def test_all_values_of_the_sample_come_out(sample: Ticket) -> None:
    (wire,) = json.loads(page.RESPONSE)
    attributes = dict(zip(Ticket.__struct_encode_fields__, Ticket.__struct_fields__, strict=True))
    assert len(wire) == 65
    assert all(getattr(sample, attributes[name]) is None for name in attributes.keys() - wire.keys())
    for name, value in wire.items():
        got = getattr(sample, attributes[name])
        if name in page.DATE_TIME:
            assert got == datetime.fromisoformat(value), name
            assert got.utcoffset() == datetime.fromisoformat(value).utcoffset(), name
        elif name == "FieldProperties":
            assert got == {"fieldName": FieldProperty(field_type="System.String", field_length=252)}
        else:
            assert got == value, name
            assert type(got) is type(value) or name in page.ENUMERATIONS, name
    assert sample.base_status is TicketBaseStatus.CLOSED


def test_the_sample_encodes_to_itself(sample: Ticket) -> None:
    (wire,) = json.loads(page.RESPONSE)
    beyond = dict.fromkeys(Ticket.__struct_encode_fields__)  # what the document has and the page has not
    assert json.loads(msgspec.json.encode([sample])) == [{**beyond, **wire}]


def test_the_documents_examples_are_the_pages(document: dict[str, object]) -> None:
    examples = document["components"]["examples"]  # type: ignore[index] # plain JSON
    assert examples["PageResponse"]["value"] == json.loads(page.RESPONSE)
    assert examples["PageRequest"]["value"] == page.REQUEST_BODY
