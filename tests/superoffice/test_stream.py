"""Streams of tickets over real HTTP: without async, on asyncio, and on trio."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import tracemalloc
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import attrs
import pytest

from superoffice import (
    AsyncSuperOffice,
    AsyncTicketStream,
    AuthenticationError,
    BasicAuth,
    ClientClosedError,
    ConfigurationError,
    Hooks,
    InternalServerError,
    InvalidIdError,
    InvalidInputError,
    NotSelectedError,
    ProjectionError,
    RetryPolicy,
    StreamClosedError,
    StreamCounts,
    SuperOffice,
    TicketDecodeError,
    TicketStream,
    TicketView,
    UnknownFieldError,
)
from superoffice._window import KEPT, parts_async
from superoffice_sandbox import Sandbox

from ..support.faults import Faults, Visit, answer, delays, fine, sends, status
from ..support.streams import Kind, numbers, settle

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(params=["sync", "asyncio", "trio"])
def kind(request: pytest.FixtureRequest, box: Sandbox) -> Kind:
    return Kind(request.param, box)


def asked(box: Sandbox) -> list[list[int]]:
    """Return the ids of each call since its record was cleared; the record keeps no more than 1,000."""
    return [request.json()["TicketIds"] for request in box.requests]


def counts(stream: Any) -> StreamCounts:
    """How far a stream has come, but for slow calls: on a busy machine any may be."""
    return attrs.evolve(stream.counts, slow=0)


def test_tickets_come_in_order_with_an_account(kind: Kind) -> None:
    async def scenario() -> None:
        ids = [*range(50, 0, -1), 77777, 3, 3, 77777, 4, 3]
        async with kind.client() as stream, stream(ids) as tickets:
            assert await numbers(tickets) == [*range(50, 0, -1), 3, 3, 4, 3]
            assert await numbers(tickets) == []
            assert list(tickets.missing) == [77777]  # once for each call that asked for it
            assert isinstance(tickets.missing, array)
            assert tickets.missing.itemsize == 4
            assert counts(tickets) == StreamCounts(read=56, asked=56, received=54, missing=1, calls=12)

    kind.run(scenario)


def test_an_id_is_sent_once_in_a_call(kind: Kind, box: Sandbox) -> None:
    async def scenario() -> None:
        box.requests.clear()
        async with kind.client() as stream, stream([7, 7, 8, 7, 9, 7, 7], max_concurrency=1) as tickets:
            batches = [batch async for batch in tickets.batches()]
        assert [batch.requested for batch in batches] == [(7, 7, 8, 7, 9), (7, 7)]
        assert [[ticket.ticket_id for ticket in batch] for batch in batches] == [[7, 7, 8, 7, 9], [7, 7]]
        assert asked(box) == [[7, 8, 9], [7]]

    kind.run(scenario)


def test_no_ids_no_call(kind: Kind) -> None:
    async def scenario() -> None:
        async with kind.client("http://127.0.0.1:9") as stream, stream([]) as tickets:
            assert await numbers(tickets) == []
            assert counts(tickets) == StreamCounts()

    kind.run(scenario)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_slow_call_holds_up_the_others_only_where_order_is_wanted(kind: Kind, ordered: bool) -> None:
    over = threading.Event()

    async def given(visit: Visit) -> None:
        asked = json.loads(visit.body)["TicketIds"]
        await visit.send(answer(json.dumps([{"TicketId": number} for number in asked]).encode()))
        if ordered and len(server.seen) == 6:
            over.set()

    async def slow(visit: Visit) -> None:
        while not over.is_set():
            await anyio.sleep(0.005)
        await given(visit)

    async def scenario() -> None:
        found: list[int] = []
        async with (
            kind.client(server.site, max_concurrency=3) as stream,
            stream(range(1, 31), ordered=ordered) as tickets,
        ):
            async for ticket in tickets:
                found.append(ticket.ticket_id)
                if not ordered and len(found) == 25:  # all but the slow call's, which come last, and as one
                    over.set()
        assert sorted(found) == [*range(1, 31)]
        if ordered:
            assert found == sorted(found)
        else:
            assert found[-5:] == [*range(found[-5], found[-5] + 5)]

    with Faults(slow, given) as server:
        kind.run(scenario)


def test_a_slow_reader_holds_the_ids_back(kind: Kind) -> None:
    taken = itertools.count(1)
    last = 0

    def ids() -> Iterator[int]:
        nonlocal last
        for last in taken:
            yield last % 50 + 1

    async def scenario() -> None:
        async with kind.client(max_concurrency=2) as stream, stream(ids()) as tickets:
            for _ in range(3):
                for _ in range(5):
                    await anext(aiter(tickets))
                await settle()
                assert tickets.counts.asked <= last <= tickets.counts.asked + 2 * 2 * 5
            assert tickets.counts.asked == 15

    kind.run(scenario)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_calls_are_under_way_than_were_allowed(kind: Kind, concurrency: int) -> None:
    async def scenario() -> None:
        async def crowded(visit: Visit) -> None:
            await server.gathered(concurrency)
            await delays(0.02)(visit)

        with Faults(crowded) as server:
            async with (
                kind.client(server.site, batch_size=2) as stream,
                stream([1, 2] * 20, max_concurrency=concurrency) as tickets,
            ):
                assert len(await numbers(tickets)) == 40
            assert server.busiest == concurrency
            assert server.connections == concurrency

    kind.run(scenario)


def test_a_call_that_fails_raises_in_its_place_and_the_rest_can_be_read(kind: Kind) -> None:
    scripts = fine(), fine(), status(500), fine()

    async def scenario() -> None:
        with Faults(*scripts) as server:
            async with kind.client(server.site, batch_size=2) as stream:
                async with stream([1, 2] * 5, max_concurrency=1) as tickets:
                    before = list[int]()
                    with pytest.raises(InternalServerError, match=r"asked for tickets 1, 2") as caught:
                        await numbers(tickets, before)
                    assert (before, caught.value.ids, caught.value.received) == ([1, 2, 1, 2], (1, 2), None)
                    assert list(tickets.failed) == [1, 2]
                    assert tickets.counts.asked == 6
                    assert await numbers(tickets) == [1, 2, 1, 2]
                    assert counts(tickets) == StreamCounts(read=10, asked=10, received=8, failed=2, calls=5)
                server.scripts[:] = [status(401)]
                with pytest.raises(AuthenticationError):  # as itself, not in a group
                    async with stream([1, 2] * 5) as tickets:
                        await numbers(tickets)

    kind.run(scenario)


def test_repetitions_are_counted_while_they_happen(kind: Kind) -> None:
    async def scenario() -> None:
        with Faults(status(503), status(503), fine()) as server:
            async with kind.client(server.site, batch_size=2, retries=RetryPolicy(base=0)) as stream:
                async with stream([1, 2, 1, 2], max_concurrency=1) as tickets:
                    assert len(await numbers(tickets)) == 4
                assert counts(tickets) == StreamCounts(read=4, asked=4, received=4, calls=2, retries=2)

    kind.run(scenario)


def test_slow_calls_are_counted(kind: Kind) -> None:
    told: list[Any] = []

    async def scenario() -> None:
        with Faults(delays(2.1), fine()) as server:
            hooks = Hooks(on_slow=told.append)
            async with kind.client(server.site, batch_size=2, hooks=hooks) as stream, stream([1, 2, 1, 2]) as tickets:
                assert len(await numbers(tickets)) == 4
            assert tickets.counts.slow == len(told) >= 1  # on a busy machine, the other one may be slow too

    kind.run(scenario)


@pytest.mark.parametrize("wrong", ["12", None, 0, 2**31, 1.0, True])
def test_what_is_no_id_is_refused_in_its_place(kind: Kind, box: Sandbox, wrong: Any) -> None:
    async def scenario() -> None:
        box.requests.clear()
        async with kind.client() as stream, stream([*range(1, 8), wrong, 8, wrong]) as tickets:
            found = list[int]()
            with pytest.raises(InvalidIdError, match=r"^ids\[7\]: ") as caught:
                await numbers(tickets, found)
            assert caught.value.position == 7
            assert found == [1, 2, 3, 4, 5, 6, 7]
            assert await numbers(tickets) == []  # the ids end there
        assert sorted(asked(box)) == [[1, 2, 3, 4, 5], [6, 7]]

    kind.run(scenario)


def test_what_the_ids_raise_is_raised_after_what_was_good(kind: Kind) -> None:
    def ids() -> Iterator[int]:
        yield from range(1, 8)
        raise OSError("the file is gone")

    async def scenario() -> None:
        async with kind.client() as stream, stream(ids()) as tickets:
            found = list[int]()
            with pytest.raises(OSError, match="the file is gone"):
                await numbers(tickets, found)
            assert found == [1, 2, 3, 4, 5, 6, 7]
            assert await numbers(tickets) == []

    kind.run(scenario)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_ids(backend: str, box: Sandbox, basic: BasicAuth) -> None:
    closed: list[str] = []

    async def ids(end: Exception | None = None) -> AsyncGenerator[int]:
        try:
            for number in range(1, 9):
                await anyio.lowlevel.checkpoint()
                yield number
            if end is not None:
                raise end
            await anyio.sleep_forever()
        finally:
            closed.append("ids")

    async def endless() -> AsyncGenerator[int]:
        try:
            while True:
                yield 1
        finally:
            await anyio.lowlevel.checkpoint()  # a clean-up that waits is let through
            closed.append("endless")

    class Iterable:
        def __aiter__(self) -> AsyncIterator[int]:
            return ids(KeyError("no more"))

    async def scenario() -> None:
        async with AsyncSuperOffice(box.site, auth=basic, calls_per_second=None, batch_size=4) as client:
            async with client.tickets.stream(ids()) as tickets:
                # The ids are waited for in the background, so what came is not held up.
                assert [(await anext(tickets)).ticket_id for _ in range(8)] == [*range(1, 9)]
            assert closed == ["ids"]
            async with client.tickets.stream(Iterable()) as tickets:
                found = list[int]()
                with pytest.raises(KeyError, match="no more"):
                    await numbers(tickets, found)
                assert found == [*range(1, 9)]
            assert closed == ["ids", "ids"]
            async with client.tickets.stream(endless()) as tickets:
                await anext(tickets)
            assert closed == ["ids", "ids", "endless"]

            async def awkward() -> AsyncGenerator[Any]:
                yield 1
                yield "2"

            async with client.tickets.stream(awkward()) as tickets:
                assert (await anext(tickets)).ticket_id == 1
                with pytest.raises(InvalidIdError, match=r"ids\[1\]"):
                    await anext(tickets)

    anyio.run(scenario, backend=backend)


@pytest.mark.parametrize("raised", [StopIteration("x"), StopAsyncIteration("x")])
def test_a_hook_cannot_end_a_stream_unseen(kind: Kind, raised: Exception) -> None:
    def hook(_: Any) -> None:
        raise raised

    async def scenario() -> None:
        async with kind.client(hooks=Hooks(after=hook)) as stream, stream([1]) as tickets:
            with pytest.raises(RuntimeError, match=r"raised Stop(Async)?Iteration"):
                await numbers(tickets)

    kind.run(scenario)


def test_a_stream_is_read_in_its_block_and_once(kind: Kind) -> None:
    async def scenario() -> None:
        async with kind.client() as stream:
            unentered = stream([1])
            with pytest.raises(StreamClosedError, match="not entered"):
                await anext(aiter(unentered))
            async with stream([1]) as tickets:
                assert await numbers(tickets) == [1]
            with pytest.raises(StreamClosedError, match="read once"):
                async with tickets:
                    pass

    kind.run(scenario)


def test_what_cannot_be_asked_is_refused_at_once(kind: Kind) -> None:
    async def scenario() -> None:
        async with kind.client("http://127.0.0.1:9", max_concurrency=4) as stream:
            for wrong in ("12", b"12", 12):
                with pytest.raises(InvalidIdError, match="stream takes several ids"):
                    stream(wrong)
            with pytest.raises(UnknownFieldError, match="did you mean 'Title'"):
                stream([1], select=["Titel"])
            with pytest.raises(ProjectionError):
                stream([1], into=dict)
            with pytest.raises(InvalidInputError, match="not both"):
                stream([1], select=["Title"], into=Strict)
            with pytest.raises(ConfigurationError, match="more than the client's 4"):
                stream([1], max_concurrency=5)
            with pytest.raises(ConfigurationError, match="not a whole number over 0"):
                stream([1], max_concurrency=0)
            with pytest.raises(InvalidInputError, match="control character"):
                async with stream([1], headers={"X-Note": "a\nb"}) as tickets:
                    await numbers(tickets)

    kind.run(scenario)


def test_a_closed_client_has_no_streams(box: Sandbox, basic: BasicAuth) -> None:
    client = SuperOffice(box.site, auth=basic, batch_size=1, max_concurrency=1)
    early = client.tickets.stream([1])
    with client.tickets.stream([1, 2, 3, 4, 5]) as tickets:
        assert next(tickets).ticket_id == 1
        client.close()
        with pytest.raises(ClientClosedError):
            list(tickets)
    with pytest.raises(ClientClosedError), early:
        pass


class Strict(TicketView):
    title: str


def test_select_and_into(kind: Kind) -> None:
    async def scenario() -> None:
        async with kind.client() as stream:
            async with stream([439], select=["PriorityName"]) as tickets:
                [partial] = [ticket async for ticket in tickets]
                assert partial.priority_name
                with pytest.raises(NotSelectedError):
                    _ = partial.title
            async with stream([439], into=Strict) as tickets:
                [view] = [ticket async for ticket in tickets]
                assert type(view) is Strict

    kind.run(scenario)


NULLS = b'[{"TicketId": 1, "Title": null}, {"TicketId": 2, "Title": "Two"}]'


def test_a_ticket_that_cannot_be_read_raises_and_is_accounted_for(kind: Kind) -> None:
    async def scenario() -> None:
        with Faults(sends(answer(NULLS))) as server:
            async with kind.client(server.site) as stream, stream([1, 2, 3], into=Strict) as tickets:
                with pytest.raises(TicketDecodeError, match="ticket 1, Title") as caught:
                    await numbers(tickets)
            assert caught.value.status_code == 200
            assert [ticket.ticket_id for ticket in caught.value.batch] == [2]
            assert list(tickets.missing) == [3]
            assert [problem.field for problem in tickets.problems] == ["Title"]

    kind.run(scenario)


def test_problems_are_counted_and_some_kept(kind: Kind) -> None:
    long = "x" * 10_000
    body = f'[{{"TicketId": 1, "Category": "{long}"}}, {{"TicketId": 2, "Category": "y"}}, {{"TicketId": 9}}]'.encode()

    async def scenario() -> None:
        with Faults(sends(answer(body))) as server:
            async with kind.client(server.site, batch_size=2) as stream:
                async with stream([1, 2] * (KEPT // 2 + 5)) as tickets:
                    assert len(await numbers(tickets)) == KEPT + 10
                assert tickets.counts.problems == KEPT + 10
                assert tickets.counts.unexpected == KEPT // 2 + 5
                assert len(tickets.problems) == KEPT
                assert all(len(repr(problem.value)) < 300 for problem in tickets.problems)
                async with stream([1, 2], strict=True) as tickets:
                    with pytest.raises(TicketDecodeError, match="and 1 more"):
                        await numbers(tickets)

    kind.run(scenario)


def test_memory_does_not_grow_with_the_stream(box: Sandbox, basic: BasicAuth) -> None:
    def held() -> int:
        """Return the bytes that are held and were taken in the client's code."""
        ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/superoffice/*")])
        return sum(found.size for found in ours.statistics("filename"))

    ids = itertools.islice(itertools.cycle([*range(1, 51), 77777]), 51 * 120)
    sizes: list[int] = []
    tracemalloc.start()
    try:
        with (
            SuperOffice(box.site, auth=basic, calls_per_second=None, batch_size=51) as client,
            client.tickets.stream(ids) as tickets,
        ):
            for batch in tickets.batches():
                if tickets.counts.received % 1_000 == 0:
                    sizes.append(held())
                assert len(batch) == 50
    finally:
        tracemalloc.stop()
    assert len(sizes) == 6
    assert min(sizes) > 50_000  # a page of tickets at least, so it is seen
    # How many of the 16 answers ahead are there just then, of 80 kB each, is chance; 5,000 tickets would take 15 MB.
    assert sizes[-1] < sizes[0] + 3_000_000


def test_a_stream_says_how_far_it_is(client: SuperOffice) -> None:
    with client.tickets.stream([1, 77777]) as tickets:
        assert repr(tickets) == "<TicketStream, open, 0 tickets so far>"
        assert len(list(tickets)) == 1
    assert repr(tickets) == "<TicketStream, left, 1 tickets so far, 1 missing>"


def test_the_sync_and_the_async_stream_tell_the_same() -> None:
    public = {name for name in dir(TicketStream) if not name.startswith("_")}
    assert public == {name for name in dir(AsyncTicketStream) if not name.startswith("_")}


class Counting:
    """Async ids that are no generator, so that nothing of theirs is to be closed."""

    def __init__(self, last: int) -> None:
        self._left = iter(range(1, last + 1))

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        for number in self._left:
            return number
        raise StopAsyncIteration


async def counting(last: int) -> AsyncGenerator[int]:
    for number in range(1, last + 1):
        yield number


@pytest.mark.parametrize("kind", [Counting, counting])
def test_async_ids_are_cut_to_their_end(kind: Callable[[int], AsyncIterator[int]]) -> None:
    async def go() -> list[list[int]]:
        return [part async for part in parts_async(kind(5), 2)]

    assert asyncio.run(go()) == [[1, 2], [3, 4], [5]]
