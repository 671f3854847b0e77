"""What closing a client ends, and what it leaves."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, ClassVar

import anyio
import httpx
import pytest

from superoffice import (
    AsyncSuperOffice,
    ClientClosedError,
    Hooks,
    RefreshingAuth,
    RetryPolicy,
    SuperOffice,
)
from superoffice.auth.refreshing import AuthStep, Credential, SendRequest
from superoffice.transport.body import Body
from superoffice_api.facts import Security

from ...support.faults import Faults, Script, answer, blackhole, delays, fine, held, sends, status
from ...support.wire import SITE


def test_closing_twice_and_use_after_it() -> None:
    async def go(site: str) -> None:
        client = AsyncSuperOffice(site)
        assert len(await client.tickets.get_many([1, 2])) == 2
        other = client.with_options(timeout=3)
        await client.close()
        await client.close()
        for one in (client, other):
            with pytest.raises(ClientClosedError, match="the client was closed; make a new one"):
                await one.tickets.get_many([1])
            with pytest.raises(ClientClosedError):
                await one.tickets.raw([1])
        unused = AsyncSuperOffice(site)
        await unused.close()

    with Faults(fine()) as server:
        client = SuperOffice(server.site)
        assert len(client.tickets.get_many([1, 2])) == 2
        other = client.with_options(timeout=3)
        client.close()
        client.close()
        for one in (client, other):
            with pytest.raises(ClientClosedError, match="the client was closed; make a new one"):
                one.tickets.get_many([1])
            with pytest.raises(ClientClosedError):
                one.tickets.raw([1])
        asyncio.run(go(server.site))
        SuperOffice(server.site).close()


def test_closing_while_another_thread_waits_for_its_slot() -> None:
    errors: list[BaseException] = []

    def call(client: SuperOffice) -> None:
        try:
            client.tickets.get_many([1, 2])
        except Exception as error:
            errors.append(error)

    closed = threading.Event()
    with Faults(held(closed)) as server:
        client = SuperOffice(server.site, max_concurrency=1, retries=0, timeout=10)
        threads = [threading.Thread(target=call, args=(client,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        while not server.seen:
            time.sleep(0.01)
        client.close()
        closed.set()
        for thread in threads:
            thread.join(100)
        assert len(server.seen) == 1
    assert any(type(error) is ClientClosedError for error in errors)


LONG: dict[str, Any] = {"timeout": 300, "retries": RetryPolicy(max_retry_after=200, budget=300)}
UNDER_WAY: dict[str, tuple[Script, int, dict[str, Any]]] = {  # what the server does, requests before the end, options
    "an answer": (blackhole(), 3, {}),
    "the rest of an answer": (delays(100, after=120), 3, {}),
    "the rest of a refusal": (delays(100, answer(b"{}", 403, length=9), after=len(answer(b"{}", 403))), 3, {}),
    "a slot": (blackhole(), 1, {"max_concurrency": 1}),
    "a retry": (status(503, "Retry-After: 100"), 3, {}),
    "its turn": (fine(), 1, {"calls_per_second": 0.01}),
}


def waits_like(name: str) -> tuple[Script, int, dict[str, Any]]:
    script, requests, options = UNDER_WAY[name]
    return script, requests, {"calls_per_second": None, **LONG, **options}


def calls_of(client: Any, folder: Path) -> list[Callable[[], Any]]:
    """Return three ways to call, sync or async: each ends in what `tickets` returns or raises."""
    return [lambda: client.tickets.get(1), lambda: client.tickets.get_many([1, 2]), lambda: exported(client, folder)]


def exported(client: Any, folder: Path) -> Any:
    return client.tickets.export([1, 2], folder / "tickets.jsonl")


@pytest.mark.parametrize("name", UNDER_WAY)
def test_closing_ends_the_calls_of_other_threads(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    script, requests, options = waits_like(name)
    outcomes: list[object] = []

    def call(function: Callable[[], Any]) -> None:
        try:
            outcomes.append(function())
        except BaseException as error:
            outcomes.append(error)

    with Faults(script) as server:
        client = SuperOffice(server.site, **options)
        if name == "its turn":
            client.tickets.get(1)
        threads = [threading.Thread(target=call, args=(each,)) for each in calls_of(client, tmp_path)]
        for thread in threads:
            thread.start()
        while len(server.seen) < requests:
            time.sleep(0.01)
        time.sleep(0.3)  # all of them wait by then
        caplog.clear()
        client.close()
        for thread in threads:
            thread.join(60)  # far below what they wait for
        assert [type(outcome) for outcome in outcomes] == [ClientClosedError] * 3
        assert len(server.seen) == requests
        assert not [record for record in caplog.records if "again" in record.getMessage()]
        client.close()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("name", UNDER_WAY)
def test_closing_ends_the_calls_of_other_tasks(
    name: str, backend: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script, requests, options = waits_like(name)
    outcomes: list[object] = []

    async def call(function: Callable[[], Any]) -> None:
        try:
            outcomes.append(await function())
        except Exception as error:
            outcomes.append(error)

    async def go(server: Faults) -> None:
        client = AsyncSuperOffice(server.site, **options)
        if name == "its turn":
            await client.tickets.get(1)
        async with anyio.create_task_group() as tasks:
            for each in calls_of(client, tmp_path):
                tasks.start_soon(call, each)
            while len(server.seen) < requests:
                await anyio.sleep(0.01)
            await anyio.sleep(0.3)
            caplog.clear()
            await client.close()
            with anyio.fail_after(60):
                while len(outcomes) < 3:
                    await anyio.sleep(0.01)
        assert [type(outcome) for outcome in outcomes] == [ClientClosedError] * 3
        assert len(server.seen) == requests
        assert not [record for record in caplog.records if "again" in record.getMessage()]

    with Faults(script) as server:
        anyio.run(go, server, backend=backend)


@pytest.mark.parametrize("name", ["an answer", "a retry", "its turn"])
def test_closing_ends_streams(name: str) -> None:
    script, _, options = waits_like(name)

    async def close_soon(client: AsyncSuperOffice) -> None:
        await anyio.sleep(0.3)
        await client.close()

    async def read(client: AsyncSuperOffice) -> None:
        async with client.tickets.stream(range(1, 100)) as tickets:
            async for _ in tickets:
                pass

    async def go(site: str) -> None:
        client = AsyncSuperOffice(site, batch_size=2, **options)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(close_soon, client)
            with anyio.fail_after(60), pytest.raises(ClientClosedError):
                await read(client)

    with Faults(script) as server:
        client = SuperOffice(server.site, batch_size=2, **options)
        closing = threading.Timer(0.3, client.close)
        closing.start()
        with pytest.raises(ClientClosedError), client.tickets.stream(range(1, 100)) as tickets:
            for _ in tickets:
                pass
        closing.join()
        asyncio.run(go(server.site))


def test_closing_ends_the_calls_of_other_event_loops() -> None:
    outcomes: list[object] = []

    async def go(client: AsyncSuperOffice) -> None:
        try:
            outcomes.append(await client.tickets.get(1))
        except Exception as error:
            outcomes.append(error)

    with Faults(blackhole()) as server:
        client = AsyncSuperOffice(server.site, **LONG)
        threads = [threading.Thread(target=lambda: asyncio.run(go(client))) for _ in range(2)]
        for thread in threads:
            thread.start()
        while len(server.seen) < 2:
            time.sleep(0.01)
        asyncio.run(client.close())
        for thread in threads:
            thread.join(60)
        assert [type(outcome) for outcome in outcomes] == [ClientClosedError] * 2
        asyncio.run(client.close())


def test_closing_ends_no_sign_in_that_others_share() -> None:
    """One client makes the token that two wait for, and is closed: the other one makes it itself."""
    outcomes: dict[str, object] = {}

    def call(name: str, client: SuperOffice) -> None:
        try:
            outcomes[name] = client.tickets.get(1).ticket_id
        except Exception as error:
            outcomes[name] = type(error)

    class Slow(RefreshingAuth):
        scheme = Security.BEARER
        asked: ClassVar[list[str]] = []

        def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
            response = yield SendRequest(method="GET", url=login.site)
            self.asked.append(response.content.decode())
            return Credential({"Authorization": "Bearer 8A:x"})

    auth = Slow()
    with Faults(blackhole(), sends(answer(b"[]"))) as login, Faults(fine()) as server:
        clients = {name: SuperOffice(server.site, auth=auth, **LONG) for name in ("closed", "kept", "closed too")}
        threads = {name: threading.Thread(target=call, args=(name, clients[name])) for name in clients}
        threads["closed"].start()
        while not login.seen:
            time.sleep(0.01)
        threads["kept"].start()
        threads["closed too"].start()
        time.sleep(0.3)
        clients["closed too"].close()
        threads["closed too"].join(60)
        assert outcomes == {"closed too": ClientClosedError}
        clients["closed"].close()
        for thread in threads.values():
            thread.join(60)
        assert outcomes == {"closed too": ClientClosedError, "closed": ClientClosedError, "kept": 1}
        assert auth.asked == ["[]"]
        clients["kept"].close()


def test_a_hook_may_close_the_client_of_its_own_call() -> None:
    async def end(event: object) -> None:
        await other.close()

    async def go() -> None:
        with pytest.raises(ClientClosedError):
            await other.tickets.get(1)

    with Faults(fine()) as server:
        client = SuperOffice(server.site, hooks=Hooks(before=lambda event: client.close()))
        with pytest.raises(ClientClosedError):
            client.tickets.get(1)
        other = AsyncSuperOffice(server.site, hooks=Hooks(before=end))
        asyncio.run(go())
        assert server.connections == 0


def test_a_connection_that_is_made_while_the_client_is_closed_is_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.create_connection

    def closes(*args: Any, **options: Any) -> socket.socket:
        client.close()
        return connect(*args, **options)

    with Faults(fine()) as server:
        client = SuperOffice(server.site)
        monkeypatch.setattr(socket, "create_connection", closes)
        with pytest.raises(ClientClosedError):
            client.tickets.get(1)
        monkeypatch.undo()
        server.settle()
        assert server.seen == []


def test_a_call_that_ends_as_the_client_is_closed_leaves_no_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def close(event: object) -> None:
        client.close()

    def closes_after(body: Body, part: bytes) -> None:
        add(body, part)
        client.close()

    add = Body.add
    with Faults(fine()) as server:
        client = SuperOffice(server.site, hooks=Hooks(after=close))
        assert len(client.tickets.get_many([1, 2])) == 2  # it had come
        client = SuperOffice(server.site)
        monkeypatch.setattr(Body, "add", closes_after)
        assert len(client.tickets.get_many([1, 2])) == 2  # its last part had come
        server.settle()

    closed = threading.Event()

    def closes(request: httpx.Request) -> httpx.Response:
        other.close()
        closed.set()
        return httpx.Response(200, content=b'[{"TicketId": 1}]')

    other = SuperOffice(SITE, transport=httpx.MockTransport(closes))
    assert other.tickets.get(1).ticket_id == 1
