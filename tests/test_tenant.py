"""A tenant by its name: found once, followed when it moves, and left alone when its state says so."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from superoffice import (
    BasicAuth,
    BearerAuth,
    ConfigurationError,
    ConnectionFailedError,
    Environment,
    RequestRejectedError,
    SoTicketAuth,
    SuperOffice,
    Tenant,
    TenantError,
    TenantUnavailableError,
    TokenAuth,
    WrongHostError,
    _once,
)

from .faults.proxy import Faults, Visit, answer, sends, status
from .gate import WAYS, Gate, at_once

ONLINE = "https://online3.superoffice.com/Cust1"
MANY = 200


class States:
    """A state service: says of a tenant what `said` holds, and counts."""

    def __init__(self, **said: Any) -> None:
        self.said = said
        self.server = Faults(self._script)

    async def _script(self, visit: Visit) -> None:
        await visit.send(answer(json.dumps(self.said).encode()))

    def move(self, site: str) -> None:
        self.said["Api"] = f"{site}/Cust1/api"

    @property
    def asked(self) -> list[str]:
        return [head.split(b"\r\n")[0].decode() for head in self.server.seen]

    def tenant(self, **options: Any) -> Tenant:
        return Tenant("Cust1", environment=Environment("test", self.server.site), **options)

    def __enter__(self) -> States:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()


def running(site: str, minutes: float = 60, **more: Any) -> States:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    states = States(
        ContextIdentifier="Cust1",
        Endpoint=f"{site}/Cust1",
        State="Running",
        IsRunning=True,
        ValidUntil=until.isoformat(),
        **more,
    )
    states.move(site)
    return states


BEARER: dict[str, Any] = {"auth": BearerAuth("t1")}


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_look_a_tenant_up_once_and_without_sign_in(way: str) -> None:
    with Gate("Bearer t1") as gate, running(gate.site) as states:
        tenant = states.tenant()
        assert tenant.site == ""
        came = at_once(way, tenant, MANY, app_token="app", **BEARER)
        assert came == list(range(1, MANY + 1))
        assert tenant.site == f"{gate.site}/Cust1"
        assert at_once(way, tenant, 1, **BEARER) == [1]  # another client, which shares what was found
        assert states.asked == ["GET /api/state/Cust1 HTTP/1.1"]
        assert not [head for head in states.server.seen if b"Authorization" in head or b"SO-AppToken" in head]


@pytest.mark.parametrize("way", WAYS)
def test_many_calls_follow_a_tenant_that_moved(way: str) -> None:
    with Gate("Bearer t1") as new, Faults(status(421)) as old, running(old.site) as states:
        tenant = states.tenant()
        [error] = at_once(way, tenant, 1, **BEARER)
        assert type(error) is WrongHostError  # it has not moved yet, as far as the service knows
        assert (len(old.seen), len(states.asked)) == (1, 2)
        states.move(new.site)
        came = at_once(way, tenant, MANY, **BEARER)
        assert came == list(range(1, MANY + 1))
        assert len(states.asked) == 3
        assert tenant.site == f"{new.site}/Cust1"


def test_a_second_421_is_an_error() -> None:
    with Faults(status(421)) as old, Faults(status(421)) as new, running(old.site) as states:
        with SuperOffice(states.tenant(), **BEARER) as client:
            states.move(old.site)
            with pytest.raises(WrongHostError):
                client.tickets.get(1)
            states.move(new.site)
            with pytest.raises(WrongHostError, match="after 2 attempts"):
                client.tickets.get(1)
        assert (len(old.seen), len(new.seen)) == (2, 1)


def test_a_move_and_an_expired_token_cost_one_replay_each() -> None:
    given = iter(["t1", "t2"])
    with Gate("Bearer t2") as new, Faults(status(421)) as old, running(old.site) as states:
        tenant = states.tenant()
        with SuperOffice(tenant, auth=TokenAuth(lambda: next(given))) as client:
            with pytest.raises(WrongHostError):
                client.tickets.get(1)
            states.move(new.site)
            assert client.tickets.get(1).ticket_id == 1
        assert (len(old.seen), new.seen) == (2, ["Bearer t1", "Bearer t2"])


GONE = ["Unknown", "ProvisioningFailed", "Deleted", "Deleting", "DeleteFailed"]
LATER = ["Provisioning", "MigrationPending", "OfflineMaintenance", "Suspended", "Painting"]


@pytest.mark.parametrize("state", GONE + LATER)
def test_a_state_in_which_nobody_can_call_is_an_error_that_says_so(state: str) -> None:
    with Gate("Bearer t1") as gate, running(gate.site) as states, SuperOffice(states.tenant(), **BEARER) as client:
        states.said |= {"State": state, "IsRunning": False}
        with pytest.raises(TenantError) as caught:
            client.tickets.get_many([1, 2])
        error = caught.value
        assert (error.state, error.ids, error.attempts) == (state, (1, 2), 0)
        assert f"({state})" in str(error)
        if isinstance(error, TenantUnavailableError):
            assert state in LATER
            assert error.try_after == datetime.fromisoformat(states.said["ValidUntil"]) or state == "Suspended"
            assert error.try_after is not None
            assert f"try again after {error.try_after:%Y-%m-%d %H:%M} UTC" in str(error)
            assert pickle.loads(pickle.dumps(error)).try_after == error.try_after  # noqa: S301 - our own
        else:
            assert state in GONE
            assert "ask SuperOffice about the tenant" in str(error)
        assert gate.seen == []
        states.said |= {"State": "Running", "IsRunning": True}
        assert client.tickets.get(1).ticket_id == 1  # the next call asks again


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ({"State": "OnlineMaintenance", "IsRunning": True}, True),
        ({"State": "OnlineMaintenance", "IsRunning": False}, False),
        ({"State": "Suspended", "IsRunning": True}, False),
        ({"State": "Painting", "IsRunning": True}, True),
        ({"State": "Running", "IsRunning": None}, True),
        ({"State": "Painting", "IsRunning": None}, False),
        ({"State": None, "IsRunning": True}, True),
        ({"State": None, "IsRunning": None}, False),
    ],
)
def test_a_tenant_runs_where_the_service_says_so(said: dict[str, Any], runs: bool) -> None:
    with Gate("Bearer t1") as gate, running(gate.site) as states, SuperOffice(states.tenant(), **BEARER) as client:
        states.said |= said
        if runs:
            assert client.tickets.get(1).ticket_id == 1
        else:
            with pytest.raises(TenantError):
                client.tickets.get(1)


@pytest.mark.parametrize("way", WAYS)
def test_a_failed_look_up_fails_all_that_waited_and_tells_why(way: str) -> None:
    with Faults(status(500)) as service:
        tenant = Tenant("Cust1", environment=Environment("test", service.site))
        [error] = at_once(way, tenant, 1, **BEARER)
        assert str(error).startswith("the tenant Cust1 cannot be called: the state service answered 500 (asked for")
    [error] = at_once(way, tenant, 1, retries=1, **BEARER)
    assert str(error).startswith("the tenant Cust1 could not be looked up: could not connect")
    assert type(error.__cause__) is ConnectionFailedError


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ContextIdentifier": "Cust2"}, "answered for another tenant"),
        ({"Api": None, "Endpoint": None}, "named no address that can be called"),
        ({"ValidUntil": "soon"}, "cannot be read"),
        ({"Api": "https://sod2.superoffice.com/Cust1/api"}, r"named https://sod2\.superoffice\.com, to which"),
        ({"Api": "http://evil.example/Cust1/api"}, r"named http://evil\.example, to which sign-in does not go"),
    ],
)
def test_an_answer_that_cannot_be_right_is_not_followed(said: dict[str, Any], why: str) -> None:
    with running("http://127.0.0.1:9") as states, SuperOffice(states.tenant(), **BEARER) as client:
        states.said |= said
        with pytest.raises(TenantError, match=why):
            client.tickets.get(1)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"State": "\xff"}', b'{"ValidUntil": 1e999}', b"", b"\xff"])
def test_an_answer_of_any_bytes_is_an_error_of_ours(content: bytes) -> None:
    with Faults(sends(answer(content))) as service:
        tenant = Tenant("Cust1", environment=Environment("test", service.site))
        with SuperOffice(tenant, **BEARER) as client, pytest.raises(TenantError, match="cannot be read"):
            client.tickets.get(1)


@pytest.mark.parametrize(
    "until",
    [
        *("9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59-14:00"),
        *("0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_state_may_hold_until_either_end_of_the_calendar(until: str) -> None:
    with Gate("Bearer t1") as gate, running(gate.site) as states, SuperOffice(states.tenant(), **BEARER) as client:
        states.said["ValidUntil"] = until
        assert client.tickets.get(1).ticket_id == 1


@pytest.mark.parametrize(
    ("named", "goes"),
    [
        ("https://sod2.superoffice.com:443/Cust1/api", "https://sod2.superoffice.com:443/Cust1"),
        ("https://sod3.superoffice.com/Cust1/api/", "https://sod3.superoffice.com/Cust1"),
        ("https://crm.partner.example/Cust1/api", "https://crm.partner.example/Cust1"),
        ("http://sod2.superoffice.com/Cust1/api", None),
        ("http://crm.partner.example/Cust1/api", None),
        ("https://superoffice.com.evil.example/Cust1/api", None),
        ("https://evilsuperoffice.com/Cust1/api", None),
        ("https://sod2.superoffice.com@evil.example/Cust1/api", None),
        ("https://127.0.0.1/Cust1/api", None),
        ("http://127.0.0.1:9/Cust1/api", None),
    ],
)
def test_sign_in_goes_only_where_it_may(named: str, goes: str | None) -> None:
    """What SuperOffice's own service might name, which no test can reach: a transport stands for all hosts."""
    seen: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/state/Cust1":
            assert request.url.host == "sod.superoffice.com"
            return httpx.Response(200, json={"State": "Running", "IsRunning": True, "Api": named})
        seen.append(str(request.url).partition("/api/")[0])
        return httpx.Response(200, json=[{"TicketId": 1}])

    tenant = Tenant("Cust1", environment="sod", allowed_hosts=["CRM.partner.example"])
    with SuperOffice(tenant, transport=httpx.MockTransport(reply), **BEARER) as client:
        if goes is None:
            with pytest.raises(TenantError, match=r"does not go|no address"):
                client.tickets.get(1)
            assert seen == []
        else:
            client.tickets.get(1)
            assert (seen, client.site) == ([goes.replace(":443", "")], goes)


@pytest.mark.parametrize("way", WAYS)
def test_a_redirect_takes_no_sign_in_along(way: str) -> None:
    with Gate() as foreign:
        with Faults(status(307, f"Location: {foreign.site}/api/v1/Agents/Ticket/GetTickets")) as site, running(
            site.site
        ) as states:  # fmt: skip
            [error] = at_once(way, states.tenant(), 1, **BEARER)
            assert type(error) is RequestRejectedError
        assert foreign.seen == []


def test_a_look_up_is_made_again_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=time.time, monotonic=time.monotonic)
    monkeypatch.setattr(_once, "time", clock)
    with (
        Gate("Bearer t1") as gate,
        running(gate.site, minutes=30) as states,
        SuperOffice(states.tenant(), **BEARER) as client,
    ):
        for minutes, asked in ((0, 1), (28, 1), (30, 2), (31, 2)):
            clock.time = lambda minutes=minutes: time.time() + minutes * 60
            assert client.tickets.get(1).ticket_id == 1
            assert len(states.asked) == asked
            states.said["ValidUntil"] = (datetime.now(UTC) + timedelta(hours=2)).isoformat()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Tenant("Cust 1"), "no context identifier"),
        (lambda: Tenant("../x"), "no context identifier"),
        (lambda: Tenant("Cust1", allowed_hosts="crm.example.com"), r"a list of hosts: \['crm.example.com'\]"),
        (lambda: Tenant("Cust1", environment="stage"), "it is 'qaonline' now"),  # type: ignore[arg-type]
        (lambda: Tenant("Cust1", environment="prod"), "none of sod, qaonline, online"),  # type: ignore[arg-type]
        (lambda: Environment("x", "http://login.example.com"), "plain http"),
        (lambda: Environment("x", "https://login.example.com/"), "without a slash"),
        (lambda: SuperOffice("https://stage.superoffice.com/Cust1"), "it is 'qaonline' now"),
        (lambda: SuperOffice(Tenant("Cust1"), auth=BasicAuth("u", "p")), "on-site installations only"),
        (lambda: SuperOffice(ONLINE, auth=BasicAuth("u", "p")), "on-site installations only"),
        (lambda: SuperOffice(ONLINE, auth=SoTicketAuth("7T:x")), "give app_token="),
        (lambda: SuperOffice(ONLINE, auth=TokenAuth(lambda: "x", scheme="SoTicket")), "give app_token="),
        (lambda: SuperOffice(Tenant("Cust1"), auth=SoTicketAuth("7T:x")), "give app_token="),
        (lambda: TokenAuth("8A:x"), "for a token itself use BearerAuth"),  # type: ignore[arg-type]
        (lambda: Tenant(None), "takes context as text, not as NoneType"),  # type: ignore[arg-type]
        (lambda: TokenAuth(lambda: "x", scheme="Basic"), "neither 'Bearer' nor"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_work_is_refused_with_the_way_out(make: Callable[[], object], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        make()


def test_what_can_work_is_not_refused() -> None:
    for site in (ONLINE, Tenant("Cust1")):
        SuperOffice(site, auth=SoTicketAuth("7T:x"), app_token="app").close()
        SuperOffice(site, auth=TokenAuth(lambda: "x")).close()
        SuperOffice(site, auth=BearerAuth("8A:x")).close()
    for auth in (BasicAuth("u", "p"), SoTicketAuth("7T:x"), BearerAuth("8A:x")):
        SuperOffice("https://crm.example.com", auth=auth).close()


def test_a_client_of_a_tenant_says_which() -> None:
    client = SuperOffice(Tenant("Cust1", environment="qaonline"), auth=BearerAuth("8A:x"))
    assert repr(client) == "SuperOffice(Tenant('Cust1', environment='qaonline'), auth=BearerAuth())"
    assert client.site == ""


def test_a_tenant_from_the_environment() -> None:
    client = SuperOffice.from_env({"SUPEROFFICE_TENANT": "Cust1", "SUPEROFFICE_ENVIRONMENT": "sod"})
    assert repr(client) == "SuperOffice(Tenant('Cust1', environment='sod'), auth=None)"
    assert "environment='online'" in repr(SuperOffice.from_env({"SUPEROFFICE_TENANT": "Cust1"}))
    with pytest.raises(ConfigurationError, match="are both set"):
        SuperOffice.from_env({"SUPEROFFICE_TENANT": "Cust1", "SUPEROFFICE_SITE": ONLINE})
