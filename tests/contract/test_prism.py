"""Prism, as its users have it, stands between a client and the sandbox, and checks both sides of each call."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

import superoffice_sandbox
from superoffice import BasicAuth, SuperOffice
from superoffice_sandbox import Behaviour, Sandbox

DOCUMENT = Path(__file__).parents[2] / "openapi/superoffice.yaml"
PRISM = ["npx", "--yes", "@stoplight/prism-cli@5.16.0", "proxy", str(DOCUMENT)]
PATH = "/api/v1/Agents/Ticket/GetTickets"
VARIANTS: list[dict[str, Any]] = [  # null and errors in place of tickets are left out: the document has words for them
    {},
    *({"empty_date": value} for value in ("utc", "offset")),
    *({"offsets": value} for value in ("always", "never")),
    *({"date_form": value} for value in ("compact", "ticks")),
    *({"unselected": value} for value in ("omit", "default")),
    *({"error_shape": value} for value in ("typed", "agent")),
    {"missing": "default"},
    {"stamps": "utc", "duplicates": "once", "empty_date": "offset", "base_zone": "US-NY"},
]
ZONES = [None, "UTC", "NO, includeTZOffset", "460, includeTZOffset", "includeTZOffset"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=50) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def prism(sandbox: Sandbox) -> Iterator[str]:
    """Start Prism, which answers a call or a response that does not fit the document with an error of its own."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*PRISM, sandbox.site, "--errors", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as running:
        try:
            assert running.stdout
            seen = ""
            while "Prism is listening" not in seen:
                line = running.stdout.readline()
                assert line, seen
                seen += line
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(running.pid, signal.SIGTERM)


@pytest.fixture
def http(sandbox: Sandbox, prism: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prism, auth=(sandbox.user, sandbox.password), timeout=30) as http:
        yield http
    sandbox.behaviour = Behaviour()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("variant", VARIANTS, ids=map(str, VARIANTS))
def test_prism_finds_nothing(http: httpx.Client, sandbox: Sandbox, variant: dict[str, Any], zone: str | None) -> None:
    sandbox.behaviour = Behaviour(**variant)
    headers = {} if zone is None else {"SO-TimeZone": zone}
    body = {"TicketIds": [1, 439, 829, 1234, 77777, 1]}
    for select in (None, "TicketId,CreatedAt,ClosedAt,Slevel,TableRight/Mask"):
        query = {} if select is None else {"$select": select}
        through = http.post(PATH, json=body, headers=headers, params=query)
        direct = http.post(sandbox.site + PATH, json=body, headers=headers, params=query)
        assert (through.status_code, through.headers.get("sl-violations")) == (200, None), through.text
        assert through.json() == direct.json() != []
        if select is None and variant in ({}, {"missing": "default"}):
            assert "0001-01-01T00:00:00" in through.text


@pytest.mark.parametrize("status", [400, 403, 404, 421, 429, 500, 503])
@pytest.mark.parametrize("shape", ["message", "typed", "agent"])
def test_prism_finds_nothing_in_errors(http: httpx.Client, sandbox: Sandbox, shape: Any, status: int) -> None:
    sandbox.behaviour = Behaviour(error_shape=shape)
    sandbox.fault("status", status=status)
    failed = http.post(PATH, json={"TicketIds": [1]})
    assert (failed.status_code, failed.headers.get("sl-violations")) == (status, None), failed.text


def test_prism_finds_nothing_in_refusals(http: httpx.Client, sandbox: Sandbox) -> None:
    wrong = http.post(PATH, json={"TicketIds": [1]}, auth=(sandbox.user, "wrong"))
    assert (wrong.status_code, wrong.json()["Message"]) == (401, "Authorization has been denied for this request.")
    sandbox.behaviour = Behaviour(calls_per_second=1)
    statuses = [http.post(PATH, json={"TicketIds": [1]}).status_code for _ in range(3)]
    assert set(statuses) == {200, 429}


def test_prism_finds_what_does_not_fit(http: httpx.Client, sandbox: Sandbox) -> None:
    """It is silent about all, where it cannot make a validator of the document."""
    for wrong in ({"ClosedAt": "2024-13-01T00:00:00"}, {"Deadline": "0001-01-01"}, {"Slevel": "Secret"}, {"Title": 1}):
        sandbox.fault(body=json.dumps([{"TicketId": 1, **wrong}]))
        found = http.post(PATH, json={"TicketIds": [1]})
        assert (found.status_code, next(iter(wrong)) in found.headers["sl-violations"]) == (500, True)
    for request in ({"TicketIds": []}, {"TicketIds": [0]}):
        assert http.post(PATH, json=request).status_code == 422
    assert http.post(PATH, json={"TicketIds": [1]}, headers={"SO-TimeZone": "Europe/Oslo"}).status_code == 422


def test_our_client_works_through_prism(prism: str, sandbox: Sandbox) -> None:
    with SuperOffice(prism, auth=BasicAuth(sandbox.user, sandbox.password)) as client:
        batch = client.tickets.get_many([439, 1234, 77777], select=["created_at", "closed_at"])
    assert [ticket.closed_at is None for ticket in batch] == [True, False]
    assert (batch.missing, batch.problems) == ((77777,), ())
