"""Hooks: what they are told, and what they may raise."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from superoffice import (
    AsyncSuperOffice,
    CallEvent,
    Hooks,
    RetryPolicy,
    SuperOffice,
    SystemUserAuth,
    TenantUnavailableError,
)
from superoffice_sandbox import Sandbox

from ..support.faults import OK, Faults, answer, delays, fine, sends, status
from ..support.sign_in import at, tenant
from ..support.wire import SITE, transport


@pytest.fixture
def system_user(box: Sandbox) -> SystemUserAuth:
    known = box.identity.system_user
    signs: dict[str, Any] = {"system_token": known.system_token, "app_token": known.app_token}
    return SystemUserAuth(tenant(box), private_key=known.private_key_pem(), **signs)


@pytest.mark.parametrize("kind", [SuperOffice, AsyncSuperOffice])
def test_hooks_hear_of_requests_that_sign_in_and_find_the_tenant(
    kind: type[SuperOffice] | type[AsyncSuperOffice], box: Sandbox, system_user: SystemUserAuth
) -> None:
    """An async client awaits async hooks there too."""
    told: list[CallEvent] = []

    async def hear(event: CallEvent) -> None:
        await asyncio.sleep(0)
        told.append(event)

    async def read() -> None:
        async with AsyncSuperOffice(tenant(box), auth=system_user, hooks=Hooks(before=hear, after=hear)) as client:
            await client.tickets.get_many([439, 829])

    if kind is AsyncSuperOffice:
        asyncio.run(read())
    else:
        hooks = Hooks(before=told.append, after=told.append)
        with SuperOffice(tenant(box), auth=system_user, hooks=hooks) as client:
            client.tickets.get_many([439, 829])
    found = [(each.kind, each.method, each.path.rpartition("/")[2], each.status_code, each.ids) for each in told]
    expected: list[tuple[Any, ...]] = [
        ("tenant", "GET", box.identity.tenant, ()),
        ("sign_in", "POST", "Authenticate", ()),
        ("sign_in", "GET", "jwks", ()),
        ("call", "POST", "GetTickets", (439, 829)),
    ]
    assert found == [(*each[:3], code, each[3]) for each in expected for code in (None, 200)]
    secrets = (str(system_user._app_token), str(system_user._system_token))
    assert not [secret for secret in secrets if secret in repr(told)]


def test_retries_and_slow_requests_of_a_sign_in_are_told() -> None:
    retried: list[tuple[str, int | None, float | None]] = []
    slow: list[str] = []
    hooks = Hooks(
        on_retry=lambda event: retried.append((event.kind, event.status_code, event.wait)),
        on_slow=lambda event: slow.append(event.kind),
    )
    with (
        Faults(status(503), delays(2.2, answer(b"no", 503))) as states,
        SuperOffice(at(states.site, "Cust1"), hooks=hooks, retries=RetryPolicy(retries=1, base=0)) as client,
        pytest.raises(TenantUnavailableError),
    ):
        client.tickets.get(1)
    assert (retried, slow) == ([("tenant", 503, 0.0)], ["tenant"])


def test_what_a_hook_raises_while_a_client_signs_in_the_call_raises(box: Sandbox, system_user: SystemUserAuth) -> None:
    def stop(event: CallEvent) -> None:
        if event.kind == "sign_in" and len(told) < 1:
            told.append(event)
            raise KeyError("stop")

    told: list[CallEvent] = []
    with SuperOffice(tenant(box), auth=system_user, hooks=Hooks(after=stop)) as client:
        with pytest.raises(KeyError, match="stop"):
            client.tickets.get(439)
        assert client.tickets.get(439).ticket_id == 439


def test_an_event_has_the_headers_of_the_response_without_those_that_may_be_secret() -> None:
    told: list[CallEvent] = []
    headers = [
        *("Content-Type: application/json", "X-Request-Id: r-1", "X-RateLimit-Remaining: 7", "Set-Cookie: a=s3cret"),
        *("X-Xsrf-Token: s3cret", "Location: /x?code=s3cret", "X-Echo: 8A:token-that-was-sent"),
    ]
    with Faults(sends(answer(OK, headers=headers))) as server, SuperOffice(server.site) as client:
        client.with_options(hooks=Hooks(before=told.append, after=told.append)).tickets.get_many([1, 2])
    before, after = told
    assert (before.headers, before.request_id) == ({}, None)
    assert (after.request_id, after.headers["x-ratelimit-remaining"]) == ("r-1", "7")
    assert after.headers["Content-Type"] == "application/json"
    assert after.headers["X-Echo"] == "[hidden]"
    assert not {"set-cookie", "x-xsrf-token", "location"} & after.headers.keys()
    assert "s3cret" not in repr(after)
    with pytest.raises(TypeError):
        after.headers["x"] = "y"  # type: ignore[index]
    assert hash(after) != hash(attrs.evolve(after, attempt=2))


def test_a_sign_ins_event_has_only_headers_that_are_known_to_be_harmless() -> None:
    told: list[CallEvent] = []
    state = b'{"State": "Running", "IsRunning": true, "Api": "http://127.0.0.1:9/Cust1/api"}'
    headers = ("Content-Type: application/json", "X-Other: perhaps-secret", "X-Correlation-Id: c-1")
    with (
        Faults(sends(answer(state, headers=headers))) as states,
        SuperOffice(at(states.site, "Cust1"), hooks=Hooks(after=told.append), retries=0) as client,
        pytest.raises(Exception, match="could not connect"),
    ):
        client.tickets.get(1)
    assert (told[0].kind, told[0].request_id, "x-other" in told[0].headers) == ("tenant", "c-1", False)


def test_records_of_the_log_carry_fields(caplog: pytest.LogCaptureFixture) -> None:
    found = status(503, "X-Request-Id: r-1")
    with (
        caplog.at_level(logging.DEBUG, "superoffice"),
        Faults(found, fine()) as server,
        SuperOffice(server.site, retries=RetryPolicy(base=0), batch_size=500) as client,
    ):
        client.tickets.get_many(range(1, 301))
    records: list[Any] = [record for record in caplog.records if record.name == "superoffice"]
    first, retry, last = records[:3]
    path = "/api/v1/Agents/Ticket/GetTickets"
    assert (first.method, first.path, first.kind, first.status_code) == ("POST", path, "call", 503)
    assert (first.attempt, first.request_id, first.id_count, len(first.ids)) == (1, "r-1", 300, 100)
    assert 0 < first.elapsed < 10
    assert (retry.levelname, retry.status_code, retry.wait, retry.attempt) == ("WARNING", 503, 0.0, 1)
    assert (last.levelname, last.status_code, last.attempt, last.request_id) == ("DEBUG", 200, 2, None)


def test_slow_calls_are_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[float | None] = []
    hooks = Hooks(on_slow=lambda event: told.append(event.elapsed))

    async def go(site: str) -> None:
        async with AsyncSuperOffice(site, hooks=hooks) as client:
            await client.tickets.get_many([1, 2])

    with Faults(delays(2.2)) as server:
        with SuperOffice(server.site, hooks=hooks) as client:
            client.tickets.get_many([1, 2])
            client.with_options(hooks=Hooks()).tickets.get_many([1, 2])
        asyncio.run(go(server.site))
    assert len(told) == 2
    assert all(took is not None and took > 2 for took in told)
    slow = [record for record in caplog.records if "slow" in record.getMessage()]
    assert [record.levelno for record in slow] == [logging.WARNING] * 3
    assert "for 2 ids" in slow[0].getMessage()


def test_a_hook_may_raise_stop_iteration() -> None:
    nothing: Iterator[None] = iter(())
    hooks = Hooks(before=lambda _: next(nothing))
    with SuperOffice(SITE, transport=transport([]), hooks=hooks) as client, pytest.raises(StopIteration):
        client.tickets.get_many([1])
