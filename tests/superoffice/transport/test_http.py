"""The seam to httpx, and transports of a user's own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
    SuperOfficeError,
    Ticket,
    TicketBatch,
)
from superoffice.transport import http as _http
from superoffice.transport.http import request_of

from ...support.faults import OURS, TRUST, Faults, answer, fine, sends, zipped
from ...support.secrets import SECRETS, TOKEN, texts
from ...support.wire import SITE


def test_a_call_that_another_thread_closes_the_client_under_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def closes(*given: Any) -> httpx.Request:
        client.close()
        return request_of(*given)

    with Faults(fine()) as server, SuperOffice(server.site) as client:
        monkeypatch.setattr(_http, "request_of", closes)  # the last thing before it is sent
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


SECOND = answer(b'[{"TicketId": 2, "Title": "of another"}]')
FIRST = b'[{"TicketId": 1, "Title": "of this one"}]'
IN_CHUNKS = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n" % (len(FIRST), FIRST)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    "together",
    [
        [answer(FIRST) + SECOND],
        [answer(FIRST), SECOND],  # in a record of its own, where that is encrypted
        [answer(FIRST)[:-3], answer(FIRST)[-3:] + SECOND],
        [answer(FIRST) + SECOND[:20]],
        [IN_CHUNKS + b"\r\n" + SECOND],
        [IN_CHUNKS + b"\r\n" + SECOND[:20]],
        [IN_CHUNKS + b"\r\n" + IN_CHUNKS + b"\r\n"],
        [IN_CHUNKS[:-3], b"0\r\n\r\n" + SECOND],
        [IN_CHUNKS + b"X: y\r\n\r\n" + SECOND],
        [answer(FIRST, headers=["Content-Encoding: identity"]) + b"\r\n"],
        [b"HTTP/1.1 103 X\r\n\r\n" + answer(FIRST) + SECOND],
        [b"HTTP/1.1 204 X\r\n\r\n" + SECOND],
        [b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n" + SECOND],
    ],
)
def test_a_second_response_is_not_that_of_the_next_request(
    together: list[bytes], tls: bool, get_many: Callable[..., Any]
) -> None:
    """The connection is dropped, since nobody knows whose response it is."""
    assert connections_of_two_calls(together, tls, get_many) == 2


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    "parts",
    [
        [answer(FIRST)],
        [answer(FIRST)[:30], answer(FIRST)[30:]],
        [answer(FIRST)[:-3], answer(FIRST)[-3:]],
        [b"HTTP/1.1 103 X\r\n\r\n" * 3 + answer(FIRST)],
        [answer(FIRST).replace(b"\r\n", b"\n", 3)],
        [answer(b'[{"TicketId": 1,\r\n\r\n "Title": "of this one"}]')],
        [IN_CHUNKS + b"\r\n"],
        [IN_CHUNKS[:-3], b"0\r\n\r\n"],
        [zipped(FIRST)],
        [b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"],
    ],
)
def test_a_connection_with_one_response_is_used_again(
    parts: list[bytes], tls: bool, get_many: Callable[..., Any]
) -> None:
    assert connections_of_two_calls(parts, tls, get_many) == 1


def connections_of_two_calls(parts: list[bytes], tls: bool, get_many: Callable[..., Any]) -> int:
    """Return how many connections two calls took, whose first gets these parts; the second gets its own response."""
    with Faults(sends(*parts), fine(), tls=OURS if tls else None) as server:
        site = server.site.replace("http:", "https:") if tls else server.site
        both = twice_async if get_many.__name__.endswith("async") else twice
        assert both(site)[1] == {1: "One", 2: "Two"}
        return server.connections


def titles(batch: TicketBatch[Ticket]) -> dict[int, str | None]:
    return {ticket.ticket_id: ticket.title for ticket in batch}


def twice(site: str) -> list[dict[int, str | None]]:
    found: list[dict[int, str | None]] = [{}, {}]
    with SuperOffice(site, verify=TRUST, retries=0) as client:
        for turn in (0, 1):
            with suppress(SuperOfficeError):
                found[turn] = titles(client.tickets.get_many([1, 2]))
            time.sleep(0.05)  # for what comes a little later, as on the way from a server
    return found


def twice_async(site: str) -> list[dict[int, str | None]]:
    async def go() -> list[dict[int, str | None]]:
        found: list[dict[int, str | None]] = [{}, {}]
        async with AsyncSuperOffice(site, verify=TRUST, retries=0) as client:
            for turn in (0, 1):
                with suppress(SuperOfficeError):
                    found[turn] = titles(await client.tickets.get_many([1, 2]))
                await asyncio.sleep(0.05)
        return found

    return asyncio.run(go())
