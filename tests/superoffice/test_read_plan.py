"""The generated functions on our clients: any operation of the OpenAPI document, through `client.send`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from superoffice import (
    APITimeoutError,
    AsyncSuperOffice,
    AuthenticationError,
    BasicAuth,
    ConnectionBrokenError,
    ConnectionFailedError,
    EndpointNotFoundError,
    ErrorInSuccessError,
    Hooks,
    InternalServerError,
    InvalidInputError,
    InvalidResponseError,
    Locale,
    PermissionDeniedError,
    RateLimitError,
    RetryPolicy,
    SuperOffice,
    SuperOfficeError,
    Ticket,
)
from superoffice.errors import APIError
from superoffice_api.api.ticket import get_tickets as generated
from superoffice_api.api.ticket.get_tickets import build, get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Model, Operation, Request, Response, read_nothing
from superoffice_sandbox import Sandbox

from ..support.faults import Faults, answer, blackhole, sends, status
from ..support.wire import SITE

Call = Callable[..., Any]
POST = Request(method="POST", path="/api/v1/Pet", accepts=("application/pdf",))
QUICK = RetryPolicy(retries=2, base=0.01)


class Pet(Model):
    """An object of which nothing is required, so that any object reads as one."""

    name: str | None = msgspec.field(name="Name", default=None)


class Message(Model):
    """An object that has a member of the same name as an error's."""

    text: str | None = msgspec.field(name="Message", default=None)


def operation(result: Any, *, safe: bool = False, **facts: Any) -> Operation[Any]:
    """An operation like the generated ones, with the given result."""
    read = msgspec.json.Decoder(result).decode

    def decode(response: Response) -> Any:
        if result is None:
            return read_nothing(response)
        return response.content if result is bytes else read(response.content)

    return Operation(name="DoPet", decode=decode, json=lambda r: r.content, safe=safe, **facts)


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Call:
    """`send` of either client, as a plain function that takes the client's options too."""

    def sync(asked: Any, what: Request = POST, *, site: str = SITE, client: dict[str, Any] | None = None) -> Any:
        with SuperOffice(site, **(client or {})) as one:
            return one.send(asked, what)

    def run(asked: Any, what: Request = POST, *, site: str = SITE, client: dict[str, Any] | None = None) -> Any:
        async def go() -> Any:
            async with AsyncSuperOffice(site, **(client or {})) as one:
                return await one.send(asked, what)

        return asyncio.run(go())

    return sync if request.param == "sync" else run


def answered(call: Call, result: Any, content: bytes, status: int = 200, kind: str = "application/json") -> Any:
    headers = {"content-type": kind}
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=headers))
    return call(operation(result), client={"transport": transport})


def test_tickets_come_as_the_operation_has_them(call: Call, box: Sandbox, basic: BasicAuth) -> None:
    request = build(GetTicketsRequest(ticket_ids=[829, 439]), select=["Title"])
    tickets = call(get_tickets, request, site=box.site, client={"auth": basic})
    assert [type(ticket) for ticket in tickets] == [Ticket, Ticket]
    assert [ticket.ticket_id for ticket in tickets] == [829, 439]
    assert all(ticket.title for ticket in tickets)


@pytest.mark.parametrize("media", ["application/xml", "application/x-www-form-urlencoded", "text/json"])
def test_media_types_of_the_client_are_sent_where_the_operation_has_them(
    call: Call, box: Sandbox, basic: BasicAuth, media: Any
) -> None:
    options = {"auth": basic, "content_type": media, "accept": "application/xml"}
    request = build(GetTicketsRequest(ticket_ids=[439]))
    (ticket,) = call(get_tickets, request, site=box.site, client=options)
    sent = box.requests[-1].headers
    assert (ticket.ticket_id, sent["accept"]) == (439, "application/xml; charset=utf-8")
    assert sent["content-type"] == f"{media}; charset=utf-8"
    own = build(GetTicketsRequest(ticket_ids=[439]), content_type="text/json", accept="text/xml")
    call(get_tickets, own, site=box.site, client=options)
    sent = box.requests[-1].headers
    assert (sent["accept"], sent["content-type"]) == ("text/xml; charset=utf-8", "text/json; charset=utf-8")
    narrow = msgspec.structs.replace(request, content_types=("application/json",), accepts=())
    call(get_tickets, narrow, site=box.site, client=options)
    sent = box.requests[-1].headers
    assert (sent["accept"], sent["content-type"]) == ("application/json", "application/json; charset=utf-8")


def test_the_clients_locale_is_sent_unless_the_call_has_its_own(call: Call) -> None:
    sent: list[httpx.Headers] = []
    transport = httpx.MockTransport(lambda request: sent.append(request.headers) or httpx.Response(200, text="[]"))
    options = {"transport": transport, "locale": Locale(language="sv")}
    for given in ({}, {"language": "nb", "time_zone": "NO"}):
        assert call(get_tickets, build(GetTicketsRequest(ticket_ids=[1]), **given), client=options) == []
    assert (sent[0]["SO-Language"], sent[0]["SO-TimeZone"]) == ("sv", "UTC, includeTZOffset")
    assert (sent[1]["SO-Language"], sent[1]["SO-TimeZone"]) == ("nb", "NO")


def test_a_parameter_of_the_same_name_elsewhere_is_not_the_locales() -> None:
    asked = Operation(name="Text", decode=lambda r: r.content, json=lambda r: r.content)
    request = Request(method="GET", path="/api/v1/Text", query=(("SO-Language", "none"),))
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=request.url.query.decode()))
    with SuperOffice(SITE, transport=transport, locale=Locale(language="sv")) as client:
        assert client.send(asked, request) == b"SO-Language=none"


def test_sign_in_limits_hooks_and_the_slow_threshold_are_the_clients(box: Sandbox, basic: BasicAuth) -> None:
    seen: list[Any] = []
    hooks = Hooks(before=seen.append, after=seen.append, on_retry=seen.append, on_slow=seen.append)
    body = build(GetTicketsRequest(ticket_ids=[439]))
    with SuperOffice(box.site, auth=basic, hooks=hooks, retries=QUICK) as client:
        box.fault(status=503, times=1)
        hasty = msgspec.structs.replace(get_tickets, slow_threshold=1e-9)
        assert client.send(hasty, body)[0].ticket_id == 439
        assert [event.status_code for event in seen] == [None, 503, 503, 503, None, 200, 200]
        box.fault(status=503, times=1)
        with pytest.raises(InternalServerError):
            client.with_options(retries=0).send(get_tickets, body)
    with SuperOffice(box.site, auth=BasicAuth("nobody", "x")) as client, pytest.raises(AuthenticationError):
        client.send(get_tickets, body)


@pytest.mark.parametrize(
    ("result", "content", "value"),
    [
        (Pet, b'{"Name": "Rex"}', Pet(name="Rex")),
        (Pet | None, b"null", None),
        (list[Pet], b"[{}]", [Pet()]),
        (dict[str, int], b'{"Error": 1}', {"Error": 1}),
        (dict[str, bool], b'{"Error": true}', {"Error": True}),
        (Message, b'{"Message": "hello"}', Message(text="hello")),
        (bool, b"true", True),
        (str, b'"x"', "x"),
        (None, b"", None),
        (None, b" null\n", None),
        (bytes, b"%PDF", b"%PDF"),
    ],
)
def test_results_of_every_kind(call: Call, result: Any, content: bytes, value: Any) -> None:
    kind = "application/pdf" if result is bytes else "application/json"
    assert answered(call, result, content, kind=kind) == value
    if result is None:
        assert answered(call, result, content, status=204) is None


ERROR = b'{"Error": true, "ErrorType": "X", "Message": "No.", "ErrorSource": "Y"}'


@pytest.mark.parametrize("result", [Pet, Message, dict[str, Any], list[Pet], bool, None, bytes])
def test_an_error_object_with_success_is_an_error(call: Call, result: Any) -> None:
    with pytest.raises(ErrorInSuccessError, match="responded with 200 and an error: No") as caught:
        answered(call, result, ERROR)
    assert (caught.value.error_type, caught.value.method, caught.value.path) == ("X", "POST", "/api/v1/Pet")


@pytest.mark.parametrize(
    ("result", "content", "kind", "said"),
    [
        (Pet, b"null", "application/json", "200 and null"),
        (list[Pet], b"null", "application/json", "200 and null"),
        (Pet, b"[]", "application/json", "cannot be read as the result of DoPet"),
        (Pet, b'{"Message": "No."}', "application/json", "200 and an error: No"),
        (Pet, b'{"Message": "At 23:59:59.9999999."}', "application/json", r"200 and an error: At 23:59:59\.9999999"),
        (None, b"<html>", "text/html", "a page or XML"),
        (bytes, b"<html>", "text/html; charset=utf-8", "a page or XML"),
        (bytes, b"null", "application/json", "200 and null"),
        (Pet, b"", "application/json", "cannot be read as the result of DoPet"),
    ],
)
def test_a_success_without_the_result_is_an_error(
    call: Call, result: Any, content: bytes, kind: str, said: str
) -> None:
    with pytest.raises(InvalidResponseError, match=said):
        answered(call, result, content, kind=kind)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(302, SuperOfficeError), (403, PermissionDeniedError), (404, EndpointNotFoundError), (500, InternalServerError)],
)
def test_other_statuses_are_the_trees_errors(call: Call, code: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=rf"\({code}\)"):
        answered(call, Pet, b"{}", code)


def test_what_cannot_be_asked_is_refused_before_a_request(call: Call) -> None:
    asked = Operation(name="GetPet", decode=lambda r: r.content, json=lambda r: r.content, safe=True)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=request.url.raw_path))

    def of(name: str) -> Request:
        return Request(method="GET", path=("/api/v1/Pet/", name))

    assert call(asked, of("a/b?c"), client={"transport": transport}) == b"/api/v1/Pet/a%2Fb%3Fc"
    silent = {"transport": httpx.MockTransport(lambda _: httpx.Response(500))}
    for wrong in ("", ".", ".."):
        with pytest.raises(InvalidInputError, match=r"GetPet cannot be called with that: .* cannot be a step"):
            call(asked, of(wrong), client=silent)
    unfit: Any = ["x", None, 4.5]
    for id_ in unfit:
        with pytest.raises(InvalidInputError, match="GetTickets cannot be called with that"):
            call(get_tickets, build(GetTicketsRequest(ticket_ids=[id_])), client=silent)
    for wrong_kind in ((object(), build(GetTicketsRequest(ticket_ids=[1]))), (get_tickets, object())):
        with pytest.raises(InvalidInputError, match="cannot be used; give "):
            call(*wrong_kind, client=silent)
    circle: list[Any] = []
    circle.append(circle)
    for body in (circle, object()):
        with pytest.raises(InvalidInputError, match="GetTickets cannot be called with that"):
            call(get_tickets, build(body), client=silent)


@pytest.mark.parametrize("media", ["application/json", "application/xml"])
def test_the_generated_functions_take_our_clients(box: Sandbox, basic: BasicAuth, media: Any) -> None:
    body = GetTicketsRequest(ticket_ids=[829, 439])
    with SuperOffice(box.site, auth=basic) as client:
        tickets = generated.sync(client, body, select=["Title"], accept=media)
    assert box.requests[-1].headers["accept"] == f"{media}; charset=utf-8"

    async def go() -> list[Ticket]:
        async with AsyncSuperOffice(box.site, auth=basic) as client:
            return await generated.asyncio(client, body, select=["Title"], accept=media)

    assert [ticket.ticket_id for ticket in tickets] == [829, 439]
    assert asyncio.run(go()) == tickets
    with SuperOffice(box.site, auth=BasicAuth("nobody", "x")) as client, pytest.raises(AuthenticationError):
        generated.sync(client, body)


REPEATED = [status(429), status(503, "Retry-After: 0")]
LEFT = [status(502), status(503), status(504), sends(answer()[:20], then="reset"), sends(then="close")]


@pytest.mark.parametrize("script", REPEATED)
def test_an_unsafe_call_is_repeated_where_it_was_not_carried_out(call: Call, script: Any) -> None:
    with Faults(script, sends(answer(b"{}"))) as server:
        assert call(operation(Pet), site=server.site, client={"retries": QUICK}) == Pet()
        assert len(server.seen) == 2


@pytest.mark.parametrize("script", LEFT)
def test_an_unsafe_call_is_not_repeated_once_it_may_be_done(call: Call, script: Any) -> None:
    with Faults(script, sends(answer(b"{}"))) as server:
        with pytest.raises(
            (InternalServerError, ConnectionBrokenError), match="may have been carried out all the same"
        ):
            call(operation(Pet), site=server.site, client={"retries": QUICK})
        assert len(server.seen) == 1
        server.scripts = [script, sends(answer(b"{}"))]
        assert call(operation(Pet, safe=True), site=server.site, client={"retries": QUICK}) == Pet()
        assert len(server.seen) == 3


def test_an_unsafe_call_is_not_repeated_after_a_timeout(call: Call) -> None:
    with Faults(blackhole()) as server:
        with pytest.raises(APITimeoutError, match="may have been carried out") as caught:
            call(operation(Pet), site=server.site, client={"retries": QUICK, "timeout": 0.3})
        assert (caught.value.sent, caught.value.attempts, server.count(1)) == (True, 1, 1)


def test_an_unsafe_call_is_repeated_where_no_connection_came_about(call: Call) -> None:
    with pytest.raises(ConnectionFailedError, match="after 3 attempts; check that address") as caught:
        call(operation(Pet), site="http://127.0.0.1:9", client={"retries": QUICK})
    assert caught.value.sent is False

    def late(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("late")

    with pytest.raises(APITimeoutError, match="after 3 attempts") as timed:
        call(operation(Pet), client={"retries": QUICK, "transport": httpx.MockTransport(late)})
    assert timed.value.sent is False


def test_a_limit_that_stays_is_an_error_without_a_doubt(call: Call) -> None:
    with Faults(status(429)) as server, pytest.raises(RateLimitError) as caught:
        call(operation(Pet), site=server.site, client={"retries": QUICK})
    assert isinstance(caught.value, APIError)
    assert (caught.value.attempts, "carried out" in str(caught.value)) == (3, False)
