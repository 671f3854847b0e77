"""What the sandbox turns away."""

from __future__ import annotations

import json
import logging
import socket

import httpx
import pytest

import superoffice_sandbox
from superoffice_sandbox import Sandbox

from ..support import web
from ..support.sandbox_calls import PATH, post


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8080", 200),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:1", 200),
        ("evil.example", 421),
        ("evil.example:80", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:80", 421),
        ("10.0.0.1", 421),
        ("", 421),
    ],
)
def test_host_must_be_this_machine(box: Sandbox, host: str, status: int) -> None:
    answer = post(box, [439], Host=host)
    assert answer.status_code == status
    if status != 200:
        assert set(answer.json()) == {"Message", "MessageDetail"}


def test_pages_of_other_sites_may_not_call(box: Sandbox) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1", box.site.replace("http", "https"), ""):
        assert post(box, [439], Origin=origin).status_code == 403
    assert post(box, [439], Origin=box.site).status_code == 200
    preflight = httpx.options(box.site + PATH, headers={"Origin": "https://evil.example"})
    assert not [name for name in preflight.headers if name.lower().startswith("access-control")]


def test_bodies_are_capped(box: Sandbox) -> None:
    big = b'{"TicketIds": [' + b"1," * 600_000 + b"1]}"
    headers = {"Content-Type": "application/json"}
    answer = web.post(box.site + PATH, content=big, auth=("tje0", "Tje0"), headers=headers)
    assert (answer.status_code, set(answer.json())) == (413, {"Message", "MessageDetail"})
    parts = (big[start : start + 10_000] for start in range(0, len(big), 10_000))  # sent in chunks, of no known length
    with httpx.Client() as client:
        try:
            answer = client.post(box.site + PATH, content=parts, auth=("tje0", "Tje0"), headers=headers)
        except httpx.TransportError:
            return  # it may hang up before the rest is sent
    assert answer.status_code == 413


def test_the_number_of_ids_is_capped(box: Sandbox) -> None:
    assert post(box, [439] * 10_000).status_code == 200
    assert post(box, [439] * 10_001).status_code == 413


def test_headers_are_capped(box: Sandbox) -> None:
    assert post(box, [439], **{f"X_{number}": "1" for number in range(200)}).status_code == 431
    assert post(box, [439], X_Large="x" * 40_000).status_code == 431


def test_a_flood_of_header_bytes_ends_the_connection(box: Sandbox) -> None:
    host, port = box.site.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        try:
            connection.sendall(b"POST / HTTP/1.1\r\nX: ")
            for _ in range(200):
                connection.sendall(b"x" * 10_000)
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
        except (BrokenPipeError, ConnectionResetError):
            return


@pytest.mark.parametrize("select", ["' OR 1=1 --", '"; DROP TABLE ticket; --', "../../etc/passwd", "\x00", "Title;--"])
def test_strings_reach_no_sql_and_no_files(box: Sandbox, select: str) -> None:
    answer = web.post(box.site + PATH, params={"$select": select}, json={"TicketIds": [439]}, auth=("tje0", "Tje0"))
    assert answer.status_code == 200
    assert box.store.count() >= 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic"},
        {"Authorization": "Basic ÿ".encode("latin-1")},
        {"Authorization": "Bearer 8A:sandbox-token "[:-2]},
        {"Authorization": "Negotiate x"},
        {"Cookie": 'session="sandbox', "X-XSRF-TOKEN": "sandbox-xsrf"},
        {"X-XSRF-TOKEN": "sandbox-xsrf"},
        {"Cookie": "session=sandbox-session"},
        {"Cookie": "a,b=c; session=sandbox-session", "X-XSRF-TOKEN": "sandbox-xsrf"},
    ],
)
def test_odd_credentials_are_refused(box: Sandbox, headers: dict[str, str | bytes]) -> None:
    answer = web.post(box.site + PATH, json={"TicketIds": [439]}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Basic"


def test_an_open_address_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.WARNING, "superoffice_sandbox"),
        superoffice_sandbox.start(host="0.0.0.0", tickets=0) as box,  # noqa: S104 - what the test is about
    ):
        port = box.site.rsplit(":", 1)[1]
        headers = {"Host": "sandbox.example", "Content-Type": "application/json"}
        body = json.dumps({"TicketIds": [439]})
        answer = web.post(f"http://127.0.0.1:{port}{PATH}", content=body, auth=("tje0", "Tje0"), headers=headers)
        assert answer.status_code == 200
    assert "can be reached from other machines" in caplog.text
