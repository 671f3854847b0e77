"""How many calls are sent, and that whatever interrupts one leaves the client usable."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import anyio
import httpx
import pytest

import superoffice_sandbox
from superoffice import (
    APITimeoutError,
    AsyncSuperOffice,
    BasicAuth,
    ClientClosedError,
    ConfigurationError,
    Hooks,
    SuperOffice,
    Timeout,
    XsrfAuth,
)
from superoffice_sandbox import Behaviour, Sandbox

from ...support.faults import Faults, Visit, answer, blackhole, delays, fine, sends
from ...support.wire import SITE, transport


def wait_for_their_turn(arrivals: list[float], start: float) -> bool:
    """Return True if in no second more than 10 calls began; a slow machine only makes calls arrive later."""
    return all(moment - start >= number // 10 for number, moment in enumerate(sorted(arrivals)))


def test_threads_and_with_options_share_a_rate() -> None:
    with Faults(fine()) as server, SuperOffice(server.site, calls_per_second=10) as client:
        other = client.with_options(timeout=30)
        start = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: (client, other)[n % 2].tickets.get_many([1, 2]), range(25)))
        assert len(server.arrivals) == 25
        assert wait_for_their_turn(server.arrivals, start)


def test_tasks_share_a_rate() -> None:
    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, calls_per_second=10) as client:
            other = client.with_options(timeout=30)
            await asyncio.gather(*((client, other)[n % 2].tickets.get_many([1, 2]) for n in range(25)))

    with Faults(fine()) as server:
        start = time.monotonic()
        asyncio.run(go(server.site))
        assert len(server.arrivals) == 25
        assert wait_for_their_turn(server.arrivals, start)


def by_threads(site: str, **options: Any) -> None:
    with SuperOffice(site, **options) as client, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.tickets.get_many([1, 2]), range(45)))


def by_tasks(site: str, **options: Any) -> None:
    async def go() -> None:
        async with AsyncSuperOffice(site, **options) as client:
            await asyncio.gather(*(client.tickets.get_many([1, 2]) for _ in range(45)))

    asyncio.run(go())


def by_an_export(site: str, **options: Any) -> None:
    with tempfile.TemporaryDirectory() as folder, SuperOffice(site, batch_size=2, **options) as client:
        client.tickets.export(range(1, 91), f"{folder}/tickets.csv")


def _refused(box: Sandbox, ask: Callable[..., None]) -> int:
    box.requests.clear()
    began = time.monotonic()
    ask(box.site, auth=BasicAuth(box.user, box.password))
    assert time.monotonic() - began > 3  # 45 requests, ten of them at once
    return sum(request.status == 429 for request in box.requests)


@pytest.mark.parametrize("ask", [by_threads, by_tasks, by_an_export])
def test_a_server_that_counts_refuses_nothing(ask: Callable[..., None]) -> None:
    """Where the machine itself stalls for longer than the margin a request may come late, but not three times."""
    with superoffice_sandbox.start(behaviour=Behaviour(calls_per_second=10)) as box:
        refused = [_refused(box, ask)]
        while refused[-1] and len(refused) < 3:
            refused.append(_refused(box, ask))
        assert refused[-1] == 0, refused


@pytest.mark.parametrize("ask", [by_threads, by_tasks])
@pytest.mark.parametrize("then", ["stay", "close"], ids=["old connections", "new connections"])
def test_requests_that_come_by_a_way_with_jitter_are_never_too_many(ask: Callable[..., None], then: str) -> None:
    chance, counted = itertools.cycle([0.0, 0.9, 0.2, 1.0, 0.5, 0.1, 0.7]), list[float]()
    headers = ("Content-Type: application/json", *(["Connection: close"] if then == "close" else []))

    async def late(visit: Visit) -> None:
        await asyncio.sleep(0.02 * next(chance))
        counted.append(time.monotonic())
        await sends(answer(headers=headers), then=then)(visit)

    def early() -> list[float]:
        counted.clear()
        ask(server.site)
        counted.sort()
        assert len(counted) == 45
        return [later - moment for moment, later in zip(counted, counted[10:], strict=False) if later - moment < 1]

    with Faults(late) as server:
        assert not (early() and early() and early())  # as above


def test_calls_that_waited_for_a_slot_do_not_come_all_at_once() -> None:
    """Their moment is taken when they are sent, not when they began to wait."""

    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, calls_per_second=2, max_concurrency=1) as client:
            await asyncio.gather(*(client.tickets.get_many([1, 2]) for _ in range(6)))

    for ask in (lambda site: asyncio.run(go(site)), six_threads):
        with Faults(delays(2.2), fine()) as server:
            ask(server.site)
            first, *others = server.arrivals
            assert len(others) == 5
            # The others are sent after the first response, two in a second; a slow machine only makes them later.
            assert all(moment - first > 2.1 + number // 2 for number, moment in enumerate(others))


def six_threads(site: str) -> None:
    with SuperOffice(site, calls_per_second=2, max_concurrency=1) as client, ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: client.tickets.get_many([1, 2]), range(6)))


def test_the_rate_can_be_off() -> None:
    with Faults(fine()) as server, SuperOffice(server.site, calls_per_second=None) as client:
        for _ in range(100):
            client.tickets.get_many([1, 2])
        assert not wait_for_their_turn(server.arrivals, server.arrivals[0])


@pytest.mark.parametrize(
    ("options", "call", "steps"),
    [
        ({}, {}, {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0}),
        ({"timeout": Timeout(total=20)}, {}, {"connect": 10.0, "read": 20, "write": 20, "pool": 20}),
        ({"timeout": 9}, {"timeout": Timeout(connect=1, read=2, write=3, pool=4)},
         {"connect": 1, "read": 2, "write": 3, "pool": 4}),
        ({"timeout": Timeout(connect=1)}, {"timeout": 8}, dict.fromkeys(("connect", "read", "write", "pool"), 8)),
    ],
)  # fmt: skip
def test_each_step_has_its_time(options: dict[str, Any], call: dict[str, Any], steps: dict[str, float]) -> None:
    sent: list[httpx.Request] = []
    answer = transport([], sent)

    async def go() -> None:
        async with AsyncSuperOffice(SITE, transport=answer, **options) as client:
            await client.tickets.get_many([1], **call)

    with SuperOffice(SITE, transport=answer, **options) as client:
        client.tickets.get_many([1], **call)
    asyncio.run(go())
    assert [request.extensions["timeout"] for request in sent] == [steps, steps]


@pytest.mark.parametrize("name", ["max_concurrency", "max_response_bytes", "batch_size"])
def test_a_size_that_is_none_is_refused(name: str) -> None:
    for wrong in (0, True, 1.5):
        with pytest.raises(ConfigurationError, match=f"{name}=.* is not a whole number"):
            SuperOffice("https://x.example", **{name: wrong})  # type: ignore[arg-type]


def test_threads_share_the_slots() -> None:
    async def crowded(visit: Visit) -> None:
        await server.gathered(3)
        await delays(0.02)(visit)

    with (
        Faults(crowded) as server,
        SuperOffice(server.site, calls_per_second=None, max_concurrency=3) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        other = client.with_options(retries=0)
        list(pool.map(lambda n: (client, other)[n % 2].tickets.get_many([1, 2]), range(30)))
        assert server.busiest == 3
        assert server.connections <= 3


def test_tasks_share_the_slots() -> None:
    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, calls_per_second=None, max_concurrency=3) as client:
            other = client.with_options(retries=0)
            await asyncio.gather(*((client, other)[n % 2].tickets.get_many([1, 2]) for n in range(30)))

    async def crowded(visit: Visit) -> None:
        await server.gathered(3)
        await delays(0.02)(visit)

    with Faults(crowded) as server:
        asyncio.run(go(server.site))
        assert server.busiest == 3


def test_threads_hammer_one_client(box: Sandbox, basic: BasicAuth) -> None:
    with SuperOffice(box.site, auth=basic, calls_per_second=None) as client, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: client.tickets.get(n % 50 + 1).ticket_id, range(200)))
    assert found == [n % 50 + 1 for n in range(200)]


@pytest.mark.parametrize("how", ["cancel", "timeout", "anyio"])
def test_cancelling_leaves_the_pool_usable(how: str) -> None:
    arrived: list[Visit] = []

    async def by_two(visit: Visit) -> None:
        """Answer none before another came: it can only where no slot was lost."""
        arrived.append(visit)
        while len(arrived) < 2:
            await asyncio.sleep(0.005)
        await visit.send(answer())

    async def go(server: Faults) -> None:
        async with AsyncSuperOffice(server.site, calls_per_second=None, max_concurrency=2) as client:
            for turn in range(20):
                seconds = 0.005 * (turn % 5)  # before, while and after it is sent
                if how == "cancel":
                    task = asyncio.create_task(client.tickets.get_many([1, 2]))
                    await asyncio.sleep(seconds)
                    task.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await task
                elif how == "timeout":
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(seconds):
                            await client.tickets.get_many([1, 2])
                else:
                    with anyio.move_on_after(seconds) as scope:
                        await client.tickets.get_many([1, 2])
                    assert scope.cancelled_caught

            server.scripts = [by_two]
            batches = await asyncio.gather(*(client.tickets.get_many([1, 2], timeout=20) for _ in range(6)))
            assert [len(batch) for batch in batches] == [2] * 6

    with Faults(blackhole()) as server:
        asyncio.run(go(server))


def test_cancelling_at_any_step_leaves_the_pool_usable() -> None:
    async def go(server: Faults) -> None:
        async with AsyncSuperOffice(server.site, calls_per_second=None, max_concurrency=1, retries=0) as client:
            for turn in range(200):
                task = asyncio.create_task(client.tickets.get_many([1, 2]))
                for _ in range(turn % 40):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            server.scripts = [fine()]
            assert len(await client.tickets.get_many([1, 2], timeout=20)) == 2

    with Faults(blackhole()) as server:
        asyncio.run(go(server))


def test_a_users_own_transport_outlives_a_call_that_was_broken_off() -> None:
    turns = iter([True, False])

    async def reply(_: httpx.Request) -> httpx.Response:
        if next(turns):
            await asyncio.sleep(3600)
        return httpx.Response(200, json=[{"TicketId": 1}])

    async def go() -> None:
        async with AsyncSuperOffice(SITE, transport=httpx.MockTransport(reply), retries=0) as client:
            with pytest.raises(APITimeoutError):
                await client.tickets.get(1, timeout=0.1)
            assert (await client.tickets.get(1)).ticket_id == 1

    asyncio.run(go())


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_handshake_that_is_cancelled_leaves_no_connection_open(backend: str) -> None:
    async def go() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as accepted:
            server.settimeout(20)
            async with AsyncSuperOffice(f"https://127.0.0.1:{server.getsockname()[1]}") as client:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(client.tickets.get_many, [1])
                    connection, _ = await anyio.to_thread.run_sync(server.accept)
                    accepted.enter_context(connection).settimeout(20)
                    assert await anyio.to_thread.run_sync(connection.recv, 1)  # the handshake has begun
                    tasks.cancel_scope.cancel()
                while await anyio.to_thread.run_sync(connection.recv, 65536):
                    pass  # what had been sent; then comes its end, if the client closed it

    anyio.run(go, backend=backend)


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_interrupt_in_a_hook_leaves_the_client_usable(where: str) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with Faults(fine()) as server, SuperOffice(server.site, max_concurrency=1, calls_per_second=None) as client:
        told = client.with_options(hooks=Hooks(**{where: interrupt}))
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                told.tickets.get_many([1, 2])
        assert len(client.tickets.get_many([1, 2])) == 2


def test_an_interrupt_while_sending_leaves_the_client_usable() -> None:
    turns = iter([True, False])

    def reply(_: httpx.Request) -> httpx.Response:
        if next(turns):
            raise KeyboardInterrupt
        return httpx.Response(200, json=[{"TicketId": 1}])

    with SuperOffice("https://x.example", transport=httpx.MockTransport(reply), max_concurrency=1) as client:
        with pytest.raises(KeyboardInterrupt):
            client.tickets.get(1)
        assert client.tickets.get(1).ticket_id == 1


def program(source: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", source, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


INTERRUPTED = """
import logging, signal, sys
logging.disable()  # on a busy machine a call may be slow, which is told
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background is born deaf to it
from superoffice import SuperOffice
with SuperOffice(sys.argv[1], max_concurrency=1) as client:
    try:
        client.tickets.get_many([1, 2])
    except KeyboardInterrupt:
        print(len(client.tickets.get_many([1, 2])))
"""


def test_ctrl_c_leaves_the_client_usable() -> None:
    with Faults(blackhole(), fine()) as server, program(INTERRUPTED, server.site) as child:
        try:
            deadline = time.monotonic() + 100
            while not server.seen and time.monotonic() < deadline:
                time.sleep(0.02)
            child.send_signal(signal.SIGINT)
            said, wrong = child.communicate(timeout=100)
        finally:
            child.kill()
    assert (said, wrong, child.returncode) == ("2\n", "", 0)


FORKED = """
import os, sys, threading, time
from superoffice import SuperOffice, AsyncSuperOffice
import asyncio
client = SuperOffice(sys.argv[1], max_concurrency=1, calls_per_second=100)
client.tickets.get_many([1, 2])
busy = threading.Thread(target=client.tickets.get_many, args=([1, 2],))
busy.start()
time.sleep(0.3)  # the only slot and a connection are the thread's now, which does not run in the child
both = client, client.with_options(timeout=20)
pid = os.fork()
if pid == 0:
    print("child", [len(one.tickets.get_many([1, 2])) for one in both], flush=True)
    client.close()
    os._exit(0)
_, status = os.waitpid(pid, 0)
busy.join()
print("parent", status, [len(one.tickets.get_many([1, 2])) for one in both], flush=True)
client.close()
"""


def test_a_fork_has_connections_of_its_own() -> None:
    if not hasattr(os, "fork"):
        return  # there is nothing to fork on Windows
    with Faults(fine(), delays(1.5), fine()) as server, program(FORKED, server.site) as child:
        try:
            said, wrong = child.communicate(timeout=100)
        finally:
            child.kill()
        assert (said, wrong) == ("child [2, 2]\nparent 0 [2, 2]\n", "")
        assert server.connections == 2


def test_one_async_client_in_two_event_loops() -> None:
    with Faults(fine()) as server:
        client = AsyncSuperOffice(server.site)
        for _ in range(2):
            assert len(asyncio.run(client.tickets.get_many([1, 2]))) == 2
        asyncio.run(client.close())
        asyncio.run(client.close())
        assert server.connections == 2
        with pytest.raises(ClientClosedError):
            asyncio.run(client.tickets.get_many([1]))


def test_one_async_client_in_event_loops_of_several_threads() -> None:
    """Each loop has connections and slots of its own; the rate is shared."""

    async def many(client: AsyncSuperOffice) -> int:
        batches = await asyncio.gather(*(client.tickets.get_many([1, 2]) for _ in range(12)))
        return sum(len(batch) for batch in batches)

    with Faults(delays(0.02)) as server, ThreadPoolExecutor(3) as pool:
        client = AsyncSuperOffice(server.site, calls_per_second=None, max_concurrency=2, retries=0)
        together = threading.Barrier(3, timeout=100)

        def run(_: int) -> int:
            together.wait()
            return asyncio.run(many(client))

        assert list(pool.map(run, range(3))) == [24, 24, 24]
        assert server.busiest <= 6
        assert server.connections <= 6
        asyncio.run(client.close())


def test_an_async_client_needs_no_asyncio() -> None:
    async def go(site: str) -> int:
        async with AsyncSuperOffice(site) as client:
            return len(await client.tickets.get_many([1, 2]))

    with Faults(fine()) as server:
        assert anyio.run(go, server.site, backend="trio") == 2


def test_two_identities_on_one_transport_do_not_mix() -> None:
    """Each has its own cookies and sign-in; what the server sets goes back only with its own session."""
    with Faults(sends(answer(headers=["Set-Cookie: session=of-the-server; Path=/"]))) as server:
        with httpx.HTTPTransport() as shared:
            one = SuperOffice(server.site, auth=XsrfAuth("x1", {"session": "one"}), transport=shared)
            two = SuperOffice(server.site, auth=BasicAuth("u", "p"), transport=shared, app_token="two")
            for client in (one, two, one, two):
                client.tickets.get_many([1, 2])
        assert server.connections == 1
    heads = [head.lower() for head in server.seen]
    assert [b"cookie: session=one\r\n" in head for head in heads] == [True, False, False, False]
    assert [b"cookie: session=of-the-server\r\n" in head for head in heads] == [False, False, True, False]
    assert [b"cookie" in head for head in heads] == [True, False] * 2
    assert [b"authorization: basic" in head for head in heads] == [False, True] * 2
    assert [b"x1" in head for head in heads] == [True, False] * 2
    assert [b": two\r\n" in head for head in heads] == [False, True] * 2


def test_async_hooks_are_awaited_and_sync_clients_refuse_them() -> None:
    told: list[Any] = []

    async def hook(event: Any) -> None:
        await asyncio.sleep(0)
        told.append((event.attempt, event.status_code))

    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, hooks=Hooks(before=hook, after=hook)) as client:
            await client.tickets.get_many([1, 2])

    with Faults(fine()) as server:
        asyncio.run(go(server.site))
        with (
            SuperOffice(server.site, hooks=Hooks(before=hook)) as client,
            pytest.raises(ConfigurationError, match="a hook of SuperOffice is a plain function"),
        ):
            client.tickets.get_many([1])
    assert told == [(1, None), (1, 200)]
