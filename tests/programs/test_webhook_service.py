"""The service for web hooks, in uvicorn, with a chat that takes what it hands on."""

from __future__ import annotations

import base64
import hmac
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from superoffice_sandbox import Sandbox

from .conftest import EXAMPLES, environment_of
from .desk import MISSING

SECRET = "shared with SuperOffice"


class Chat(BaseHTTPRequestHandler):
    """Takes messages, or fails."""

    status = 200
    messages: list[Any] = []  # noqa: RUF012 - of the class, as each request has an instance

    def do_POST(self) -> None:
        self.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as there
        pass


@pytest.fixture(scope="module")
def chat() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Chat) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/messages"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def service(desk: Sandbox, chat: str) -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "uvicorn", "webhook_service:app", "--port", "0", "--app-dir", str(EXAMPLES)]
    environment = {**environment_of(desk), "HOOK_SECRET": SECRET, "FORWARD_TO": chat}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as uvicorn:
        assert uvicorn.stderr is not None
        log = ""
        while not (found := re.search(r"running on (http://\S+)", log)):
            line = uvicorn.stderr.readline()
            assert line, log
            log += line
        rest: list[str] = []
        reader = threading.Thread(target=lambda: rest.extend(uvicorn.stderr or ()))  # so that its log never fills up
        reader.start()
        with httpx.Client(base_url=found[1], timeout=300, trust_env=False) as client:
            yield client
        uvicorn.send_signal(signal.SIGINT)
        reader.join()
    sys.stderr.write(log + "".join(rest))  # which pytest shows where a test failed
    assert "Application shutdown complete" in "".join(rest)  # so both clients were closed


@pytest.fixture(autouse=True)
def well() -> Iterator[None]:
    Chat.messages.clear()
    yield
    Chat.status = 200


def send(service: httpx.Client, *, secret: str = SECRET, **members: object) -> httpx.Response:
    hook = {"Event": "ticket.created", "PrimaryKey": 1234, "Entity": "ticket", "Changes": [], **members}
    body = json.dumps(hook).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    headers = {"Content-Type": "application/json", "X-Superoffice-Signature": signature}
    return service.post("/hook", content=body, headers=headers)


def test_it_hands_on_what_the_ticket_is_about(service: httpx.Client, desk: Sandbox) -> None:
    answer = send(service)
    enriched = {
        "event": "ticket.created",
        "ticket": {
            "ticket_id": 1234,
            "title": "Cannot access customer portal - Login button not working",
            "created_at": "2024-11-15T08:30:00+00:00",
            "deadline": "2024-11-18T16:00:00+00:00",
            "priority_name": "Medium",
            "owned_by_name": "Sarah Johnson",
            "contact_name": "Acme Corporation",
        },
    }
    assert (answer.status_code, answer.json()) == (200, {"forwarded": enriched})
    assert Chat.messages == [enriched]
    (request,) = desk.requests
    assert "Title" in request.query
    assert "PersonFullname" not in request.query


def test_it_takes_hooks_of_superoffice_alone(service: httpx.Client, desk: Sandbox) -> None:
    assert send(service, secret="a guess").status_code == 403
    assert service.post("/hook", json={"Event": "ticket.created", "PrimaryKey": 1234}).status_code == 403
    assert not desk.requests


def test_what_will_never_work_is_not_sent_again(service: httpx.Client, desk: Sandbox) -> None:
    answer = send(service, PrimaryKey=MISSING[0])
    assert answer.status_code == 200
    assert "ticket 5 not found" in answer.json()["ignored"]
    assert send(service, Event="test", PrimaryKey=0).json() == {"ignored": "the event test"}
    assert not Chat.messages


def test_what_may_work_later_is_sent_again(service: httpx.Client, desk: Sandbox) -> None:
    desk.fault(status=403)
    answer = send(service)
    assert (answer.status_code, answer.json()) == (503, {"failed": "PermissionDeniedError"})
    Chat.status = 500
    answer = send(service)
    assert (answer.status_code, answer.json()) == (503, {"failed": "HTTPStatusError"})
