"""The sandbox by itself, seen as any HTTP client sees it."""

from __future__ import annotations

import gc
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

import superoffice_sandbox
from superoffice.select import FIELDS
from superoffice_sandbox import Sandbox
from superoffice_sandbox.seed import tickets
from superoffice_sandbox.store import Store, StoreError

from ..support import web

PATH = "/api/v1/Agents/Ticket/GetTickets"


def ask(box: Sandbox, body: Any, query: str = "", auth: tuple[str, str] | None = ("tje0", "Tje0")) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.post(box.site + PATH + query, content=content, auth=auth, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tickets": "many"}, "tickets must be a whole number"),
        ({"tickets": -1}, "tickets must not be negative"),
        ({"behaviour": {"missing": "null"}}, "behaviour must be a Behaviour, such as Behaviour"),
        ({"credentials": ("me", "mine")}, "credentials must be Credentials, such as Credentials"),
    ],
)
@pytest.mark.parametrize("make", [superoffice_sandbox.start, superoffice_sandbox.create_app])
def test_a_setting_of_another_kind_is_refused(make: Callable[..., Any], options: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said) as caught:
        make(**options)
    assert "mine" not in str(caught.value)


def test_credentials_are_texts() -> None:
    with pytest.raises(TypeError, match=r"^password must be text \(got a int\)$"):
        superoffice_sandbox.Credentials(password=5)  # type: ignore[arg-type]


def test_ticket_1234_is_the_pages_sample(box: Sandbox, page_sample: dict[str, Any]) -> None:
    answer = ask(box, {"TicketIds": [1234]})
    assert answer.json() == [page_sample]
    assert list(answer.json()[0]) == list(page_sample)


def test_the_pages_request_is_answered_in_order(box: Sandbox) -> None:
    assert [ticket["TicketId"] for ticket in ask(box, {"TicketIds": [829, 439]}).json()] == [829, 439]
    assert [ticket["TicketId"] for ticket in ask(box, {"ticketids": [439, 70000, 829]}).json()] == [439, 829]


def test_select_nulls_the_rest(box: Sandbox) -> None:
    (ticket,) = ask(box, {"TicketIds": [439]}, "?$select=ticketid,%20TITLE,TableRight/Mask,nonsense").json()
    assert {name for name, value in ticket.items() if value is not None} == {"TicketId", "Title", "TableRight"}
    assert list(ticket) == list(FIELDS)


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[]", b"{}", b'{"TicketIds": ["1"]}', b'{"TicketIds": [4294967296]}', b"\xff"]
)
def test_a_wrong_body_is_refused_in_a_documented_shape(box: Sandbox, body: bytes) -> None:
    answer = ask(box, body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"Message", "MessageDetail"}


def test_sign_in_is_checked(box: Sandbox) -> None:
    for auth in (None, ("tje0", "wrong"), ("other", "Tje0")):
        answer = ask(box, {"TicketIds": [1]}, auth=auth)
        assert (answer.status_code, set(answer.json())) == (401, {"Message", "MessageDetail"})
    assert ask(box, {"TicketIds": [1]}).status_code == 200


def test_elsewhere_is_not_found(box: Sandbox) -> None:
    for answer, status in ((web.get(box.site + PATH), 405), (web.post(box.site + "/api/v1/Other"), 404)):
        assert (answer.status_code, set(answer.json())) == (status, {"Message", "MessageDetail"})
    assert web.get(box.site + PATH).headers["Allow"] == "POST"


def test_seeded_tickets_are_the_same_for_the_same_seed() -> None:
    assert list(tickets(20, 7)) == list(tickets(20, 7))
    assert list(tickets(20, 7)) != list(tickets(20, 8))
    assert list(tickets(20, 7))[:10] == list(tickets(10, 7))[:10]
    assert [ticket["TicketId"] for ticket in tickets(3, 1)] == [1, 2, 3, 439, 829, 1234]
    assert len({ticket["TicketId"] for ticket in tickets(2000, 1)}) == 2000


def test_a_file_keeps_its_tickets(tmp_path: Path) -> None:
    file = tmp_path / "tickets.db"
    with superoffice_sandbox.start(db=file, tickets=5) as box:
        box.store.add([{"TicketId": 7777, "Title": "kept", "HasAttachment": False}])
    with superoffice_sandbox.start(db=file, tickets=9) as box:
        (ticket,) = ask(box, {"TicketIds": [7777]}).json()
        assert (ticket["Title"], ticket["HasAttachment"], ticket["Author"]) == ("kept", False, None)
        assert box.store.count() == 9
    connection = sqlite3.connect(file)
    assert connection.execute('SELECT "Title" FROM ticket WHERE "TicketId" = 7777').fetchall() == [("kept",)]
    connection.close()


def test_another_file_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to look like a file with a header " * 20)
    with pytest.raises(StoreError, match="is not a SQLite file"):
        Store(text)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE ticket (a)")
    connection.close()
    with pytest.raises(StoreError, match="other tables"):
        Store(other)


def test_stopping_leaves_no_thread_and_no_port() -> None:
    before = set(threading.enumerate())
    box = superoffice_sandbox.start(tickets=0)
    port = int(box.site.rsplit(":", 1)[1])
    assert set(threading.enumerate()) - before
    box.stop()
    box.stop()
    assert not set(threading.enumerate()) - before
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
        again.listen()  # nobody else does


def test_one_that_was_never_started_can_be_stopped() -> None:
    box = Sandbox(tickets=0)
    box.stop()
    box.stop()
    with pytest.raises(OSError, match="Bad file"):
        box.start()


def test_a_port_that_another_one_took_meanwhile_is_an_error() -> None:
    one = Sandbox(tickets=0)
    two = Sandbox(tickets=0, port=int(one.site.rsplit(":", 1)[1]))  # both may hold it, but only one may listen
    with one.start():
        with pytest.raises(OSError, match="in use"):
            two.start()
        assert ask(one, {"TicketIds": [439]}).status_code == 200
    two.stop()


def test_a_start_that_does_not_come_about_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("superoffice_sandbox.server._START_SECONDS", 0.05)
    end = threading.Event()
    box = Sandbox(tickets=0)
    monkeypatch.setattr(box, "_run", end.wait)
    with pytest.raises(RuntimeError, match=r"did not start within 0\.05 s"):
        box.start()
    end.set()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        box.store.count()


@pytest.mark.off_document("the answer that nobody reads has no body")
def test_a_caller_that_leaves_half_way_is_recorded_and_harms_nobody() -> None:
    with superoffice_sandbox.start(tickets=0) as box:
        address = ("127.0.0.1", int(box.site.rsplit(":", 1)[1]))
        with socket.create_connection(address) as caller:
            caller.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{{".encode())
        deadline = time.monotonic() + 20
        while not box.requests and time.monotonic() < deadline:
            time.sleep(0.01)
        (left,) = box.requests
        assert (left.body, left.status_code) == (b"{", 400)
        assert ask(box, {"TicketIds": [439]}).status_code == 200


def test_a_taken_port_is_an_error(box: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=int(box.site.rsplit(":", 1)[1]), tickets=0)


def test_a_sandbox_that_stops_leaves_none_of_its_connections_open() -> None:
    with ExitStack() as clients:
        for _ in range(5):
            with superoffice_sandbox.start(tickets=0) as box:  # some are not accepted yet when it stops, or only just
                port = httpx.URL(box.site).port
                for _ in range(5):
                    clients.enter_context(socket.create_connection(("127.0.0.1", port)))
        gc.collect()  # what is open still warns now, and a warning fails the test
