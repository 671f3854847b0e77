"""Faults on demand, and the requests that were recorded."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any, get_args

import httpx
import pytest

import superoffice_sandbox
from superoffice import APIStatusError, BasicAuth, SuperOffice, Ticket
from superoffice_sandbox import Fault, Sandbox
from superoffice_sandbox.faults import Kind

from ..support import web
from ..support.sandbox_calls import PATH, post


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=5) as own:
        yield own


@pytest.fixture
def box(own: Sandbox) -> Iterator[Sandbox]:
    own.requests.clear()
    yield own
    own.faults.clear()


def test_status_strikes_so_many_calls(box: Sandbox) -> None:
    box.fault(status=429, times=2, retry_after=3)
    answers = [post(box, [439]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "3"
    assert set(answers[0].json()) == {"Message", "MessageDetail"}


def test_delay(box: Sandbox) -> None:
    box.fault(delay=0.3)
    begun = time.monotonic()
    assert post(box, [439]).status_code == 200
    assert time.monotonic() - begun >= 0.3


def test_cut_ends_in_the_middle_of_a_right_answer(box: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    box.fault("cut")
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        post(box, [439])
    assert post(box, [439]).status_code == 200
    assert capfd.readouterr().err == ""


def test_reset(box: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    box.fault("reset", times=2)
    for _ in range(2):
        with pytest.raises(httpx.ReadError, match=r"reset|\[Errno"):
            post(box, [439])
    assert post(box, [439]).status_code == 200
    assert capfd.readouterr().err == ""


def test_garbage_html_null_and_error(box: Sandbox) -> None:
    box.fault("garbage")
    with pytest.raises(ValueError, match=r"utf-8|Expecting"):
        post(box, [439]).json()
    box.fault("html", status=502)
    answer = post(box, [439])
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    box.fault("null")
    answer = post(box, [439])
    assert (answer.status_code, answer.json()) == (200, None)
    box.fault("error")
    answer = post(box, [439])
    assert (answer.status_code, set(answer.json())) == (200, {"Message", "MessageDetail"})


ODD = [{"TicketId": 7, "Title": "One", "CreatedAt": "yesterday", "Priority": "high"}]


def test_a_fault_sends_a_body_with_values_that_do_not_decode(box: Sandbox) -> None:
    with SuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
        box.fault(body=ODD)
        batch = client.tickets.get_many([7])
        assert (batch[0].title, batch[0].created_at, batch[0].priority) == ("One", None, None)
        assert [(problem.field, problem.value) for problem in batch.problems] == [
            ("CreatedAt", "yesterday"),
            ("Priority", "high"),
        ]
        box.fault(body=[Ticket(ticket_id=7, title="Two")])
        assert client.tickets.get(7).title == "Two"
        box.fault(status=409, body={"Message": "Because."})
        with pytest.raises(APIStatusError) as caught:
            client.tickets.get(7)
    assert (caught.value.status_code, caught.value.body) == (409, {"Message": "Because."})


@pytest.mark.parametrize(
    ("body", "sent"), [("[}", b"[}"), (b"\xff", b"\xff"), (None, b"null"), ("", b""), ({"a": [1]}, b'{"a":[1]}')]
)
def test_a_body_of_text_or_bytes_is_sent_as_it_is(box: Sandbox, body: Any, sent: bytes) -> None:
    box.fault(body=body)
    answer = post(box, [439])
    assert (answer.status_code, answer.content) == (200, sent)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert post(box, [439]).json()[0]["TicketId"] == 439


def test_another_process_sends_a_body_too(box: Sandbox) -> None:
    assert post(box, [7], X_Sandbox_Fault=json.dumps({"body": ODD})).json() == ODD
    admin = {"X-Sandbox-Admin": box.admin_token}
    assert web.post(f"{box.site}/sandbox/faults", json={"body": ODD, "times": 2}, headers=admin).status_code == 204
    assert [post(box, [7]).json() for _ in range(2)] == [ODD, ODD]


def test_every_response_has_an_id_that_the_record_and_the_error_have() -> None:
    with superoffice_sandbox.start(tickets=0) as box:
        with SuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
            assert client.tickets.raw([439]).headers["x-request-id"] == "sandbox-1"
            box.fault(status=403)
            with pytest.raises(APIStatusError) as caught:
                client.tickets.get(439)
            assert (caught.value.request_id, caught.value.status_code) == ("sandbox-2", 403)
        assert web.get(box.site + "/nowhere").headers["X-Request-Id"] == "sandbox-3"
        assert web.post(box.site + PATH, headers={"Host": "elsewhere"}).headers["X-Request-Id"] == "sandbox-4"
        assert [call.request_id for call in box.requests] == [f"sandbox-{number}" for number in range(1, 5)]


def test_a_header_asks_for_a_fault_of_its_own_request(box: Sandbox) -> None:
    assert post(box, [439], X_Sandbox_Fault="status=500; times=3").status_code == 500
    assert post(box, [439]).status_code == 200
    assert post(box, [439], X_Sandbox_Fault='{"kind": "html", "status": 503, "times": 9}').text.startswith("<!doctype")
    assert post(box, [439]).status_code == 200
    assert post(box, [439], X_Sandbox_Fault="explode").status_code == 400
    box.fault(status=503)
    assert post(box, [439], X_Sandbox_Fault="status=500").status_code == 500
    assert [post(box, [439]).status_code for _ in range(2)] == [503, 200]  # whose fault it was


@pytest.mark.parametrize(
    "fault", ["status=503; times=3", "cut; times=3", "reset; times=3", "null; times=3", "delay=0.01; times=3"]
)
def test_who_is_not_signed_in_lets_nobody_elses_request_fail(box: Sandbox, fault: str) -> None:
    with suppress(httpx.TransportError):
        web.post(box.site + PATH, json={"TicketIds": [439]}, headers={"X-Sandbox-Fault": fault})
    assert [post(box, [439]).json()[0]["TicketId"] for _ in range(3)] == [439] * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cut", {"kind": "cut"}),
        ("status", {"kind": "status"}),
        ("delay=0.5; times=3", {"kind": "delay", "delay": 0.5, "times": 3}),
        ("Status=418; Retry_After=1", {"kind": "status", "status": 418, "retry_after": 1}),
        ("html; status=502", {"kind": "html", "status": 502}),
        ('{"kind": "reset", "times": 2}', {"kind": "reset", "times": 2}),
        ('{"delay": 2, "times": 3}', {"kind": "delay", "delay": 2, "times": 3}),
        ('{"retry_after": 1}', {"kind": "status", "retry_after": 1}),
        ("body=[7]; times=2", {"kind": "body", "body": [7], "times": 2}),
        ('{"body": {"a": 1}, "status": 500}', {"kind": "status", "status": 500, "body": {"a": 1}}),
    ],
)
def test_faults_in_words(text: str, expected: dict[str, Any]) -> None:
    assert Fault.parse(text) == Fault(**expected)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_fault_takes_what_it_heeds_alone(box: Sandbox, kind: Kind) -> None:
    takes = {"delay": {"delay"}, "html": {"status", "retry_after"}, "body": {"body"}}
    takes["status"] = takes["html"] | takes["body"]
    for name, value in {"delay": 1.0, "status": 503, "retry_after": 2, "body": b"x", "times": 1}.items():
        if name in takes.get(kind, set()) | {"times"}:
            assert getattr(Fault.of(kind, {name: value}), name) == value
            continue
        with pytest.raises(TypeError, match=f"^the fault {kind} takes no {name}, only times"):
            box.fault(kind, **{name: value})
        with pytest.raises(ValueError, match="takes no"):
            Fault.parse(json.dumps({"kind": kind, name: str(value)}))
    with pytest.raises((TypeError, ValueError), match="takes no") if kind != "delay" else nullcontext():
        Fault(kind=kind, delay=3)


@pytest.mark.parametrize(
    "text", ["", "x=1", "cut; times=0", "status=999", "delay=-1", "delay=x", "{", '{"kind": 1}', "cut; a=b"]
)
def test_no_such_fault(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Fault.parse(text)


KINDS = "kind must be delay, cut, reset, garbage, html, status, body, null or error"
FIELDS = "it has kind, times, delay, status, retry_after and body"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "staus"}, f"{KINDS} (got 'staus')"),
        ({"kind": "slow"}, f"{KINDS} (got 'slow')"),
        ({"kind": 503}, "a status is given by name: fault(status=503)"),
        ({"kind": "slow", "seconds": 2}, f"a fault has no seconds; {FIELDS}"),
        ({"times": 0}, "times must be from 1 to 1,000,000 (got 0)"),
        ({"status": 99}, "status must be from 200 to 599 (got 99)"),
        ({"status": "503"}, "status must be a whole number (got '503')"),
        ({"status": None}, "status must be a whole number (got None)"),
        ({"times": 1.5}, "times must be a whole number (got 1.5)"),
        ({"times": True}, "times must be a whole number (got True)"),
        ({"kind": "delay", "delay": "soon"}, "delay must be a number (got 'soon')"),
        ({"kind": "delay", "delay": float("nan")}, "delay must be from 0 to 600.0 (got nan)"),
        ({"retry_after": -5}, "retry_after must be from 0 to 1,000,000,000 (got -5)"),
        ({"retry_after": "soon"}, "retry_after must be a whole number (got 'soon')"),
        ({"kind": ""}, f"{KINDS} (got '')"),
        ({"body": "x", "retry_after": 2}, "the fault body takes no retry_after, only times and body"),
        ({"body": object()}, "body must be JSON, text or bytes (Encoding objects of type object is unsupported)"),
        ({"tims": 2}, "a fault has no tims; did you mean times?"),
        ({"colour": 2}, f"a fault has no colour; {FIELDS}"),
    ],
)
def test_a_wrong_fault_is_told_what_may_be_given(box: Sandbox, options: dict[str, Any], said: str) -> None:
    for fault in (box.fault, partial(box.identity.fault, "tokens")):
        with pytest.raises((TypeError, ValueError), match=f"^{re.escape(said)}$"):
            fault(**options)
    assert box.faults.take() is None


def test_the_admin_call_needs_its_token(box: Sandbox) -> None:
    admin = {"X-Sandbox-Admin": box.admin_token}
    url = f"{box.site}/sandbox/faults"
    assert web.post(url, json={"kind": "status"}).status_code == 403
    assert web.post(url, json={"kind": "status"}, headers={"X-Sandbox-Admin": "x"}).status_code == 403
    assert web.post(url, content=b"nonsense", headers=admin).status_code == 400
    assert web.post(url, json={"kind": "status", "status": 500, "times": 9}, headers=admin).status_code == 204
    assert post(box, [439]).status_code == 500
    assert web.delete(url, headers=admin).status_code == 204
    assert post(box, [439]).status_code == 200
    listed = web.get(f"{box.site}/sandbox/requests", headers=admin).json()
    assert [call["status_code"] for call in listed if call["path"] == PATH] == [500, 200]
    assert web.delete(f"{box.site}/sandbox/requests", headers=admin).status_code == 204
    assert web.get(f"{box.site}/sandbox/requests").status_code == 403


def test_requests_are_recorded_without_secrets(box: Sandbox) -> None:
    post(box, [439, 829], "?$select=title", SO_Language="sv")
    (call,) = box.requests
    assert (call.method, call.path, call.query, call.status_code) == ("POST", PATH, "$select=title", 200)
    assert call.json() == {"TicketIds": [439, 829]}
    assert (call.headers["so-language"], call.headers["authorization"]) == ("sv", "***")
    assert "TicketIds" not in repr(call)
    assert box.requests[-1] == call
    assert box.requests[:1] == [call]


def test_secrets_are_recorded_when_asked() -> None:
    with superoffice_sandbox.start(tickets=0, record_secrets=True) as box:
        post(box, [439])
        assert box.requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_a_cut_call_is_recorded_before_its_caller_knows(box: Sandbox, kind: Kind) -> None:
    for _ in range(5):
        box.requests.clear()
        box.fault(kind)
        with pytest.raises(httpx.TransportError):
            post(box, [439])
        assert [call.status_code for call in box.requests] == [0]


def test_the_record_is_bounded() -> None:
    from superoffice_sandbox.record import Requests

    kept = Requests()
    for number in range(1_200):
        kept.add(method="POST", path=str(number), query="", headers={}, body=b"", status_code=200, request_id="")
    assert (len(kept), kept[0].path) == (1_000, "200")
    for _ in range(40):
        body = bytes(1_000_000)
        kept.add(method="POST", path="large", query="", headers={}, body=body, status_code=200, request_id="")
    assert sum(len(call.body) for call in kept) <= 16_000_000
    kept.clear()
    assert (len(kept), repr(kept)) == (0, "<0 requests>")
