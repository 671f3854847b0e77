"""Every error: its place in the tree, its sentence, what it carries, and that copies and pickles keep that."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import superoffice
from superoffice import AsyncSuperOffice, RetryPolicy, SuperOffice, TicketView, errors
from superoffice.errors import APIError, SuperOfficeError, name_ids
from superoffice_runtime import Response

from ..support.faults import OK, Faults, Script, answer, sends, status

ALL = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, SuperOfficeError)
]  # fmt: skip
HEADERS = ("X-Correlation-Id: corr-7", "X-Request-ID: req-8")
SAYS = b'{"Error": true, "ErrorType": "T", "Message": "Because.", "ErrorSource": "S"}'


class Strict(TicketView):
    title: str


def answers(body: bytes, code: int = 200) -> Script:
    return sends(answer(body, code, headers=("Content-Type: application/json", *HEADERS)))


SIGNED = {"headers": {"Authorization": "Bearer 8A:t0ken"}}
# What the server does, the call's options, the class, what happened, and what to do.
PROVOKED: list[tuple[Script, dict[str, Any], type[APIError], str, str]] = [
    (sends(then="close"), {}, errors.ConnectionBrokenError, "the connection broke", "try again"),
    (sends(), {"timeout": 0.1}, errors.APITimeoutError, "within the time allowed", "longer timeout="),
    (sends(answer(OK * 99)), {}, errors.ResponseTooLargeError, "past 3,000 bytes", "max_response_bytes="),
    (
        answers(SAYS, 401),
        SIGNED,
        errors.AuthenticationError,
        "did not accept the credentials (401): Because.",
        "check auth=",
    ),
    (answers(SAYS, 401), {}, errors.AuthenticationError, "and none were given (401): Because.", "give auth="),
    (answers(SAYS, 403), {}, errors.PermissionDeniedError, "does not allow this", "ask an administrator"),
    (answers(SAYS, 404), {}, errors.EndpointNotFoundError, "has no such endpoint", "check the site's address"),
    (answers(SAYS, 406), {}, errors.MediaTypeError, "media type asked for", "use another accept="),
    (answers(SAYS, 421), {}, errors.WrongHostError, "does not have this tenant", "look up the tenant's present"),
    (answers(SAYS, 429), {}, errors.RateLimitError, "asks for fewer calls", "lower calls_per_second="),
    (answers(SAYS, 400), {}, errors.BadRequestError, "refused the call (400)", "look at the server's message"),
    (answers(SAYS, 503), {}, errors.InternalServerError, "failed (503)", "try again later"),
    (answers(b"null"), {}, errors.InvalidResponseError, "200 and null", "look at the error's response"),
    (answers(SAYS), {}, errors.ErrorInSuccessError, "200 and an error: Because.", "look at the server's message"),
    (answers(OK.replace(b'"One"', b"null")), {"into": Strict}, errors.TicketDecodeError, "Title", "type the field"),
]


SETTINGS: dict[str, Any] = {"max_response_bytes": 3000, "retries": RetryPolicy(retries=1, base=0)}


def ask(site: str, options: dict[str, Any]) -> None:
    with SuperOffice(site, **SETTINGS) as client:
        client.tickets.get_many([1, 2], **options)


def ask_async(site: str, options: dict[str, Any]) -> None:
    async def go() -> None:
        async with AsyncSuperOffice(site, **SETTINGS) as client:
            await client.tickets.get_many([1, 2], **options)

    asyncio.run(go())


def provoke(script: Script, options: dict[str, Any], kind: type[APIError], ask: Callable[..., None] = ask) -> APIError:
    with Faults(script) as server, pytest.raises(kind) as caught:
        ask(server.site, options)
    assert type(caught.value) is kind
    return caught.value


def test_a_servers_detail_is_in_the_sentence_too() -> None:
    body = b'{"Message": "The request is invalid.", "MessageDetail": "SO-TimeZone: ZZ is not known."}'
    error = provoke(answers(body, 400), {}, errors.BadRequestError)
    assert "refused the call (400): The request is invalid. SO-TimeZone: ZZ is not known. (asked for" in str(error)
    assert isinstance(error, errors.BadRequestError)
    assert error.server_message == "The request is invalid."


@pytest.mark.parametrize("ask", [ask, ask_async])
@pytest.mark.parametrize("code", [500, 501, 505, 511])
def test_a_failure_that_stays_is_not_to_be_tried_again(code: int, ask: Callable[..., None]) -> None:
    error = provoke(answers(SAYS, code), {}, errors.InternalServerError, ask)
    assert error.advice.startswith("try again later" if code == 500 else "check what responds in the server's place")


@pytest.mark.parametrize("name", ["ErrorType", "Message", "MessageDetail", "error"])
def test_a_sentence_is_short_however_much_a_server_says(name: str) -> None:
    error = provoke(answers(json.dumps({"error": True, name: "a" * 2500}).encode()), {}, errors.ErrorInSuccessError)
    assert 300 < len(str(error)) < 500


@pytest.mark.parametrize(
    ("script", "options", "kind", "happened", "do"), PROVOKED, ids=[p[2].__name__ for p in PROVOKED]
)
def test_an_error_says_what_happened_and_what_to_do(
    script: Script, options: dict[str, Any], kind: type[APIError], happened: str, do: str
) -> None:
    error = provoke(script, options, kind)
    assert happened in str(error)
    assert do in str(error)
    assert str(error).index(happened) < str(error).index(do)
    asked = (1,) if kind is errors.TicketDecodeError else (1, 2)
    assert error.ids == asked
    assert name_ids(asked) in str(error)
    assert (error.method, error.path) == ("POST", "/api/v1/Agents/Ticket/GetTickets" + ("?$select=TicketId,Title" if options.get("into") else ""))  # fmt: skip  # noqa: E501
    assert error.attempts == (2 if kind in (errors.ConnectionBrokenError, errors.RateLimitError, errors.InternalServerError) else 1)  # fmt: skip  # noqa: E501
    assert ("after 2 attempts" in str(error)) is (error.attempts == 2)
    if isinstance(error, errors.APIConnectionError):
        assert (error.status_code, error.response, error.request_id, error.body) == (None, None, None, None)
    else:
        assert error.response is not None
        assert (error.status_code, error.request_id) == (error.response.status_code, "corr-7")
        assert error.body == json.loads(error.response.content)
    if isinstance(error, (errors.APIStatusError, errors.ErrorInSuccessError)):
        assert (error.error_type, error.server_message, error.error_source) == ("T", "Because.", "S")


@pytest.mark.parametrize("ask", [ask, ask_async])
@pytest.mark.parametrize(
    ("script", "options", "kind"), [p[:3] for p in PROVOKED], ids=[p[2].__name__ for p in PROVOKED]
)
def test_a_real_error_is_copied_without_its_response(
    script: Script, options: dict[str, Any], kind: type[APIError], ask: Callable[..., None]
) -> None:
    error = provoke(script, options, kind, ask)
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
        assert type(again) is kind
        assert again.response is None
        assert (str(again), again.args, again.status_code) == (str(error), error.args, error.status_code)
        assert {**vars(again), "response": None} == {**vars(error), "response": None}
    if error.response is not None:
        body = error.response.content
        assert len(body) < 5 or body.decode() not in str(error) + repr(error)  # a null says nothing of people


def made(kind: type[SuperOfficeError]) -> SuperOfficeError:
    if issubclass(kind, errors.TicketDecodeError):
        from superoffice import Ticket, TicketBatch
        from superoffice.problem import Problem

        batch = TicketBatch[Ticket]((1,), ())
        return kind("it broke", ids=[1], problems=[Problem(1, "Title", 5, "is no text", 0)], batch=batch)
    return kind("it broke", ids=[1]) if issubclass(kind, APIError) else kind("it broke")


@pytest.mark.parametrize("kind", [kind for kind in ALL if issubclass(kind, APIError)])
def test_a_pickled_error_has_all_that_a_handler_reads(kind: type[APIError]) -> None:
    error = made(kind)
    assert isinstance(error, APIError)
    came = Response(409, {"x-request-id": "req-8", "set-cookie": "a=b"}, SAYS)
    error.of_answer(came).of_call("POST", "/x", 3)
    for name in {
        name for each in kind.__mro__ for name, known in vars(each).items() if known is None and name[0] != "_"
    }:
        if getattr(error, name) is None:
            setattr(error, name, name)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.status_code, again.request_id, again.body) == (409, "req-8", json.loads(SAYS))
    assert (again.ids, again.attempts, again.method, again.path) == ((1,), 3, "POST", "/x")
    assert {**vars(again), "response": 0} == {**vars(error), "response": 0}
    assert (again.response, error.response) == (None, Response(409, {"x-request-id": "req-8"}, SAYS))


@pytest.mark.parametrize("ask", [ask, ask_async])
def test_an_error_has_status_request_id_body_and_response_as_in_other_sdks(ask: Callable[..., None]) -> None:
    script = sends(answer(SAYS, 409, headers=("Content-Type: application/json", "Set-Cookie: a=b", *HEADERS)))
    error = provoke(script, {}, errors.BadRequestError, ask)
    assert isinstance(error, errors.APIStatusError)
    assert (error.status_code, error.request_id, error.body["Message"]) == (409, "corr-7", "Because.")
    assert error.response is not None
    assert (error.response.status_code, error.response.json()) == (409, error.body)
    assert (error.response.headers["X-REQUEST-ID"], "set-cookie" in error.response.headers) == ("req-8", False)
    assert not hasattr(error.response, "request")
    with pytest.raises(AttributeError):
        error.response.status_code = 200  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "header", "body"),
    [
        (b"", "X-A: b", ""),
        (b"null", "X-A: b", None),
        (b'\xef\xbb\xbf{"a": [1]}', "X-A: b", {"a": [1]}),
        ('"f\xfcr"'.encode("latin-1"), "Content-Type: application/json; charset=latin-1", "f\xfcr"),
        (b"<a>\r\n\tb</a>", "Content-Type: text/html", "<a> \n\tb</a>"),
        (b"N\xc3\xb6 \xff", "Content-Type: text/plain", "N\xf6 \ufffd"),
        (b"x" * 11_000, "Content-Type: text/plain", "x" * 10_000),
        (b'"' + b"x" * 70_000 + b'"', "Content-Type: application/json", '"' + "x" * 9_999),
        (b"[" * 5_000, "Content-Type: application/json", "[" * 5_000),
    ],
)
def test_the_body_is_json_or_a_text_of_some_length(content: bytes, header: str, body: object) -> None:
    script = sends(answer(content, 400, headers=(header,)))
    with Faults(script) as server, SuperOffice(server.site) as client, pytest.raises(APIError) as caught:
        client.tickets.get(1)
    assert caught.value.body == body


@pytest.mark.parametrize("ask", [ask, ask_async])
def test_not_found_error_is_a_missing_ticket_and_a_missing_endpoint(ask: Callable[..., None]) -> None:
    with (
        Faults(answers(b"[]")) as server,
        SuperOffice(server.site) as client,
        pytest.raises(superoffice.NotFoundError) as caught,
    ):
        client.tickets.get(7)
    assert type(caught.value) is superoffice.TicketNotFoundError
    assert (caught.value.status_code, caught.value.body) == (200, [])
    assert not isinstance(caught.value, superoffice.APIStatusError)
    error = provoke(answers(SAYS, 404), {}, superoffice.EndpointNotFoundError, ask)
    assert isinstance(error, superoffice.NotFoundError)
    assert isinstance(error, superoffice.APIStatusError)
    assert error.status_code == 404
    assert issubclass(superoffice.NotFoundError, APIError)
    assert not issubclass(superoffice.NotFoundError, superoffice.APIStatusError)
    with Faults(answers(b"[]")) as server, SuperOffice(server.site) as client:
        batch = client.tickets.get_many([7])
    with pytest.raises(superoffice.NotFoundError, match="ticket 7 not found") as missing:
        batch.raise_for_missing()
    assert (missing.value.status_code, missing.value.response, missing.value.body) == (200, None, None)


def test_errors_have_the_names_of_other_sdks() -> None:
    assert issubclass(superoffice.RateLimitError, superoffice.APIStatusError)
    assert issubclass(superoffice.InternalServerError, superoffice.APIStatusError)
    assert issubclass(superoffice.BadRequestError, superoffice.APIStatusError)
    assert issubclass(superoffice.APIStatusError, superoffice.APIError)
    assert issubclass(superoffice.APITimeoutError, superoffice.APIConnectionError)
    assert issubclass(superoffice.ConnectionFailedError, superoffice.APIConnectionError)
    assert issubclass(superoffice.ConnectionBrokenError, superoffice.APIConnectionError)
    assert issubclass(superoffice.APIConnectionError, superoffice.APIError)


@pytest.mark.parametrize("kind", ALL)
def test_every_class_pickles_and_copies(kind: type[SuperOfficeError]) -> None:
    error = made(kind)
    for again in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert type(again) is kind
        assert (again.args, str(again), vars(again).keys() - {"response"}) == (
            error.args,
            str(error),
            vars(error).keys(),
        )
    assert str(error).startswith("it broke")


@pytest.mark.parametrize("kind", ALL)
def test_every_class_has_a_remedy_of_its_own(kind: type[SuperOfficeError]) -> None:
    assert vars(kind).get("advice")


def test_an_error_takes_advice_of_its_own() -> None:
    assert str(errors.APIError("it broke", advice="wait")) == "it broke; wait"


def test_the_missing_tickets_of_a_batch_say_which_call() -> None:
    with Faults(status(503), answers(b"[]")) as server, SuperOffice(server.site, retries=RetryPolicy(base=0)) as client:
        batch = client.tickets.get_many([7, 8])
    for one in (batch, pickle.loads(pickle.dumps(batch))):  # noqa: S301 - our own bytes
        with pytest.raises(errors.MissingTicketsError, match=r"^tickets 7, 8 not found[^;]*; take") as caught:
            one.raise_for_missing()
        assert (caught.value.method, caught.value.path) == ("POST", "/api/v1/Agents/Ticket/GetTickets")
        assert (caught.value.attempts, caught.value.ids) == (2, (7, 8))


def test_the_missing_ticket_of_get_says_which_call() -> None:
    with Faults(answers(b"[]")) as server, SuperOffice(server.site) as client:
        with pytest.raises(errors.TicketNotFoundError, match=r"ticket 7 not found.*check its number") as caught:
            client.tickets.get(7)
        assert (caught.value.method, caught.value.status_code, caught.value.attempts) == ("POST", 200, 1)
        assert (caught.value.request_id, caught.value.body) == ("corr-7", [])


def test_odd_tickets_of_several_answers_have_no_single_answer() -> None:
    odd = answers(b'[{"TicketId": 1, "Title": null}]')
    with (
        Faults(status(503), odd) as server,
        SuperOffice(server.site, batch_size=1, retries=RetryPolicy(base=0)) as client,
        pytest.raises(errors.TicketDecodeError, match="and 1 more after 2 attempts") as caught,
    ):
        client.tickets.get_many([1, 2], into=Strict)
    assert (caught.value.response, caught.value.status_code, caught.value.method) == (None, None, "POST")


STACK = "\n   at SuperOffice.Agent.Get(Int32 id) in c:\\build\\agent.cs:line 7"
# What a server writes of a failure, and what an error says of it: message, detail and type.
SHAPES: list[tuple[Any, str | None, str | None, str | None]] = [
    ({"Message": "No.", "MessageDetail": "Never."}, "No.", "Never.", None),
    ({"message": "No.", "messageDetail": "Never."}, "No.", "Never.", None),
    ({"Message": "No.", "ModelState": {"request.Ids": ["Too few.", "Odd."]}}, "No.", "request.Ids: Too few. request.Ids: Odd.", None),  # noqa: E501
    ({"Message": "No.", "ExceptionMessage": "Why" + STACK, "ExceptionType": "System.X", "StackTrace": STACK}, "No.", "Why", "System.X"),  # noqa: E501
    ({"Message": "No.", "InnerException": {"Message": "No.", "ExceptionMessage": "Why", "StackTrace": STACK}}, "No.", "Why", None),  # noqa: E501
    ({"Error": True, "ErrorType": "T", "ErrorMessage": "No." + STACK, "ErrorSource": "S"}, "No.", None, "T"),
    ({"title": "No.", "status": 400, "type": "about:blank"}, "No.", None, "about:blank"),
    ({"title": "No.", "detail": "Never.", "instance": "/x"}, "No.", "Never.", None),
    ({"type": "u", "title": "No.", "status": 400, "traceId": "0", "errors": {"$.Ids": ["Odd."]}}, "No.", "$.Ids: Odd.", "u"),  # noqa: E501
    ({"error": {"code": "C", "message": "No.", "innererror": {"message": "Why", "stacktrace": STACK}}}, "No.", "Why", "C"),  # noqa: E501
    ({"odata.error": {"code": "C", "message": {"lang": "en", "value": "No."}}}, "No.", None, "C"),
    ({"error": "invalid_grant", "error_description": "No."}, "No.", None, "invalid_grant"),
    ({"error": "no_access"}, "no_access", None, None),
    ({"error": True}, None, None, None),
    ({"errors": [{"status": "400", "title": "No.", "detail": "Never."}]}, "No.", "Never.", None),
    ({"errors": ["No.", {"Odd": {"StackTrace": STACK}}]}, "No.", None, None),
    ({"detail": [{"loc": ["body"], "msg": "No."}]}, "No.", None, None),
    ([{"message": "No.", "errorCode": "C"}], "No.", None, None),
    ([7, {"a": 1}], None, None, None),
    ("No." + STACK, "No.", None, None),
    ({"Title": "Of a ticket", "Priority": 5}, None, None, None),
    ({"TicketId": 7, "title": "Of a ticket", "status": 400}, None, None, None),
    ({"Message": {"deep": 1}}, None, None, None),
    (5, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "message", "detail", "kind"), SHAPES)
def test_a_failure_is_told_in_whatever_shape_the_server_writes_it(
    said: Any, message: str | None, detail: str | None, kind: str | None
) -> None:
    body = json.dumps(said).encode()
    error: Any = provoke(answers(body, 400), {}, errors.BadRequestError)
    assert (error.server_message, error.server_detail, error.error_type) == (message, detail, kind)
    shown = str(error)
    assert "refused the call (400)" in shown
    assert all(text in shown for text in (message, detail) if text)
    assert "Of a ticket" not in shown
    assert "agent.cs" not in shown + repr({**vars(error), "body": None})  # which is as the server wrote it
    if isinstance(said, dict):
        known = errors.ErrorInSuccessError if message or "error" in said else errors.InvalidResponseError
        well: Any = provoke(answers(body), {}, known)
        assert (well.server_message, well.server_detail, well.error_type) == (message, detail, kind)
        assert all(text in str(well) for text in (message, detail) if text)
        assert "Of a ticket" not in str(well)


OF_XML = "Content-Type: application/xml"


@pytest.mark.parametrize(
    ("body", "header", "message", "detail"),
    [
        ("<Error><Message>No.</Message><ExceptionMessage>Why</ExceptionMessage><StackTrace>at x</StackTrace></Error>", OF_XML, "No.", "Why"),  # noqa: E501
        ("<Error><Message>No.</Message><ModelState><Ids>Odd.</Ids></ModelState></Error>", OF_XML, "No.", "Ids: Odd."),
        ('<problem xmlns="urn:ietf:rfc:7807"><title>No.</title><status>400</status></problem>', OF_XML, "No.", None),
        ('<m:error xmlns:m="u"><m:code>C</m:code><m:message xml:lang="en">No.</m:message></m:error>', OF_XML, "No.", None),  # noqa: E501
        ("<html><head><title>Sign &amp; in</title></head></html>", "Content-Type: text/html", "Sign & in", None),
        ("<html>No.</html>", "Content-Type: text/html", None, None),
        ("Not\r\nallowed.\x1b[2J", "Content-Type: text/plain", "Not allowed. [2J", None),
        ("Nix f\xfcr dich", "Content-Type: text/plain; charset=latin-1", "Nix f\xfcr dich", None),
        ("Nix f\xfcr dich", "Content-Type: text/plain", None, None),
        ('[{"TicketId": 1, "Title": "Of somebody', "Content-Type: application/json", None, None),
        ('"[{\\"TicketId\\": 1, \\"Title\\": \\"Of somebody\\"}]"', "Content-Type: application/json", None, None),
        ("", "Content-Type: application/json", None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("code", [400, 200])
def test_a_failure_is_told_that_is_not_json(
    body: str, header: str, message: str | None, detail: str | None, code: int
) -> None:
    script = sends(answer(body.encode("latin-1"), code, headers=(header,)))
    kind = errors.BadRequestError if code == 400 else errors.InvalidResponseError
    with (
        Faults(script) as server,
        SuperOffice(server.site, retries=0) as client,
        pytest.raises(kind) as caught,
    ):
        client.tickets.get(1)
    error = caught.value
    assert (error.server_message, error.server_detail) == (message, detail)
    assert all(text in str(error) for text in (message, detail) if text)
    assert "Of somebody" not in str(error)
    assert code == 200 or str(error).count("(400)") == 1
