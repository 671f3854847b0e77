"""Media types of requests and answers: a ticket is the same through each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import httpx
import pytest

from superoffice import APIStatusError, BasicAuth, ConfigurationError, InvalidResponseError, SuperOffice
from superoffice_api.api.ticket import get_tickets
from superoffice_api.facts import RequestMediaType, ResponseMediaType
from superoffice_api.models import GetTicketsRequest
from superoffice_api.shapes import SHAPES
from superoffice_runtime.xml import read_xml, write_xml
from superoffice_sandbox import Sandbox
from superoffice_sandbox.form import read_form
from superoffice_sandbox.seed import tickets

from ..support.contract_page import RESPONSE
from ..support.wire import SITE, transport

XML = {"Content-Type": "application/xml; charset=utf-8"}


@pytest.mark.parametrize("content_type", get_args(RequestMediaType))
@pytest.mark.parametrize("accept", get_args(ResponseMediaType))
def test_every_pair_is_sent(content_type: Any, accept: Any) -> None:
    sent: list[httpx.Request] = []
    with SuperOffice(SITE, transport=transport([], sent), content_type=content_type, accept=accept) as client:
        client.tickets.get_many([439, 829])
    (request,) = sent
    assert request.headers["accept"] == f"{accept}; charset=utf-8"
    assert request.headers["content-type"] == f"{content_type}; charset=utf-8"
    if content_type.endswith("/xml"):
        body = read_xml(request.content, "GetTicketsRequest", SHAPES)
    elif content_type.endswith("urlencoded"):
        body = read_form(request.content, "GetTicketsRequest", SHAPES)
    else:
        body = json.loads(request.content)
    assert body == {"TicketIds": [439, 829]}


@pytest.mark.parametrize("content_type", get_args(RequestMediaType))
@pytest.mark.parametrize("accept", get_args(ResponseMediaType))
def test_every_pair_end_to_end(
    content_type: Any, accept: Any, box: Sandbox, basic: BasicAuth, client: SuperOffice
) -> None:
    with SuperOffice(box.site, auth=basic, content_type=content_type, accept=accept) as other:
        batch = other.tickets.get_many([1234, 77777, 439, 829])
        partial = other.tickets.get(1234, select=["Title", "TableRight/Mask"])
    assert batch.missing == (77777,)
    assert batch == client.tickets.get_many([1234, 77777, 439, 829])
    assert partial == client.tickets.get(1234, select=["Title", "TableRight/Mask"])


@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_no_date_is_read_as_another_second_through_any_media_type(accept: Any) -> None:
    wire: list[Any] = [{"TicketId": 1, "Title": "23:59:59.9999999", "ClosedAt": "9999-12-31T23:59:59.9999999Z"}]
    wire[0]["Deadline"] = "2024-12-31T23:59:59.9999999+01:00"
    content = json.dumps(wire) if accept.endswith("json") else write_xml(wire, "ArrayOfTicket", SHAPES)
    answer = transport(content, headers={"Content-Type": accept})
    with SuperOffice(SITE, transport=answer, accept=accept) as client:
        called = get_tickets.sync(client, GetTicketsRequest(ticket_ids=[1]))[0]
        for ticket in (called, client.tickets.get(1)):
            assert (ticket.title, ticket.closed_at) == ("23:59:59.9999999", datetime.max.replace(tzinfo=UTC))
            assert str(ticket.deadline) == "2024-12-31 23:59:59.999999+01:00"
        assert client.tickets.raw([1]).content.count(b".9999999") == 3  # as it came


def test_a_ticket_through_xml_equals_the_ticket_through_json() -> None:
    wire = [*json.loads(RESPONSE), *tickets(30, 1)]
    ids = [ticket["TicketId"] for ticket in wire]
    xml = write_xml(wire, "ArrayOfTicket", SHAPES)
    with SuperOffice(SITE, transport=transport(wire)) as client:
        by_json = client.tickets.get_many(ids)
    with SuperOffice(SITE, transport=transport(xml, headers=XML), accept="application/xml") as client:
        by_xml = client.tickets.get_many(ids)
        assert client.tickets.get_many(ids, select=["Title"])[0].title == by_json[0].title
    assert by_xml == by_json


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<Error><ErrorMessage>Broken</ErrorMessage></Error>", "an error: Broken"),
        (b"<html><body>Sign in</body></html>", "cannot be read"),
        (b"<ArrayOfTicket><Ticket>", "cannot be read"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><ArrayOfTicket>&b;</ArrayOfTicket>", "cannot be read"),
    ],
)
def test_xml_that_holds_no_tickets_is_an_error(content: bytes, said: str) -> None:
    with (
        SuperOffice(SITE, transport=transport(content, headers=XML)) as client,
        pytest.raises(InvalidResponseError, match=said),
    ):
        client.tickets.get_many([1])


def test_an_error_in_xml_carries_the_servers_words() -> None:
    body = b"<Error><ErrorType>T</ErrorType><Message>No.</Message></Error>"
    answer = transport(body, status=406, headers=XML)
    with SuperOffice(SITE, transport=answer) as client, pytest.raises(APIStatusError) as caught:
        client.tickets.get_many([1])
    assert (caught.value.status_code, caught.value.server_message, caught.value.error_type) == (406, "No.", "T")


@pytest.mark.parametrize(
    "options", [{"accept": "text/html"}, {"content_type": "multipart/form-data"}, {"accept": "json"}]
)
def test_other_media_types_are_refused(options: Any) -> None:
    with pytest.raises(ConfigurationError, match="is not one of the endpoint's media types"):
        SuperOffice(SITE, **options)


def test_a_calls_own_headers_replace_without_regard_to_case() -> None:
    sent: list[httpx.Request] = []
    with SuperOffice(SITE, transport=transport([], sent)) as client:
        client.tickets.get_many([1], headers={"so-timezone": None, "ACCEPT": "text/json"})
    assert "so-timezone" not in sent[0].headers
    assert sent[0].headers.get_list("accept") == ["text/json"]
