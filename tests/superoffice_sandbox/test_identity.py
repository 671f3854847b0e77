"""Tenants and web sessions against the sandbox's other side of sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import superoffice_sandbox
from superoffice import (
    AuthenticationError,
    BearerAuth,
    Environment,
    InternalServerError,
    SuperOffice,
    Tenant,
    TenantError,
    TenantUnavailableError,
    TokenAuth,
    XsrfAuth,
)
from superoffice.doctor.report import diagnose
from superoffice_sandbox import Identity, Sandbox

from ..support.gate import WAYS, at_once


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=20) as running:
        yield running


@pytest.fixture
def box(running: Sandbox) -> Sandbox:
    running.identity = Identity(running.credentials, environment_url=running.site)
    running.requests.clear()
    return running


def tenant(box: Sandbox, name: str = "Cust12345") -> Tenant:
    return Tenant(name, environment=Environment("sandbox", box.site))


def bearer(box: Sandbox) -> BearerAuth:
    return BearerAuth(box.credentials.token)


def asked(box: Sandbox) -> list[str]:
    return [request.path.rpartition("/")[2] for request in box.requests]


@pytest.mark.parametrize("way", WAYS)
def test_a_tenant_is_found_and_followed(way: str, box: Sandbox) -> None:
    where = tenant(box)
    assert at_once(way, where, 3, auth=bearer(box)) == [1, 2, 3]
    with superoffice_sandbox.start(tickets=20) as new:
        box.identity.move(new)
        assert at_once(way, where, 20, auth=bearer(box)) == list(range(1, 21))
        assert where.site == f"{new.site}/Cust12345"
    assert asked(box).count("Cust12345") == 2


def test_a_tenant_of_another_name_of_this_machine(box: Sandbox) -> None:
    box.identity.move(box.site.replace("127.0.0.1", "localhost"))
    with SuperOffice(tenant(box), auth=bearer(box)) as client:
        assert client.tickets.get(439).ticket_id == 439
        assert client.site.startswith("http://localhost:")


def test_an_export_goes_on_where_the_tenant_moved(box: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    with SuperOffice(tenant(box), auth=bearer(box), batch_size=1, retries=0) as client:
        box.fault("status", status=500)
        with pytest.raises(InternalServerError):
            client.tickets.export([1, 2, 3], file)
        with superoffice_sandbox.start(tickets=20) as new:
            box.identity.move(new)
            client.tickets.export([1, 2, 3], file)
    assert len(file.read_text().splitlines()) == 4


def test_a_tenants_state_is_told(box: Sandbox) -> None:
    with SuperOffice(tenant(box), auth=bearer(box)) as client:
        box.identity.set_state("OfflineMaintenance", valid_seconds=600)
        with pytest.raises(TenantUnavailableError, match=r"is offline .*\(OfflineMaintenance\)") as caught:
            client.tickets.get(439)
        assert caught.value.try_after is not None
        box.identity.set_state("Running")
        assert client.tickets.get(439).ticket_id == 439
    with (
        SuperOffice(tenant(box, "Cust99999"), auth=bearer(box)) as client,
        pytest.raises(TenantError, match=r"not known to the environment \(Unknown\)"),
    ):
        client.tickets.get(439)


def test_a_state_service_that_fails_is_asked_again(box: Sandbox) -> None:
    box.identity.fault("state", "status", status=503)
    with SuperOffice(tenant(box), auth=bearer(box)) as client:
        assert client.tickets.get(439).ticket_id == 439
    assert asked(box).count("Cust12345") == 2


def test_a_token_that_ends_while_the_tenant_moves(box: Sandbox) -> None:
    given = iter(["8A:over", box.credentials.token])
    where = tenant(box)
    with SuperOffice(where, auth=TokenAuth(lambda: next(given))) as client, superoffice_sandbox.start(tickets=5) as new:
        with SuperOffice(where, auth=bearer(box)) as other:
            other.tickets.get(439)
        box.identity.move(new)
        assert client.tickets.get(439).ticket_id == 439


def browser_session(box: Sandbox) -> XsrfAuth:
    """Sign in with a browser, and take over its session."""
    with httpx.Client(verify=False) as browser:  # noqa: S501 - the sandbox speaks plain http
        page = browser.post(box.identity.session_url, data={"user": box.user, "password": box.password})
        return XsrfAuth.from_page(page.text, dict(browser.cookies))


@pytest.mark.parametrize("way", WAYS)
def test_a_web_session_goes_on_while_the_site_refreshes_its_value(way: str, box: Sandbox) -> None:
    auth = browser_session(box)
    box.identity.refresh_xsrf(every=600)
    for _ in range(3):
        box.clock.forward(seconds=600)
        assert at_once(way, box.site, 10, auth=auth) == list(range(1, 11))
    box.identity.expire()
    [error] = at_once(way, box.site, 1, auth=auth)
    assert type(error) is AuthenticationError


def test_a_web_session_that_missed_a_refresh_is_over(box: Sandbox) -> None:
    auth, other = browser_session(box), browser_session(box)
    box.identity.refresh_xsrf()
    with SuperOffice(box.site, auth=auth) as client, SuperOffice(box.site, auth=other) as second:
        assert client.tickets.get(439).ticket_id == 439
        box.clock.forward(seconds=61)
        assert client.tickets.get(439).ticket_id == 439  # with the value that came with the last answer
        assert second.tickets.get(439).ticket_id == 439  # its own value was not refreshed meanwhile


@pytest.mark.off_document("the doctor asks on purpose what the document does not have, to see what comes")
def test_the_doctor_finds_a_tenant(box: Sandbox) -> None:
    report = diagnose(tenant(box), auth=bearer(box), ids=[439, 829])
    assert not report.failed
    assert report.findings[0].seen == f"{box.site}/Cust12345, where Cust12345 is now"
    report = diagnose(tenant(box), auth=TokenAuth(lambda: box.credentials.token), ids=[439, 829])
    assert next(found.seen for found in report.findings if found.name == "authentication") == "accepted with TokenAuth"
    report = diagnose(tenant(box), auth=TokenAuth(lambda: ""), ids=[439])
    assert report.findings[-1].seen == "the function that must return a token returned none"
    assert report.findings[-1].advice == "Look at the error's cause, and sign in again if it stays."
    box.identity.set_state("Suspended")
    report = diagnose(tenant(box), auth=bearer(box), ids=[439])
    [finding] = report.findings
    assert (finding.name, finding.level) == ("address", "fail")
    assert "is suspended" in finding.seen
    assert finding.advice.startswith("Try again after ")
