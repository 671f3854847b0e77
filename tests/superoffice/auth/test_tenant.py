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
import msgspec
import pytest

from superoffice import (
    APIStatusError,
    BadRequestError,
    BasicAuth,
    BearerAuth,
    ConfigurationError,
    ConnectionFailedError,
    Environment,
    InternalServerError,
    RetryPolicy,
    SoTicketAuth,
    SuperOffice,
    Tenant,
    TenantError,
    TenantUnavailableError,
    TokenAuth,
    WrongHostError,
)
from superoffice.transport import single_flight as _once
from superoffice_api.api.ticket.get_tickets import build, get_tickets
from superoffice_api.models import GetTicketsRequest

from ...support.faults import Faults, Visit, answer, sends, status
from ...support.gate import WAYS, Gate, at_once

ONLINE = "https://online3.superoffice.com/Cust1"
ONLINE_ENV = {"SUPEROFFICE_TENANT": "Cust1"}
WAYS_IN = (
    "on-site installations only; online use OAuthAuth, SystemUserAuth, TokenAuth or BearerAuth, or SoTicketAuth with"
)
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


@pytest.mark.parametrize(
    "said", [{"State": "b" * 3000, "IsRunning": False}, {"Api": "a" * 3000}, {"Api": f"https://{'c.' * 2000}example"}]
)
def test_a_sentence_about_a_tenant_is_short_however_much_the_state_service_says(said: dict[str, Any]) -> None:
    with running("http://127.0.0.1:1") as states, SuperOffice(states.tenant(), **BEARER) as client:
        states.said |= said
        with pytest.raises(TenantError) as caught:
            client.tickets.get(1)
        assert len(str(caught.value)) < 800


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
        said = "the tenant Cust1 cannot be called: the state service responded with 500 (asked for"
        assert str(error).startswith(said)
    [error] = at_once(way, tenant, 1, retries=0, **BEARER)
    assert str(error).startswith("the tenant Cust1 could not be looked up: could not connect")
    assert type(error.__cause__) is ConnectionFailedError


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504, 599])
def test_a_state_service_that_fails_is_a_matter_of_time(code: int, way: str) -> None:
    for header, seconds in (
        ("X-None: 1", None),
        ("Retry-After: 1800", 1800),
        (f"Retry-After: {'9' * 30}", 365 * 86400),
    ):
        with Faults(status(code, header)) as service:
            tenant = Tenant("Cust1", environment=Environment("test", service.site))
            [error] = at_once(way, tenant, 1, retries=0, **BEARER)
        assert type(error) is TenantUnavailableError
        assert f"the state service responded with {code}" in str(error)
        assert "check the context identifier" not in str(error)
        if seconds is None:
            assert (error.try_after, str(error).endswith("; try again later")) == (None, True)
        else:
            assert error.try_after is not None
            assert abs((error.try_after - datetime.now(UTC)).total_seconds() - seconds) < 600
            assert str(error).endswith(f"; try again after {error.try_after:%Y-%m-%d %H:%M} UTC")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", [302, 400, 401, 403, 404])
def test_a_state_service_that_refuses_is_not(code: int, way: str) -> None:
    with Faults(status(code, "Location: /")) as service:
        [error] = at_once(way, Tenant("Cust1", environment=Environment("test", service.site)), 1, **BEARER)
    assert type(error) is TenantError
    assert f"responded with {code}" in str(error)
    assert "check the context identifier" in str(error)


@pytest.mark.parametrize("way", WAYS)
def test_a_look_up_that_fails_on_the_way_says_what_to_do_about_that(way: str) -> None:
    with Faults(sends(then="close")) as service:
        [error] = at_once(way, Tenant("Cust1", environment=Environment("test", service.site)), 1, retries=0, **BEARER)
    assert type(error) is TenantUnavailableError
    later = "; try again later; if it stays, check which server responds in the place of the state service"
    assert str(error).endswith(later)
    nowhere = Tenant("Cust1", environment=Environment("test", service.site))
    [error] = at_once(way, nowhere, 1, retries=0, **BEARER)
    assert type(error) is TenantUnavailableError
    assert str(error).endswith("; check that address, the network and any proxy")
    insecure = Tenant("Cust1", environment=Environment("test", service.site.replace("http:", "https:")))
    with Faults(sends(), greeting=b"220 no TLS here\r\n") as service:
        insecure = Tenant("Cust1", environment=Environment("test", service.site.replace("http:", "https:")))
        [error] = at_once(way, insecure, 1, retries=0, **BEARER)
    assert type(error) is TenantError  # which does not pass by itself


STOPPED = [301, 302, 307, 403, 404, 410, 421, 500, 502, 503, 504]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", STOPPED)
def test_a_tenant_that_stopped_running_after_the_first_call_is_told_alike(code: int, way: str) -> None:
    with Faults(sends(answer()), status(code, "Location: /")) as site, running(site.site) as states:
        tenant = states.tenant()
        assert at_once(way, tenant, 1, **BEARER) == [1]
        states.said |= {"State": "Suspended", "IsRunning": False}
        [error] = at_once(way, tenant, 1, **BEARER)
        assert type(error) is TenantUnavailableError
        assert (error.state, error.ids, error.path) == ("Suspended", (1,), "/api/v1/Agents/Ticket/GetTickets")
        assert error.try_after is not None
        assert (len(site.seen), len(states.asked)) == (2, 2)
        states.said |= {"State": "Deleted", "IsRunning": False}
        [error] = at_once(way, tenant, 1, **BEARER)
        assert (type(error), error.state, len(states.asked)) == (TenantError, "Deleted", 3)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", STOPPED)
def test_a_site_that_fails_though_its_tenant_runs_says_so_itself(code: int, way: str) -> None:
    with Faults(status(code, "Location: /")) as site, running(site.site) as states:
        [error] = at_once(way, states.tenant(), 1, retries=RetryPolicy(retries=2, base=0.01), **BEARER)
        assert isinstance(error, APIStatusError)
        assert error.status_code == code
        assert len(states.asked) == 2  # once for the call, however often it is tried
        assert len(site.seen) == (3 if code in (502, 503, 504) else 1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", [403, 404, 503])
def test_a_site_that_fails_says_so_itself_where_the_state_service_fails_too(code: int, way: str) -> None:
    with Faults(sends(answer()), status(code)) as site, running(site.site) as states:
        tenant = states.tenant()
        assert at_once(way, tenant, 1, **BEARER) == [1]
        states.server.scripts = [status(500)]
        [error] = at_once(way, tenant, 1, retries=0, **BEARER)
        assert isinstance(error, APIStatusError)
        assert error.status_code == code


@pytest.mark.parametrize("way", WAYS)
def test_what_does_not_fail_because_of_the_tenant_asks_for_no_state(way: str) -> None:
    for code in (400, 401, 406, 409, 415, 429):
        with Faults(status(code)) as site, running(site.site) as states:
            [error] = at_once(way, states.tenant(), 1, retries=0, **BEARER)
            assert (error.status_code, len(states.asked)) == (code, 1)


@pytest.mark.parametrize("safe", [True, False])
def test_a_call_follows_to_the_new_place_unless_the_old_may_have_carried_it_out(*, safe: bool) -> None:
    operation = msgspec.structs.replace(get_tickets, safe=safe)
    with (
        Gate("Bearer t1") as new,
        Faults(sends(answer()), status(500)) as old,
        running(old.site) as states,
        SuperOffice(states.tenant(), **BEARER) as client,
    ):
        client.tickets.get(1)
        states.move(new.site)
        if safe:
            assert client.send(operation, build(GetTicketsRequest(ticket_ids=[1])))[0].ticket_id == 1
        else:
            with pytest.raises(InternalServerError):
                client.send(operation, build(GetTicketsRequest(ticket_ids=[1])))
        assert len(new.seen) == safe


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        ("2999-01-01T01:00:00+02:00", "2998-12-31 23:00 UTC"),
        ("2999-01-01T01:00:00", "2999-01-01 01:00 UTC"),
        ("9999-12-31T23:59:59-05:00", "9999-12-31 23:59 UTC"),
        ("0001-01-01T00:00:00+05:00", f"{datetime.now(UTC):%Y-}"),
        ("0001-01-01T00:00:00", f"{datetime.now(UTC):%Y-}"),
    ],
)
def test_the_moment_to_try_again_is_in_utc_wherever_the_service_is(until: str, shown: str) -> None:
    with Gate("Bearer t1") as gate, running(gate.site) as states, SuperOffice(states.tenant(), **BEARER) as client:
        states.said["ValidUntil"] = until
        assert client.tickets.get(1).ticket_id == 1
        states.tenant()
        states.said |= {"State": "OfflineMaintenance", "IsRunning": False}
        with SuperOffice(states.tenant(), **BEARER) as other, pytest.raises(TenantUnavailableError) as caught:
            other.tickets.get(1)
        assert f"try again after {shown}" in str(caught.value)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ContextIdentifier": "Cust2"}, "responded for another tenant.*check which server responds"),
        ({"Api": None, "Endpoint": None}, "named no address that can be called"),
        ({"ValidUntil": "soon"}, "cannot be read.*check which server responds"),
        ({"Api": "https://sod2.superoffice.com/Cust1/api"}, r"named https://sod2\.superoffice\.com, where"),
        ({"Api": "http://evil.example/Cust1/api"}, r"named http://evil\.example, where credentials must not go"),
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
            with pytest.raises(TenantError, match=r"must not go|no address"):
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
            assert type(error) is BadRequestError
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
        (lambda: Tenant("Cust 1"), "not a context identifier"),
        (lambda: Tenant("../x"), "not a context identifier"),
        (lambda: Tenant("Cust1", allowed_hosts="crm.example.com"), r"a list of hosts: \['crm.example.com'\]"),
        (lambda: Tenant("Cust1", environment="stage"), "it is 'qaonline' now"),  # type: ignore[arg-type]
        (lambda: Tenant("Cust1", environment="prod"), "must be one of sod, qaonline, online"),  # type: ignore[arg-type]
        (lambda: Environment("x", "http://login.example.com"), "plain http"),
        (lambda: Environment("x", "https://login.example.com/"), "without a slash"),
        (lambda: SuperOffice("https://stage.superoffice.com/Cust1"), "it is 'qaonline' now"),
        (lambda: SuperOffice(Tenant("Cust1"), auth=BasicAuth("u", "p")), WAYS_IN),
        (lambda: SuperOffice(ONLINE, auth=BasicAuth("u", "p")), WAYS_IN),
        (lambda: SuperOffice.from_env({**ONLINE_ENV, "SUPEROFFICE_USER": "u", "SUPEROFFICE_PASSWORD": "p"}), WAYS_IN),
        (
            lambda: SuperOffice(ONLINE, auth=SoTicketAuth("7T:x")),
            "give app_token=, at a terminal SUPEROFFICE_APP_TOKEN",
        ),
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
