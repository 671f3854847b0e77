"""What watches all the other tests sees what is wrong."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from superoffice import SuperOffice
from superoffice_sandbox import Behaviour, Sandbox

from ..support.openapi_check import Checker, Seen
from ..support.sandbox_calls import PATH, post

FORM = "application/x-www-form-urlencoded"
XML = b'<?xml version="1.0" encoding="utf-8"?>\n'


@pytest.fixture
def fresh(document: dict[str, Any]) -> Checker:
    return Checker(document)


def sent(body: bytes, content_type: str, *, query: str = "", agent: str = "superoffice-sdk/1", **answer: Any) -> Seen:
    headers = (("user-agent", agent), ("content-type", content_type), ("so-timezone", "UTC, includeTZOffset"))
    return Seen("POST", PATH, query, headers, body, **answer)


def answered(content: bytes, status: int = 200, content_type: str = "application/json", **options: Any) -> Seen:
    headers = (("content-type", content_type), ("so-timezone", "UTC"))
    answer = {"status": status, "answered": headers, "answer": content, **options}
    return sent(b'{"TicketIds": [1]}', "application/json", **answer)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"TicketIds": [0]}', "application/json"),
        (b'{"TicketIds": ["1"]}', "application/merge-patch+json"),
        (b"{}", "text/json"),
        (b"{", "application/json"),
        (b"", "application/json"),
        (b'{"TicketIds": [1]}', "text/plain"),
        (b"<GetTicketsRequest><TicketIds><int>x</int></TicketIds></GetTicketsRequest>", "text/xml"),
        (b"<GetTicketsRequest>", "application/xml"),
        (b"TicketIds=x", FORM),
    ],
)
def test_a_wrong_request_of_ours_is_told(fresh: Checker, body: bytes, content_type: str) -> None:
    fresh.add(sent(body, content_type))
    assert len(fresh.problems()) == 1
    fresh.add(sent(body, content_type, agent="another"))
    assert fresh.problems() == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"TicketIds": [1, 2]}', "application/json; charset=utf-8"),
        (XML + b"<GetTicketsRequest><TicketIds><int>7</int></TicketIds></GetTicketsRequest>", "text/xml"),
        (b"TicketIds=1&TicketIds=2", FORM),
    ],
)
def test_a_right_request_is_not(fresh: Checker, body: bytes, content_type: str) -> None:
    fresh.add(sent(body, content_type, query="%24select=TicketId%2CTitle"))
    assert fresh.problems() == []


@pytest.mark.parametrize(
    "seen",
    [
        answered(b'[{"Title": "no id"}]'),
        answered(b'[{"TicketId": 1, "Origin": "Pigeon"}]'),
        answered(b'[{"TicketId": 1, "Deadline": "2024-13-01T00:00:00"}]'),
        answered(b'[{"TicketId": 1, "Deadline": "0001-01-01"}]'),
        answered(b"[null]"),
        answered(b"null"),
        answered(b"[]", content_type="text/html"),
        answered(b"[]", 302),
        answered(b'{"Message": 3}', 400),
        answered(XML + b"<ArrayOfTicket><Ticket><Title>a</Title></Ticket></ArrayOfTicket>", content_type="text/xml"),
        answered(XML + b"<Error><Error>x</Error></Error>", 500, "application/xml"),
    ],
    ids=range(11),
)
def test_a_wrong_answer_is_told(fresh: Checker, seen: Seen) -> None:
    fresh.add(seen)
    assert len(fresh.problems()) == 1


@pytest.mark.parametrize(
    "seen",
    [
        answered(b'[{"TicketId": 1, "Origin": null, "Slevel": "Internal"}]'),
        answered(b'[{"TicketId": 1, "Deadline": "0001-01-01T00:00:00"}]'),
        answered(b'[{"TicketId": 1, "Deadline": "2024-01-01T00:00:00.1234567-0500"}]'),
        answered(b'[{"TicketId": 1}, null]', behaviour=Behaviour(missing="null")),
        answered(b"null", behaviour=Behaviour(no_ids="null")),
        answered(b"\xff", struck=("garbage",)),
        answered(b'{"Error": true}', 503),
        answered(
            XML + b"<ArrayOfTicket><Ticket><TicketId>1</TicketId></Ticket></ArrayOfTicket>", content_type="text/xml"
        ),
    ],
    ids=range(8),
)
def test_a_right_answer_is_not(fresh: Checker, seen: Seen) -> None:
    fresh.add(seen)
    assert fresh.problems() == []


@pytest.mark.off_document("the last ticket is stored with a wrong value")
def test_every_call_is_seen(checker: Checker, client: SuperOffice, box: Sandbox) -> None:
    checker.problems()
    client.tickets.get(439)
    post(box, [439])
    assert [dict(seen.headers)["user-agent"][:6] for seen in checker.seen] == ["supero", "python"]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=[]))
    with SuperOffice("https://crm.example.com/x", transport=transport) as other:
        other.tickets.get_many([1])
    assert (checker.seen[-1].path, checker.seen[-1].status) == (PATH, 0)
    assert checker.problems() == []
    box.store.add([{"TicketId": 6_100_000, "Origin": "Pigeon"}])
    post(box, [6_100_000])
    (problem,) = checker.problems()
    assert "Pigeon" in problem
