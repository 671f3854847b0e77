"""`raw`: the response as it came, which reads like that of other SDKs' `with_raw_response`."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from superoffice import (
    APIConnectionError,
    APIResponse,
    AsyncSuperOffice,
    BasicAuth,
    InvalidIdError,
    InvalidResponseError,
    NotSelectedError,
    PermissionDeniedError,
    SuperOffice,
    TicketBatch,
    TicketDecodeError,
    TicketView,
)
from superoffice_sandbox import Sandbox

from ..support.faults import Faults, answer, sends, status
from ..support.secrets import PASSWORD, TOKEN, as_tools_show

Raw: TypeAlias = Callable[..., APIResponse[Any]]
JSON = "Content-Type: application/json"


class Strict(TicketView):
    title: str


@pytest.fixture(params=["sync", "async"])
def raw(request: pytest.FixtureRequest, box: Sandbox, basic: BasicAuth) -> Raw:
    """`tickets.raw` of either client, as a plain function."""

    def sync(ids: Any, site: str = box.site, **options: Any) -> APIResponse[Any]:
        with SuperOffice(site, auth=basic, retries=1) as client:
            return client.tickets.raw(ids, **options)

    def run(ids: Any, site: str = box.site, **options: Any) -> APIResponse[Any]:
        async def go() -> APIResponse[Any]:
            async with AsyncSuperOffice(site, auth=basic, retries=1) as client:
                return await client.tickets.raw(ids, **options)

        return asyncio.run(go())

    return sync if request.param == "sync" else run


def test_a_response_has_status_headers_content_and_json(raw: Raw) -> None:
    response = raw([439])
    assert (response.status_code, response.headers["Content-Type"].partition(";")[0]) == (200, "application/json")
    assert response.content.decode() == response.text
    assert response.json()[0]["TicketId"] == 439
    assert repr(response) == f"APIResponse(200, {len(response.content)} bytes)"


def test_parse_reads_the_tickets_that_get_many_would(raw: Raw, client: SuperOffice) -> None:
    ids = [829, 77777, 439]
    batch = raw(ids).parse()
    assert isinstance(batch, TicketBatch)
    assert (batch, batch.missing) == (client.tickets.get_many(ids), (77777,))
    part = raw([439], select=["Title"]).parse()[0]
    assert part == client.tickets.get(439, select=["Title"])
    with pytest.raises(NotSelectedError):
        part.priority  # noqa: B018
    assert type(raw([439], into=Strict).parse()[0]) is Strict


def test_a_failure_is_a_response_too_and_parse_raises_its_error(raw: Raw) -> None:
    with Faults(status(403, JSON, "X-Request-Id: req-8", body=b'{"Message": "No."}')) as server:
        response = raw([1, 2], server.site)
    assert (response.status_code, response.json()) == (403, {"Message": "No."})
    for _ in range(2):
        with pytest.raises(PermissionDeniedError, match=r"No\. \(asked for tickets 1, 2\)") as caught:
            response.parse()
    error = caught.value
    assert (error.status_code, error.request_id, error.body) == (403, "req-8", {"Message": "No."})
    assert (error.ids, error.attempts, error.method) == ((1, 2), 1, "POST")


def test_what_is_no_json_is_a_value_error(raw: Raw) -> None:
    with Faults(sends(answer(b"<p>Sign in</p>", headers=("Content-Type: text/html",)))) as server:
        response = raw([1], server.site)
    assert response.text == "<p>Sign in</p>"
    with pytest.raises(ValueError, match="malformed"):
        response.json()
    with pytest.raises(InvalidResponseError, match="a page or XML"):
        response.parse()


def test_parse_is_strict_where_the_call_is(raw: Raw) -> None:
    with Faults(sends(answer(b'[{"TicketId": 1, "Priority": "high"}]'))) as server:
        kept, strict = raw([1], server.site), raw([1], server.site, strict=True)
    assert [problem.field for problem in kept.parse().problems] == ["Priority"]
    with pytest.raises(TicketDecodeError, match="Priority"):
        strict.parse()


def test_without_a_response_raw_raises(raw: Raw) -> None:
    with pytest.raises(APIConnectionError):
        raw([1], "http://127.0.0.1:1")
    with pytest.raises(InvalidIdError):
        raw([0])


def test_a_response_shows_and_pickles_no_secret() -> None:
    with Faults(sends(answer(b"[]"))) as server, SuperOffice(server.site, auth=BasicAuth("user", PASSWORD)) as client:
        response = client.tickets.raw([1], headers={"X-Own": TOKEN})
    assert PASSWORD not in as_tools_show(response)
    assert TOKEN not in as_tools_show(response)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(response)
