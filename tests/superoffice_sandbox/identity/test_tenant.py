"""Where a tenant is, and what it answers while it is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

import superoffice_sandbox
from superoffice_sandbox import Identity, Sandbox, TenantState

from .person import call, get, refresh, sign_in, ticket


def state(box: Sandbox, name: str = "Cust12345") -> dict[str, object]:
    answer = get(f"{box.site}/api/state/{name}")
    assert answer.status_code == 200
    return dict(answer.json())


def test_anybody_may_ask_where_a_tenant_is(box: Sandbox) -> None:
    found = state(box)
    until = datetime.strptime(str(found.pop("ValidUntil"))[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    assert timedelta(minutes=50) < until - datetime.now(UTC) < timedelta(minutes=70)
    assert found == {
        "ContextIdentifier": "Cust12345",
        "Endpoint": box.identity.site,
        "State": "Running",
        "IsRunning": True,
        "Api": f"{box.identity.site}/api",
    }
    assert state(box, "cust12345")["ContextIdentifier"] == "Cust12345"
    assert call(box, "Bearer 8A:sandbox-token", site=f"{box.site}/CUST12345") == 200


def test_another_one_is_not_here(box: Sandbox) -> None:
    found = state(box, "Cust%3Cb%3E")
    assert (found["ContextIdentifier"], found["State"], found["IsRunning"]) == ("Cust<b>", "Unknown", False)
    assert (found["Endpoint"], found["Api"]) == (None, None)
    assert call(box, "Bearer 8A:sandbox-token", site=f"{box.site}/Cust99999") == 421
    assert call(box, "Bearer 8A:sandbox-token", site=f"{box.site}/elsewhere") == 404


@pytest.mark.parametrize("name", get_args(TenantState))
def test_it_answers_only_while_it_runs(box: Sandbox, name: TenantState) -> None:
    box.identity.set_state(name, valid_seconds=0)
    found = state(box)
    assert (found["State"], found["IsRunning"]) == (name, name == "Running")
    assert str(found["ValidUntil"])[:19] <= datetime.now(UTC).isoformat()[:19]
    assert call(box, "Bearer 8A:sandbox-token") == (200 if name == "Running" else 503)


def test_it_moves_to_another_name_of_the_same_machine(box: Sandbox) -> None:
    elsewhere = box.site.replace("127.0.0.1", "localhost")
    bearer, so_ticket = f"Bearer {sign_in(box)['access_token']}", f"SoTicket {ticket(box)}"
    before = box.identity.site
    box.identity.move(elsewhere.upper().replace("HTTP", "http") + "/")
    assert (state(box)["Endpoint"], box.identity.site) == (f"{elsewhere}/Cust12345", f"{elsewhere}/Cust12345")
    for signed_in in (bearer, so_ticket):
        assert call(box, signed_in, site=before) == 421
        assert call(box, signed_in) == 421
        assert call(box, signed_in, site=box.identity.site) == 200
    box.identity.move(box.site)
    assert call(box, bearer, site=before) == 200


def test_it_moves_to_another_sandbox_with_what_was_issued(box: Sandbox) -> None:
    tokens = sign_in(box)
    bearer, so_ticket = f"Bearer {tokens['access_token']}", f"SoTicket {ticket(box)}"
    with superoffice_sandbox.start(tickets=0) as new:
        assert call(new, bearer) == 401
        box.identity.move(new)
        assert box.identity.site == f"{new.site}/Cust12345"
        for signed_in in (bearer, so_ticket):
            assert call(box, signed_in) == 421
            assert call(new, signed_in, site=box.identity.site) == 200
        box.clock.forward(hours=1)
        assert new.clock is box.clock
        assert call(new, bearer) == 401
        refreshed = refresh(box, tokens["refresh_token"]).json()["access_token"]  # people still sign in where they did
        assert call(new, f"Bearer {refreshed}") == 200


@pytest.mark.parametrize(
    "to", ["", "localhost:80", "ftp://localhost", "http://", "http://localhost/Cust1", "http://a?b"]
)
def test_it_moves_to_a_host(box: Sandbox, to: str) -> None:
    with pytest.raises(ValueError, match="can move to a host"):
        box.identity.move(to)


def test_states_are_those_that_are_known(box: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"one of Unknown, .*got 'Asleep'"):
        box.identity.set_state("Asleep")  # type: ignore[arg-type]
    for wrong in (-1.0, 1e9, float("nan")):
        with pytest.raises(ValueError, match="valid for 0 s to a year"):
            box.identity.set_state("Running", valid_seconds=wrong)


def test_two_sandboxes_do_not_share_what_they_issued(box: Sandbox) -> None:
    bearer = f"Bearer {sign_in(box)['access_token']}"
    assert call(box, bearer) == 200
    box.identity = Identity(box.credentials, environment_url=box.site)
    assert call(box, bearer) == 401
