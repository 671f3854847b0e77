"""The seam to httpx, and transports of a user's own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

import superoffice
from superoffice import (
    APIConnectionError,
    APITimeoutError,
    AsyncSuperOffice,
    ClientClosedError,
    SuperOffice,
)
from superoffice.transport import http as _http
from superoffice.transport import sync as _send

from ...support.faults import Faults, fine
from ...support.secrets import SECRETS, TOKEN, texts
from ...support.wire import SITE


def test_a_call_that_another_thread_closes_the_client_under_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def closes(*given: Any) -> httpx.Request:
        client.close()
        return _http.request_of(*given)

    with Faults(fine()) as server, SuperOffice(server.site) as client:
        monkeypatch.setattr(_send, "request_of", closes)  # the last thing before it is sent
        with pytest.raises(ClientClosedError, match="the client was closed"):
            client.tickets.get(1)

    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("of the transport's own")

    monkeypatch.undo()
    with (
        SuperOffice(SITE, transport=httpx.MockTransport(fail)) as client,
        pytest.raises(RuntimeError, match="of the transport's own"),
    ):
        client.tickets.get(1)


def test_what_httpx_says_is_kept_without_its_frames() -> None:
    """A failed write has the headers in a frame of httpcore's; a socket does not fail one on demand."""

    def fail(request: httpx.Request) -> httpx.Response:
        sent = list(request.headers.raw)
        assert sent
        raise httpx.WriteError("broken pipe", request=request) from OSError("EPIPE")

    auth = superoffice.BearerAuth(TOKEN)
    with SuperOffice(SITE, auth=auth, transport=httpx.MockTransport(fail), retries=0) as client:
        with pytest.raises(APIConnectionError, match="the connection broke: broken pipe") as caught:
            client.tickets.get(1)
        shown = texts(caught.value)
    assert "EPIPE" in shown
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_transport_of_a_users_own_keeps_to_the_time() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b" "

    slow = httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))
    with (
        SuperOffice(SITE, transport=slow, timeout=0.3) as client,
        pytest.raises(APITimeoutError, match="did not end within the time allowed"),
    ):
        client.tickets.get(1)


def test_a_users_own_transport_serves_calls_at_once() -> None:
    """Both are under way at the same time; a transport that was given is one, and is not closed between."""
    together = threading.Barrier(2, timeout=100)

    def reply(_: httpx.Request) -> httpx.Response:
        together.wait()
        return httpx.Response(200, json=[{"TicketId": 1}])

    with SuperOffice(SITE, transport=httpx.MockTransport(reply)) as client, ThreadPoolExecutor(2) as pool:
        assert [ticket.ticket_id for ticket in pool.map(client.tickets.get, [1, 1])] == [1, 1]


def test_a_users_own_async_transport_serves_calls_at_once() -> None:
    async def go() -> list[int]:
        both = asyncio.Event()
        waiting = 0

        async def reply(_: httpx.Request) -> httpx.Response:
            nonlocal waiting
            waiting += 1
            if waiting == 2:
                both.set()
            await asyncio.wait_for(both.wait(), 100)
            return httpx.Response(200, json=[{"TicketId": 1}])

        async with AsyncSuperOffice(SITE, transport=httpx.MockTransport(reply)) as client:
            return [t.ticket_id for t in await asyncio.gather(client.tickets.get(1), client.tickets.get(1))]

    assert asyncio.run(go()) == [1, 1]


def test_a_transport_whose_parts_are_named_otherwise_is_left_as_it_is() -> None:
    class Renamed(httpx.HTTPTransport):
        def __init__(self, **_: object) -> None:
            """Have no pool."""

    laid: list[Any] = []
    _http.make_transport(Renamed, SITE, laid.append, _http.Network(max_concurrency=1, max_response_bytes=1))
    assert laid == []
