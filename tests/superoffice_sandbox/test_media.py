"""Content negotiation."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from superoffice_api.shapes import SHAPES
from superoffice_runtime.xml import read_xml
from superoffice_sandbox import Behaviour, Sandbox
from superoffice_sandbox.media import REQUEST_TYPES, RESPONSE_TYPES, choose, syntax_of

from ..support import web
from ..support.sandbox_calls import PATH

BODY = json.dumps({"TicketIds": [439]})
IDS = {
    "json": b'{"TICKETids": [1234, 439]}',
    "xml": b"<GetTicketsRequest><TicketIds><int>1234</int><int>439</int></TicketIds></GetTicketsRequest>",
    "form": b"ticketIds=1234&TicketIds=439",
}


def send(box: Sandbox, content: bytes, sent: str | None, accept: str | None = None) -> httpx.Response:
    headers = {name: value for name, value in (("Content-Type", sent), ("Accept", accept)) if value is not None}
    return web.post(box.site + PATH, content=content, auth=("tje0", "Tje0"), headers=headers)


def read(answer: httpx.Response, shape: str) -> Any:
    if "xml" not in answer.headers["Content-Type"]:
        return json.loads(answer.content)
    return read_xml(answer.content, shape, SHAPES)


@pytest.mark.parametrize("accept", RESPONSE_TYPES)
@pytest.mark.parametrize("sent", REQUEST_TYPES)
def test_all_pairs_of_types(box: Sandbox, page_sample: dict[str, Any], sent: str, accept: str) -> None:
    answer = send(box, IDS[syntax_of(sent)], f"{sent}; charset=utf-8", accept)
    assert answer.headers["Content-Type"] == f"{accept}; charset=utf-8"
    first, second = read(answer, "ArrayOfTicket")
    if not accept.endswith("xml"):
        assert first == page_sample
    assert {**first, "FieldProperties": None} == {  # absent in XML is null in JSON
        **{name: value for name, value in page_sample.items() if name in first},
        "FieldProperties": None,
    }
    assert all(page_sample[name] is None for name in set(page_sample) - set(first))
    assert second["TicketId"] == 439


@pytest.mark.parametrize("accept", ["application/xml", "text/xml"])
def test_errors_come_as_xml_too(box: Sandbox, accept: str) -> None:
    for body, sent, status in ((b"x", "application/json", 400), (BODY.encode(), "text/plain", 415)):
        answer = send(box, body, sent, f"image/png, {accept};q=0.5")
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, f"{accept}; charset=utf-8")
        assert set(read(answer, "ErrorInfo")) == {"Message", "MessageDetail"}


def test_xml_and_forms_in_other_charsets(box: Sandbox) -> None:
    xml = '<?xml version="1.0" encoding="utf-8"?>' + IDS["xml"].decode()
    assert len(send(box, xml.encode("utf-16"), "text/xml; charset=utf-16").json()) == 2
    assert len(send(box, IDS["form"], "application/x-www-form-urlencoded; charset=iso-8859-1").json()) == 2


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        ("application/xml", b"<GetTicketsRequest><TicketIds><int>x</int></TicketIds></GetTicketsRequest>"),
        ("application/xml", b"<GetTicketsRequest>"),
        ("application/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><GetTicketsRequest/>'),
        ("application/xml", b"<other/>"),
        ("application/x-www-form-urlencoded", b"TicketIds=x"),
        ("application/x-www-form-urlencoded", b"TicketIds=%ff"),
    ],
)
def test_wrong_xml_and_forms_are_refused(box: Sandbox, sent: str, body: bytes) -> None:
    answer = send(box, body, sent)
    assert (answer.status_code, set(answer.json())) == (400, {"Message", "MessageDetail"})


def test_an_empty_array_in_a_form_is_a_blank_field(box: Sandbox) -> None:
    box.behaviour = Behaviour(no_ids="array")
    try:
        assert send(box, b"TicketIds=", "application/x-www-form-urlencoded").json() == []
        assert send(box, b"", "application/x-www-form-urlencoded").status_code == 400
    finally:
        box.behaviour = Behaviour()


def test_control_characters_do_not_break_xml(box: Sandbox) -> None:
    box.add(ticket_id=6_000_000, title="a\x00b")
    answer = send(box, b"TicketIds=6000000", "application/x-www-form-urlencoded", "text/xml")
    assert read(answer, "ArrayOfTicket")[0]["Title"] == "a\ufffdb"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/json"),
        ("text/xml, application/json", "text/xml"),
        ("application/xml;q=0.4, text/json;q=0.8", "text/json"),
        ("application/json;q=0, */*", "text/json"),
        ("application/*;q=0, */*;q=0.1", "text/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("APPLICATION/MERGE-PATCH+JSON ; Q=0.5", "application/merge-patch+json"),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("text/html", None),
        ("application/json;q=0", None),
        ("image/*", None),
    ],
)
def test_the_best_type_that_is_accepted(accept: str | None, chosen: str | None) -> None:
    assert choose(accept) == chosen


def test_nothing_acceptable_is_406(box: Sandbox) -> None:
    answer = send(box, BODY.encode(), "application/json", "text/html")
    assert (answer.status_code, set(answer.json())) == (406, {"Message", "MessageDetail"})
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("sent", [None, "", "text/plain", "application/json; charset=zlib", "json"])
def test_another_body_type_is_415(box: Sandbox, sent: str | None) -> None:
    answer = send(box, BODY.encode(), sent)
    assert (answer.status_code, set(answer.json())) == (415, {"Message", "MessageDetail"})


@pytest.mark.parametrize("charset", ["utf-8", "UTF-16", "utf-16le", "iso-8859-1", "windows-1252"])
def test_charsets(box: Sandbox, charset: str) -> None:
    body = '{"Ünused": "ä", "ticketIDS": [439]}'.encode(charset)
    assert send(box, body, f'Application/JSON; Charset="{charset}"').status_code == 200


def test_a_body_that_is_not_in_its_charset_is_refused(box: Sandbox) -> None:
    assert send(box, "ä".encode("latin-1"), "application/json; charset=us-ascii").status_code == 400
