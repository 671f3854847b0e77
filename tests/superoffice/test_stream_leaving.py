"""Whoever leaves a stream, by whatever way, waits for nothing and leaves nothing behind."""

from __future__ import annotations

import asyncio
import itertools
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import trio
import trustme

from superoffice import AsyncSuperOffice, BasicAuth, StreamClosedError, SuperOffice
from superoffice_sandbox import Sandbox

from ..support.faults import Faults, Visit, answer, blackhole, fine, held, status
from ..support.streams import Kind, numbers, settle
from ..support.wire import SITE, transport

pytestmark = pytest.mark.usefixtures("quiet")
AHEAD = 16  # calls of ids that are read ahead: twice the calls that may be under way


@pytest.fixture(params=["sync", "asyncio", "trio"])
def kind(request: pytest.FixtureRequest, box: Sandbox) -> Kind:
    return Kind(request.param, box)


def test_ids_without_end_and_a_reader_who_leaves(kind: Kind, box: Sandbox) -> None:
    closed: list[int] = []

    def endless() -> Generator[int]:
        count = 0
        try:
            while True:
                count += 1
                yield count % 50 + 1
        finally:
            closed.append(count)

    async def scenario() -> None:
        box.requests.clear()
        async with kind.client() as stream:
            async with stream(endless()) as tickets:
                async for ticket in tickets:
                    if tickets.counts.received >= 60 and ticket.ticket_id == 1:
                        break
                came = tickets.counts.asked
            assert len(closed) == 1
            assert came <= closed[0] <= came + AHEAD * 5
            assert tickets.counts.read == closed[0]
            await settle()
            assert len(box.requests) * 5 <= closed[0]  # nothing goes on in the background
            with pytest.raises(StreamClosedError, match="the stream was left; read it inside its `with` block"):
                await anext(aiter(tickets))
            async with stream([1]) as again:  # the client is as good as before
                assert await numbers(again) == [1]

    kind.run(scenario)


def test_leaving_before_the_first_ticket_closes_the_ids(kind: Kind) -> None:
    closed = list[bool]()

    def ids() -> Generator[int]:
        try:
            yield from itertools.count(1)
        finally:
            closed.append(True)

    async def scenario() -> None:
        async with kind.client() as stream:
            begun = ids()
            next(begun)
            async with stream(begun):
                pass
            assert closed == [True]

    kind.run(scenario)


def test_what_came_is_not_handed_out_after_the_block(kind: Kind) -> None:
    async def scenario() -> None:
        async with kind.client() as stream:
            async with stream(range(1, 6)) as tickets:
                assert (await anext(tickets)).ticket_id == 1
            with pytest.raises(StreamClosedError, match="the stream was left"):
                await anext(tickets)

    kind.run(scenario)


def test_async_ids_that_do_not_let_go(box: Sandbox, basic: BasicAuth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("superoffice.stream._CLOSING", 0.1)

    async def ids() -> AsyncGenerator[int]:
        try:
            while True:
                yield 1
        finally:
            await anyio.sleep_forever()

    async def scenario() -> None:
        async with AsyncSuperOffice(box.site, auth=basic) as client, client.tickets.stream(ids()) as tickets:
            await anext(tickets)

    asyncio.run(scenario())  # comes to an end


def test_leaving_does_not_wait_for_answers(kind: Kind) -> None:
    async def last(visit: Visit) -> None:
        await server.gathered(4)
        await visit.send(answer())

    async def scenario() -> None:
        async with kind.client(server.site, batch_size=2, retries=3) as stream:
            async with stream([1, 2] * 50, ordered=False, max_concurrency=4, timeout=600) as tickets:
                assert (await anext(aiter(tickets))).ticket_id == 1
                start = time.monotonic()
            assert time.monotonic() - start < 300
            assert 4 <= len(server.seen) <= 5

    with Faults(last, blackhole()) as server:
        kind.run(scenario)


def test_leaving_does_not_wait_for_repetitions_or_limits(kind: Kind) -> None:
    async def scenario() -> None:
        with Faults(fine(), status(503, "Retry-After: 50")) as server:
            async with kind.client(server.site, batch_size=2, retries=3, calls_per_second=3) as stream:
                async with stream([1, 2] * 50, ordered=False) as tickets:
                    assert (await anext(aiter(tickets))).ticket_id == 1
                    await settle()
                    start = time.monotonic()
                assert time.monotonic() - start < 40

    kind.run(scenario)


def test_leaving_a_site_with_tls_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    trust = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    monkeypatch.setattr("superoffice.transport.http.tls_context", lambda: trust)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(ours)
    with Faults(fine(), blackhole(), tls=ours) as server:
        site = server.site.replace("http:", "https:")
        with SuperOffice(site, batch_size=2, max_concurrency=3) as client:
            with client.tickets.stream([1, 2] * 50, ordered=False, timeout=600) as tickets:
                assert next(tickets).ticket_id == 1
                time.sleep(0.4)
                start = time.monotonic()
            assert time.monotonic() - start < 300
            server.scripts[:] = [fine()]
            assert len(client.tickets.get_many([1, 2])) == 2


def test_leaving_does_not_wait_for_calls_that_others_make() -> None:
    left = threading.Event()
    with (
        Faults(fine(), held(left), fine()) as server,
        SuperOffice(server.site, max_concurrency=1, batch_size=2) as client,
    ):
        client.tickets.get_many([1, 2])
        other = threading.Thread(target=client.tickets.get_many, args=([1, 2],), kwargs={"timeout": 60})
        other.start()
        while len(server.seen) < 2:
            time.sleep(0.01)

        def ids() -> Iterator[int]:
            yield from (1, 2)
            raise KeyboardInterrupt  # by now a call is begun, and waits for the only connection

        with pytest.raises(KeyboardInterrupt), client.tickets.stream(ids()) as tickets:
            next(tickets)
        assert other.is_alive()
        left.set()
        other.join()
        assert len(server.seen) == 2


INTERRUPTED = """
import logging, signal, sys, threading
logging.disable()  # on a busy machine a call may be slow, which is told
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background is born deaf to it
from superoffice import SuperOffice
with SuperOffice(sys.argv[1], batch_size=2) as client:
    try:
        with client.tickets.stream([1, 2] * 50, ordered=False, timeout=600) as tickets:
            for ticket in tickets:
                print("came", flush=True)
    except KeyboardInterrupt:
        print(tickets.counts.received, threading.active_count())
"""


def test_ctrl_c_ends_a_stream_at_once() -> None:
    with Faults(fine(), blackhole()) as server:
        command = [sys.executable, "-c", INTERRUPTED, server.site]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            try:
                assert child.stdout is not None
                assert [child.stdout.readline() for _ in range(2)] == ["came\n"] * 2  # it has imported what it needs
                deadline = time.monotonic() + 300
                while len(server.seen) < 9 and time.monotonic() < deadline:
                    time.sleep(0.02)
                child.send_signal(signal.SIGINT)
                said, wrong = child.communicate(timeout=300)  # less than the calls would take to time out
            finally:
                child.kill()
    assert (said, wrong, child.returncode) == ("2 1\n", "", 0)


def cancelled_streams(site: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        async with AsyncSuperOffice(site, batch_size=2, calls_per_second=None) as client:
            with anyio.CancelScope() as scope:
                async with client.tickets.stream([1, 2] * 50, ordered=False) as tickets:
                    async for _ in tickets:
                        scope.cancel()
            assert scope.cancelled_caught
            assert tickets.counts.received == 2
            with pytest.raises(TimeoutError), anyio.fail_after(0.3):
                async with client.tickets.stream([1, 2] * 50, ordered=False) as tickets:
                    await numbers(tickets)

    return read


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cancellation_passes_through(backend: str) -> None:
    with Faults(fine(), blackhole()) as server:
        anyio.run(cancelled_streams(server.site), backend=backend)


def test_asyncio_and_trio_cancel_in_their_own_ways() -> None:
    async def on_asyncio(site: str) -> None:
        async with AsyncSuperOffice(site, batch_size=2) as client:

            async def read() -> None:
                async with client.tickets.stream([1, 2] * 50, ordered=False) as tickets:
                    await numbers(tickets)

            task = asyncio.create_task(read())
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert task.cancelled()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await read()
            assert len(asyncio.all_tasks()) == 1

    async def on_trio(site: str) -> None:
        async with AsyncSuperOffice(site, batch_size=2) as client:
            with trio.move_on_after(0.3) as scope:
                async with client.tickets.stream([1, 2] * 50, ordered=False) as tickets:
                    await numbers(tickets)
            assert scope.cancelled_caught

    with Faults(fine(), blackhole()) as server:
        asyncio.run(on_asyncio(server.site))
        trio.run(on_trio, server.site)


def test_a_readers_own_error_comes_as_it_is(kind: Kind) -> None:
    async def divide(stream: Any) -> None:
        async with stream(range(1, 50)) as tickets:
            async for ticket in tickets:
                _ = ticket.ticket_id / 0

    async def scenario() -> None:
        async with kind.client() as stream:
            with pytest.raises(ZeroDivisionError):
                await divide(stream)

    kind.run(scenario)


def test_a_given_transport_is_used_and_waited_for(box: Sandbox) -> None:
    """Nobody can end a call that a user's own transport makes, so leaving waits for it."""
    sent: list[httpx.Request] = []
    answered = transport([{"TicketId": 1}], sent)
    with (
        SuperOffice(SITE, transport=answered, batch_size=1) as client,
        client.tickets.stream(itertools.repeat(1)) as tickets,
    ):
        assert next(tickets).ticket_id == 1
    assert 1 <= len(sent) <= AHEAD


def test_leaving_a_stream_that_was_never_entered_is_harmless() -> None:
    with SuperOffice(SITE) as client:
        stream = client.tickets.stream([1])
        stream.__exit__(None, None, None)
        with pytest.raises(StreamClosedError):
            next(stream)
