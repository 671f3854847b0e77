"""The judge finds every kind of wrong client, and lets a right one pass."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec
import pytest

import superoffice_sandbox
from superoffice_sandbox.conformance import Case, Judge, Outcome, Sent, load

from ...support import web
from .runner import run

pytestmark = pytest.mark.off_document("wrong clients are what is tested")
PATH = "/api/v1/Agents/Ticket/GetTickets"
HEADERS = {"authorization": "Basic dGplMDpUamUw", "accept-language": "sv"}
BODY = b'{"TicketIds": [439, 829]}'
TICKETS = [{"TicketId": 439, "Title": "En"}, {"TicketId": 829, "Title": "Två"}]


def sent(path: str = PATH, query: str = "", body: bytes = BODY, method: str = "POST", **headers: str | None) -> Sent:
    """A request as it must be for the case of the contract page, but for what is given."""
    changed: Mapping[str, str | None] = {**HEADERS, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return Sent(
        method=method,
        path=path,
        query=query,
        headers={name: text for name, text in changed.items() if text is not None},
        body=body,
    )


def of(id_: str) -> Case:
    (case,) = (case for case in load() if case.id == id_)
    return case


def judged(outcome: dict[str, Any], *requests: Sent, id_: str = "request.page-sample") -> list[str]:
    """Let a judge see these requests and this outcome, and give what it says."""
    judge = Judge([of(id_)])
    for request in requests:
        judge.respond(id_, request)
    result = judge.report(id_, as_outcome(outcome))
    assert result.verdict == ("failed" if result.differences else "passed")
    assert judge.results() == [result]
    return result.differences


def as_outcome(given: dict[str, Any]) -> Outcome:
    return msgspec.convert(given, Outcome)


def test_a_right_client_passes() -> None:
    assert judged({"tickets": TICKETS}, sent()) == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (sent(accept_language=None), 'the header Accept-Language is not there; it must be "sv"'),
        (sent(accept_language="nb"), 'the header Accept-Language is "nb", not "sv"'),
        (sent(authorization=None), 'the header Authorization is not there; it must be "Basic dGplMDpUamUw"'),
        (sent(authorization="Basic real:secret"), 'the header Authorization is another, not "Basic dGplMDpUamUw"'),
        (sent(query="$select=Title"), "the query has $select=Title, which it must not"),
        (sent(path="/" + PATH), f"the path is /{PATH}, not {PATH}"),
        (sent(path="/api/v1/Agents/Ticket/GetTicket"), f"the path is /api/v1/Agents/Ticket/GetTicket, not {PATH}"),
        (sent(method="GET"), "the method is GET, not POST"),
        (sent(body=b'{"ticketIds": [439, 829]}'), 'the body is {"ticketIds":[439,829]}, not {"TicketIds":[439,829]}'),
        (sent(body=b'{"TicketIds": [829, 439]}'), 'the body is {"TicketIds":[829,439]}, not {"TicketIds":[439,829]}'),
        (
            sent(body=b'{"TicketIds": ["439", 829]}'),
            'the body is {"TicketIds":["439",829]}, not {"TicketIds":[439,829]}',
        ),
        (sent(body=b"TicketIds=439"), "the body is not JSON"),
        (sent(body=b"\xff"), "the body is not JSON"),
    ],
)
def test_a_wrong_request_is_told(request_: Sent, said: str) -> None:
    assert judged({"tickets": TICKETS}, request_) == [f"request 1: {said}"]


def test_a_credential_of_somebody_is_quoted_nowhere() -> None:
    for headers in ({"authorization": "Bearer real"}, {"cookie": "session=real"}, {"so_apptoken": "real"}):
        wrong = judged(
            {"tickets": [{"TicketId": 1}]}, sent(body=b'{"TicketIds": [1]}', **headers), id_="authentication.none"
        )
        assert wrong
        assert "real" not in "".join(wrong)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", ["$select is not in the query"]),
        ("$select=Title,Priority", ['$select in the query is "Title,Priority", not "TicketId,Title,Priority"']),
        ("%24select=TicketId%2CTitle%2CPriority", []),
        ("$select=TicketId,Title,Priority&$select=TicketId,Title,Priority", ["$select is in the query 2 times"]),
        ("$select=TicketId,Title,Priority&x=", ["the query has x=, which it must not"]),
    ],
)
def test_the_query_is_compared_as_it_decodes(query: str, said: list[str]) -> None:
    tickets = [{"TicketId": 1, "Title": "t", "Priority": 2}]
    request = Sent(method="POST", path=PATH, query=query, headers={}, body=b'{"TicketIds":[1]}')
    assert judged({"tickets": tickets}, request, id_="select.names") == [f"request 1: {one}" for one in said]


def test_media_types_are_compared_without_their_parameters() -> None:
    headers = {"content-type": "application/json; charset=utf-8", "accept": "Application/JSON"}
    body = b'{"TicketIds": [1]}'
    assert judged({"tickets": [{"TicketId": 1}]}, sent(body=body, **headers), id_="request.json-both-ways") == []
    wrong = judged(
        {"tickets": [{"TicketId": 1}]}, sent(body=body, **{**headers, "accept": "*/*"}), id_="request.json-both-ways"
    )
    assert wrong == ['request 1: the header Accept is "*/*", not "application/json"']


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"tickets": [TICKETS[0], {**TICKETS[1], "Title": "Tva"}]}, 'Title of ticket 829 is "Tva", not "Två"'),
        ({"tickets": [TICKETS[0], {"TicketId": 829}]}, "Title of ticket 829 was not reported"),
        ({"tickets": TICKETS[::-1]}, "the tickets are [829,439], not [439,829]"),
        ({"tickets": TICKETS[:1], "missing": [829]}, "the tickets are [439], not [439,829]"),
        ({"tickets": TICKETS, "missing": [7]}, "missing is [7], not []"),
        ({"tickets": TICKETS, "unexpected": [7]}, "unexpected is [7], not []"),
        (
            {"tickets": TICKETS, "problems": [{"ticket": 439, "member": "Title", "position": 0}]},
            'problems is [{"ticket":439,"member":"Title","position":0}], not []',
        ),
        ({"error": {"kind": "server"}}, "the call ended in the error server, and must not"),
        ({}, "the tickets are [], not [439,829]"),
    ],
)
def test_a_wrong_outcome_is_told(outcome: dict[str, Any], said: str) -> None:
    assert said in judged(outcome, sent())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"kind": "server"}, ['the error\'s kind is "server", not "authentication"']),
        ({"status": 403}, ["the error's status is 403, not 401"]),
        ({"ids": [829]}, ["the error's ids is [829], not [439,829]"]),
        ({"attempts": 2}, ["the error's attempts is 2, not 1"]),
        ({"message": None}, ['the error\'s message is null, not "An error has occurred."']),
        ({}, []),
    ],
)
def test_a_wrong_error_is_told(error: dict[str, Any], said: list[str]) -> None:
    right = {"kind": "authentication", "status": 401, "ids": [439, 829], "attempts": 1}
    full = {**right, "message": "An error has occurred.", **error}
    assert judged({"error": full}, sent(), id_="errors.sign-in") == said


def test_an_error_that_did_not_come_or_was_told_in_part_is_told() -> None:
    assert "the call must end in the error authentication, and did not" in judged({}, sent(), id_="errors.sign-in")
    said = judged({"error": {"kind": "authentication"}}, sent(), id_="errors.sign-in")
    assert said[0] == "the error's status was not reported, not 401"


def test_a_report_without_a_request_fails() -> None:
    assert judged({"tickets": TICKETS}) == ["1 of 1 requests did not come"]


def test_a_request_too_many_fails_before_and_after_the_report() -> None:
    assert judged({"tickets": TICKETS}, sent(), sent()) == ["request 2 came, and the case allows 1"]
    assert judged({"error": {"kind": "invalid_id"}}, sent(), id_="refused.id-zero") == [
        "request 1 came, and the case allows none"
    ]
    judge = Judge([of("refused.id-zero")])
    judge.report("refused.id-zero", as_outcome({"error": {"kind": "invalid_id"}}))
    assert judge.respond("refused.id-zero", sent()) is None
    (result,) = judge.results()
    assert (result.verdict, result.differences) == ("failed", ["request 1 came after the outcome had been reported"])


def test_a_case_without_a_report_fails_and_one_without_anything_was_not_run() -> None:
    judge = Judge([of("request.page-sample"), of("errors.sign-in")])
    judge.respond("errors.sign-in", sent())
    assert [(one.verdict, one.differences) for one in judge.results()] == [
        ("not run", []),
        ("failed", ["no outcome was reported"]),
    ]
    judge.clear()
    assert {one.verdict for one in judge.results()} == {"not run"}


def test_a_repetition_too_early_fails() -> None:
    request = sent(body=b'{"TicketIds": [1]}')
    (said,) = judged({"tickets": [{"TicketId": 1, "Title": "t"}]}, request, request, id_="retries.retry-after")
    assert said.startswith("request 2 came ")
    assert said.endswith(" s too early")


def test_the_calls_of_a_long_list_may_come_in_any_order() -> None:
    requests = [sent(body=b'{"TicketIds": [%s]}' % ids) for ids in (b"5", b"3, 4", b"1, 2")]
    judge = Judge([of("lists.cut")])
    answers = [judge.respond("lists.cut", request) for request in requests]
    assert [answer and [ticket["TicketId"] for ticket in answer.json] for answer in answers] == [[5], [3, 4], [1, 2]]
    tickets = [{"TicketId": number, "Title": title} for number, title in enumerate("abcde", 1)]
    assert judge.report("lists.cut", as_outcome({"tickets": tickets})).differences == []


@pytest.mark.parametrize(
    ("reported", "right"),
    [
        ("2022-10-17T08:26:00.123Z", True),
        ("2022-10-17T08:26:00.123456Z", True),
        ("2022-10-17T10:26:00.123+02:00", True),
        ("2022-10-17T08:26:00.125Z", False),
        ("2022-10-17T08:26:00Z", False),
        ("2022-10-17T08:26:00.123", False),
        ("soon", False),
        (None, False),
        (1666002360, False),
    ],
)
def test_date_times_are_compared_as_moments(reported: object, right: bool) -> None:
    request = sent(body=b'{"TicketIds": [1]}', so_timezone="UTC, includeTZOffset")
    said = judged({"tickets": [{"TicketId": 1, "CreatedAt": reported}]}, request, id_="dates.seven-digits")
    assert (said == []) is right


def test_true_is_not_one() -> None:
    case = "values.zero-and-blank"
    right = {"TicketId": 1, "CustId": -1, "ContactId": 0, "OwnedBy": 1, "HasAttachment": False, "PersonMiddleName": ""}
    request = sent(body=b'{"TicketIds": [1]}')
    assert judged({"tickets": [right]}, request, id_=case) == []
    assert judged({"tickets": [{**right, "OwnedBy": True, "HasAttachment": 0}]}, request, id_=case) == [
        "OwnedBy of ticket 1 is true, not 1",
        "HasAttachment of ticket 1 is 0, not false",
    ]


def test_the_order_of_problems_does_not_count() -> None:
    (case,) = (case for case in load() if case.id == "values.odd")
    request = sent(body=b'{"TicketIds": [1, 2, 3]}')
    right = msgspec.to_builtins(case.outcome)
    assert judged({**right, "problems": right["problems"][::-1]}, request, id_=case.id) == []
    assert judged({**right, "problems": right["problems"][1:]}, request, id_=case.id) != []


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with superoffice_sandbox.start(tickets=0) as box:
        yield box.site


def test_what_a_client_is_told_of_a_case_is_not_what_it_shall_report(site: str) -> None:
    cases = web.get(f"{site}/conformance/cases").json()
    assert len(cases) == len(load())
    assert cases[0] == {
        "id": "request.page-sample",
        "title": "The request on the endpoint's page: its credentials, its language, its ids.",
        "site": f"{site}/conformance/request.page-sample",
        "client": {"auth": {"basic": {"user": "tje0", "password": "Tje0"}}},
        "call": {"ids": [439, 829], "locale": {"accept_language": "sv"}},
        "report": ["TicketId", "Title"],
    }


def test_over_http_from_the_first_case_to_the_end() -> None:
    with superoffice_sandbox.start(tickets=0) as box, httpx.Client(base_url=f"{box.site}/conformance") as judge:
        for case in judge.get("/cases").json():
            if case["id"].split(".")[0] in ("request", "refused"):
                judge.post(f"/{case['id']}/outcome", json=run(case)).raise_for_status()
        account = judge.get("/report").json()
        assert account["passed"] == sum(case.topic in ("request", "refused") for case in load())
        assert (account["failed"], account["passed"] + account["not_run"]) == (0, len(load()))
        assert judge.post("/finish").json() == account
        assert box.conformance.ended.wait(5)
        assert judge.delete("/report").status_code == 204
        assert judge.get("/report").json()["not_run"] == len(load())


def test_the_last_report_ends_it() -> None:
    with superoffice_sandbox.start(tickets=0) as box:
        box.conformance = Judge([of("request.no-ids"), of("refused.id-zero")])
        for id_, outcome in (
            ("request.no-ids", {"tickets": []}),
            ("refused.id-zero", {"error": {"kind": "invalid_id"}}),
        ):
            assert not box.conformance.ended.is_set()
            answer = web.post(f"{box.site}/conformance/{id_}/outcome", json=outcome)
            assert answer.json()["verdict"] == "passed"
        assert box.conformance.ended.wait(5)


@pytest.mark.parametrize(
    ("path", "content", "status", "said"),
    [
        ("/nonsense/outcome", b"{}", 404, "There is no conformance case nonsense."),
        (f"/nonsense{PATH}", b"{}", 404, "There is no conformance case nonsense."),
        ("/lists.cut/outcome", b"not JSON", 400, "invalid"),
        ("/lists.cut/outcome", b'{"tickets": 5}', 400, "Expected `array`, got `int` - at `$.tickets`"),
        ("/lists.cut/outcome", b'{"tikets": []}', 400, "unknown field `tikets`"),
        ("/lists.cut/outcome", b'{"problems": [{"ticket": 1}]}', 400, "missing required field"),
        (f"/refused.id-zero{PATH}", b"{}", 400, "This POST was one too many."),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_reason(
    site: str, path: str, content: bytes, status: int, said: str
) -> None:
    answer = web.post(f"{site}/conformance{path}", content=content)
    assert answer.status_code == status
    assert said in answer.json()["MessageDetail"]


def test_an_outcome_is_reported_once(site: str) -> None:
    address = f"{site}/conformance/request.no-ids/outcome"
    assert [web.post(address, json={"tickets": []}).status_code for _ in range(2)] == [200, 409]


def test_every_method_and_a_header_that_came_twice_are_seen() -> None:
    with superoffice_sandbox.start(tickets=0) as box:
        address = f"{box.site}/conformance/locale.language{PATH}"
        answer = web.request(
            "PUT", address, json={"TicketIds": [1]}, headers=[("SO-Language", "sv"), ("SO-Language", "nb")]
        )
        assert answer.json() == [{"TicketId": 1}]
        said = {one.id: one.differences for one in box.conformance.results()}["locale.language"]
        assert "request 1: the method is PUT, not POST" in said
        assert 'request 1: the header SO-Language is "sv, nb", not "sv"' in said
        assert "no outcome was reported" in said


def test_a_silent_answer_ends_with_its_client() -> None:
    with superoffice_sandbox.start(tickets=0) as box:
        host, port = box.site.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            head = f"POST /conformance/errors.silent{PATH} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            client.sendall(f"{head}Content-Length: 17\r\n\r\n".encode() + b'{"TicketIds":[1]}')
            client.settimeout(0.3)
            with pytest.raises(TimeoutError):
                client.recv(1)
        assert web.get(f"{box.site}/conformance/report").json()["failed"] == 1
