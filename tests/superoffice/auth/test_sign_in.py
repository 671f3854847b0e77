"""Credentials that refresh: once, however many calls wait, and one replay after a 401."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from typing import Any

import anyio
import attrs
import msgspec
import pytest

from superoffice import (
    APITimeoutError,
    AsyncSuperOffice,
    AuthenticationError,
    BearerAuth,
    ConfigurationError,
    Hooks,
    RefreshingAuth,
    ResponseTooLargeError,
    SignInError,
    SuperOffice,
    TokenAuth,
)
from superoffice.auth.refreshing import AuthStep, Credential, SendRequest
from superoffice.transport import single_flight as _once
from superoffice.transport.attempts import CallFunction, Outcome, Send
from superoffice_api.api.ticket.get_tickets import build, get_tickets
from superoffice_api.facts import Security
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Request, Response

from ...support.faults import Faults, answer, blackhole, sends, status
from ...support.gate import WAYS, Gate, at_once, of, run

MANY = 200


class Tokens:
    """A source of tokens t1, t2, ... that counts its calls. It waits for `ready` first, where there is one."""

    def __init__(self, *given: object) -> None:
        self.asked = 0
        self._given = given
        self.ready: threading.Event | None = None

    def __call__(self) -> str:
        self.asked += 1
        assert self.ready is None or self.ready.wait(60)
        token = self._given[self.asked - 1] if self.asked <= len(self._given) else f"t{self.asked}"
        if isinstance(token, Exception):
            raise token
        return str(token)


def told_when(auth: RefreshingAuth, count: int) -> threading.Event:
    """Return an event that is set once that many calls have begun and need a credential."""
    told, begun, get = threading.Event(), iter(range(1, count + 1)), auth.credential.get

    def counting(*args: Any, **options: Any) -> Any:
        if next(begun, count) == count:
            told.set()
        return get(*args, **options)

    auth.credential.get = counting  # type: ignore[method-assign] # it only counts
    return told


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_that_need_a_token_ask_for_one(way: str) -> None:
    tokens = Tokens()
    with Gate("Bearer t1") as gate:
        came = at_once(way, gate.site, MANY, auth=TokenAuth(tokens))
    assert (came, tokens.asked) == (list(range(1, MANY + 1)), 1)


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_whose_token_is_rejected_ask_for_one_other(way: str) -> None:
    tokens = Tokens()
    with Gate("Bearer t2") as gate:
        came = at_once(way, gate.site, MANY, auth=TokenAuth(tokens))
    assert (came, tokens.asked) == (list(range(1, MANY + 1)), 2)
    assert set(gate.seen) == {"Bearer t1", "Bearer t2"}


@pytest.mark.parametrize("way", WAYS)
def test_a_failed_refresh_fails_all_that_waited_and_the_next_call_tries_again(way: str) -> None:
    tokens = Tokens(OSError("no vault"))
    auth = TokenAuth(tokens)
    tokens.ready = told_when(auth, MANY)
    with Gate("Bearer t2") as gate:
        came = at_once(way, gate.site, MANY, auth=auth)
        assert {type(error) for error in came} == {SignInError}
        assert {str(error).partition(" (")[0] for error in came} == {
            "the credential could not be refreshed: OSError was raised"
        }
        assert {str(error.__cause__) for error in came} == {"no vault"}
        assert [error.ids for error in came] == [(number,) for number in range(1, MANY + 1)]
        assert (tokens.asked, gate.seen) == (1, [])
        assert at_once(way, gate.site, 1, auth=auth) == [1]
    assert tokens.asked == 2


@pytest.mark.parametrize("way", WAYS)
def test_a_second_401_is_an_error_and_no_third_is_asked_for(way: str) -> None:
    tokens = Tokens()
    with Gate() as gate:
        [error] = at_once(way, gate.site, 1, auth=TokenAuth(tokens))
    assert type(error) is AuthenticationError
    assert (error.attempts, gate.seen, tokens.asked) == (2, ["Bearer t1", "Bearer t2"], 2)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_token_again_is_not_sent_again(way: str) -> None:
    tokens = Tokens("same", "same")
    with Gate() as gate:
        [error] = at_once(way, gate.site, 1, auth=TokenAuth(tokens))
    assert type(error) is AuthenticationError
    assert (error.attempts, gate.seen, tokens.asked) == (1, ["Bearer same"], 2)


async def a_token() -> str:
    return "t1"


class AsyncCallable:
    async def __call__(self) -> str:
        return "t1"


ASYNC: list[Any] = [a_token, partial(partial(a_token)), AsyncCallable(), lambda: a_token()]  # noqa: PLW0108 - plain, and gives what is awaited


@pytest.mark.parametrize("way", ["asyncio", "trio"])
@pytest.mark.parametrize("function", ASYNC)
def test_an_async_function_is_awaited(way: str, function: Any) -> None:
    with Gate("SoTicket t1") as gate:
        assert at_once(way, gate.site, 3, auth=TokenAuth(function, scheme="SoTicket")) == [1, 2, 3]


@pytest.mark.parametrize("function", ASYNC)
def test_a_client_without_async_refuses_an_async_function(function: Any) -> None:
    with Gate() as gate, SuperOffice(gate.site, auth=TokenAuth(function)) as client:
        with pytest.raises(ConfigurationError, match="AsyncSuperOffice awaits async ones"):
            client.tickets.get(1)
        assert gate.seen == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("given", ["", None, 5, b"t1"])
def test_what_is_no_token_is_not_sent(way: str, given: Any) -> None:
    with Gate() as gate:
        [error] = at_once(way, gate.site, 1, auth=TokenAuth(lambda: given))
        assert str(error).startswith("the function that must return a token returned none (asked for ticket 1)")
        assert gate.seen == []


@pytest.mark.parametrize("way", ["asyncio", "trio"])
def test_who_refreshes_may_be_cancelled(way: str) -> None:
    """The one that waits takes over, be it in another event loop or thread."""

    async def scenario(site: str) -> None:
        begun, asked = anyio.Event(), 0

        async def token() -> str:
            nonlocal asked
            asked += 1
            begun.set()
            if asked == 1:
                await anyio.sleep_forever()
            return "t1"

        auth = TokenAuth(token)
        waits = told_when(auth, 3)
        async with AsyncSuperOffice(site, auth=auth) as client, anyio.create_task_group() as tasks:
            first = anyio.CancelScope()

            async def leader() -> None:
                with first:
                    await client.tickets.get(1)

            async def other() -> None:
                assert (await client.tickets.get(2)).ticket_id == 2

            tasks.start_soon(leader)
            await begun.wait()
            tasks.start_soon(other)
            tasks.start_soon(other)
            while not waits.is_set():
                await anyio.sleep(0.01)
            first.cancel()
        assert (asked, first.cancelled_caught) == (2, True)

    with Gate("Bearer t1") as gate:
        run(way, lambda: scenario(gate.site))


def test_threads_and_event_loops_share_one_refresh() -> None:
    """Two clients of one sign-in, one of them in four event loops of both kinds."""
    tokens = Tokens()
    auth = TokenAuth(tokens)
    tokens.ready = told_when(auth, 5 * 20)
    with Gate("Bearer t1") as gate:
        client = AsyncSuperOffice(gate.site, auth=auth, calls_per_second=None)
        with ThreadPoolExecutor(5) as pool:
            loops = [pool.submit(run, way, lambda: of(client, 20)) for way in ("asyncio", "trio", "asyncio", "trio")]
            threads = pool.submit(at_once, "threads", gate.site, 20, auth=auth)
            assert [done.result(60) for done in [*loops, threads]] == [list(range(1, 21))] * 5
    assert tokens.asked == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_call_waits_for_sign_in_no_longer_than_it_may(way: str) -> None:
    """Each fails by itself, and a refresh that only the first call had no time for is no failure of the others."""
    with Faults(blackhole(), sends(answer(b"t1"))) as service, Gate("Bearer t1") as gate:
        auth = Exchanging(service.site)
        came = at_once(way, gate.site, 3, auth=auth, timeout=0.3)
        assert {type(error) for error in came} <= {SignInError, APITimeoutError, int}
        assert SignInError in {type(error) for error in came}
        assert at_once(way, gate.site, 1, auth=auth) == [1]


@pytest.mark.parametrize("way", ["asyncio", "trio"])
def test_a_function_that_takes_too_long_is_left(way: str) -> None:
    released = threading.Event()
    with Gate() as gate:
        for function in (anyio.sleep_forever, lambda: released.wait(60)):
            [error] = at_once(way, gate.site, 1, auth=TokenAuth(function), timeout=0.3)  # type: ignore[arg-type]
            assert "the function that returns the token took longer than the time allowed" in str(error)
        released.set()
        assert gate.seen == []


def test_a_call_whose_time_the_sign_in_took_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain function cannot be broken off, so it may give its token when the call's time is over."""
    taken = 0.0

    def token() -> str:
        nonlocal taken
        taken += 1000.0
        return f"t{taken:.0f}"

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + taken, sleep=time.sleep)
    for module in ("attempts", "body", "http", "sender", "sync"):
        monkeypatch.setattr(f"superoffice.transport.{module}.time", clock)
    with Gate() as gate, SuperOffice(gate.site, auth=TokenAuth(token), timeout=300) as client:
        with pytest.raises(APITimeoutError, match="signing in took all the time that the call had") as caught:
            client.tickets.get(1)
        assert (caught.value.ids, caught.value.attempts, gate.seen) == ((1,), 0, [])
        with pytest.raises(APITimeoutError, match="signing in took all the time that the call had") as caught:
            client.tickets.get(1)
        assert (caught.value.attempts, gate.seen) == (1, ["Bearer t1000"])


@pytest.mark.parametrize("way", WAYS)
def test_a_token_that_makes_a_call_which_waits_for_it_is_refused(way: str) -> None:
    with Gate() as gate:

        def token() -> str:
            with SuperOffice(gate.site, auth=auth) as client:
                client.tickets.get(1)
            raise AssertionError

        auth = TokenAuth(token)
        [error] = at_once(way, gate.site, 1, auth=auth)
        assert "makes a call that waits for it itself" in str(error)


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_brings_its_own_sign_in_asks_for_none(way: str) -> None:
    tokens = Tokens()
    with Gate("Bearer own") as gate, SuperOffice(gate.site, auth=TokenAuth(tokens)) as client:
        assert client.tickets.get(1, headers={"authorization": "Bearer own"}).ticket_id == 1
        with pytest.raises(AuthenticationError):
            client.tickets.get(1, headers={"Authorization": None})
        assert (tokens.asked, gate.seen) == (0, ["Bearer own", None])


def test_what_a_call_waited_with_is_refreshed_when_its_turn_comes() -> None:
    auth = TokenAuth(lambda: "t1")
    client = SuperOffice("https://crm.example.com", auth=auth)
    out = client._settings.prepare(get_tickets, Request(method="GET", path="/api/v1/x"), {})
    steps = client._settings.attempts(out)
    assert isinstance(next(steps), CallFunction)
    assert isinstance(steps.send(Outcome("t1")), Send)
    assert out.headers == {"Accept": "application/json", "Authorization": "Bearer t1"}
    assert out.before_send is not None
    auth.credential.replace(auth.credential.last, Credential({"Authorization": "Bearer t2"}))
    out.before_send()
    assert out.headers == {"Accept": "application/json", "Authorization": "Bearer t2"}
    with pytest.raises(StopIteration):
        steps.send(Response(200, {}, b""))


def test_hooks_hear_of_a_replay_and_it_is_no_attempt_of_the_retries() -> None:
    told: list[Any] = []
    hooks = Hooks(before=told.append, after=told.append, on_retry=told.append)
    with (
        Gate("Bearer t2") as gate,
        SuperOffice(gate.site, auth=TokenAuth(Tokens()), hooks=hooks, retries=0) as client,
    ):
        assert client.tickets.get(1).ticket_id == 1
    assert [(event.attempt, event.status_code, event.wait) for event in told] == [
        *((1, None, None), (1, 401, None), (1, 401, 0.0)),
        *((2, None, None), (2, 200, None)),
    ]


def test_what_changes_something_is_sent_again_since_it_was_refused() -> None:
    with Gate("Bearer t2") as gate, SuperOffice(gate.site, auth=TokenAuth(Tokens())) as client:
        operation = msgspec.structs.replace(get_tickets, safe=False)
        assert len(client.send(operation, build(GetTicketsRequest(ticket_ids=[1, 2])))) == 2
        assert gate.seen == ["Bearer t1", "Bearer t2"]


def test_a_ticket_lives_on_with_each_use(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sliding(Exchanging):
        def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
            made = yield from super().refresh(rejected)
            return attrs.evolve(made, expires_at=clock.time() + 3600, idle_timeout=3600.0)

    clock = SimpleNamespace(time=time.time, monotonic=time.monotonic)
    monkeypatch.setattr(_once, "time", clock)
    with (
        Faults(sends(answer(b"t1"))) as service,
        Gate("Bearer t1") as gate,
        SuperOffice(gate.site, auth=Sliding(service.site)) as client,
    ):
        for minutes, asked in ((0, 1), (50, 1), (100, 1), (150, 1), (211, 2)):
            clock.time = lambda minutes=minutes: time.time() + minutes * 60
            client.tickets.get(1)
            assert len(service.seen) == asked


def test_a_stream_that_is_left_does_not_wait_for_sign_in() -> None:
    released = threading.Event()
    auth = TokenAuth(lambda: "t1" if released.wait(60) else "")
    with Gate("Bearer t1") as gate, SuperOffice(gate.site, auth=auth) as one, SuperOffice(gate.site, auth=auth) as two:
        waits = told_when(auth, 2)
        with ThreadPoolExecutor(2) as pool:
            leader = pool.submit(one.tickets.get, 1)
            with two.tickets.stream(range(1, 500)) as tickets:
                reading = pool.submit(next, tickets)
                assert waits.wait(60)
            assert not leader.done()
            released.set()
            assert reading.exception(60) is not None
            assert leader.result(60).ticket_id == 1


FORKED = """
import logging, os, sys, threading
logging.disable()  # on a busy machine a call may be slow, which is told
from superoffice import SuperOffice, TokenAuth
parent = os.getpid()
asked, go_on = threading.Event(), threading.Event()

def token():
    if os.getpid() == parent:
        asked.set()
        assert go_on.wait(300)
    return "t1"

client = SuperOffice(sys.argv[1], auth=TokenAuth(token))
busy = threading.Thread(target=client.tickets.get, args=(1,))
busy.start()
assert asked.wait(300)  # the thread refreshes, which does not run in the child
pid = os.fork()
if pid == 0:
    print("child", client.tickets.get(2).ticket_id, flush=True)
    client.close()
    os._exit(0)
_, status = os.waitpid(pid, 0)
go_on.set()
busy.join()
print("parent", status, client.tickets.get(3).ticket_id, flush=True)
client.close()
"""


def test_a_forked_child_refreshes_by_itself() -> None:
    if not hasattr(os, "fork"):
        return  # there is nothing to fork on Windows
    with Gate("Bearer t1") as gate:
        done = subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED, gate.site],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert (done.stdout, done.stderr) == ("child 2\nparent 0 3\n", "")


class Exchanging(RefreshingAuth):
    """Exchanges a secret for a token at an address of its own."""

    scheme = Security.BEARER

    def __init__(self, url: str, *, safe: bool = True) -> None:
        super().__init__()
        self._url = url
        self._safe = safe

    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        response = yield SendRequest(method="POST", url=self._url, content=b"secret", safe=self._safe)
        return Credential({"Authorization": f"Bearer {response.content.decode()}"})


@pytest.mark.parametrize("way", WAYS)
def test_a_question_about_sign_in_is_sent_without_sign_in_and_takes_no_slot(way: str) -> None:
    with Faults(status(503), sends(answer(b"t1"))) as service, Gate("Bearer t1") as gate:
        auth = Exchanging(f"{service.site}/tokens?x=1")
        assert at_once(way, gate.site, 5, auth=auth, app_token="app", max_concurrency=1) == [1, 2, 3, 4, 5]
        assert [head.split(b"\r\n")[0] for head in service.seen] == [b"POST /tokens?x=1 HTTP/1.1"] * 2
        assert not [head for head in service.seen if b"SO-AppToken" in head or b"Authorization" in head]


@pytest.mark.parametrize("way", WAYS)
def test_a_redirect_of_a_question_is_not_followed(way: str) -> None:
    with Faults(status(302, "Location: /elsewhere", body=b"moved")) as service, Gate("Bearer moved") as gate:
        assert at_once(way, gate.site, 1, auth=Exchanging(service.site)) == [1]
        assert len(service.seen) == 1


@pytest.mark.parametrize("way", ["threads", "asyncio"])  # httpx leaves generators behind on trio, which warn
def test_an_answer_about_sign_in_is_small(way: str) -> None:
    with Faults(sends(answer(bytes(2**20 + 1)))) as service, Gate() as gate:
        [error] = at_once(way, gate.site, 1, auth=Exchanging(service.site))
    assert str(error).startswith("the credential could not be refreshed: the response grew past 1,048,576 bytes")
    assert type(error.__cause__) is ResponseTooLargeError


@pytest.mark.parametrize("url", ["http://login.example.com/", "https://", "ftp://127.0.0.1/", "login.example.com"])
def test_sign_in_goes_to_secure_addresses_only(url: str) -> None:
    with (
        SuperOffice("https://crm.example.com", auth=Exchanging(url)) as client,
        pytest.raises(ConfigurationError, match="credentials are sent to https addresses only"),
    ):
        client.tickets.get(1)


def test_static_sign_in_is_not_refreshed() -> None:
    with Gate() as gate, SuperOffice(gate.site, auth=BearerAuth("t1")) as client:
        with pytest.raises(AuthenticationError):
            client.tickets.get(1)
        assert gate.seen == ["Bearer t1"]
