"""The server that a browser comes back to, as browsers and as others call it."""

from __future__ import annotations

import socket
import threading
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from superoffice import ConfigurationError
from superoffice.auth.login import Callback
from superoffice.auth.oauth import Attempt

SERVER = "https://sod.superoffice.com"
FREE = "http://127.0.0.1/callback"


def ask(callback: Callback, target: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, str]:
    parts = urlsplit(callback.redirect)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    try:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


def waits(attempt: Attempt, redirect: str = FREE) -> Callback:
    return Callback(redirect, attempt.accepts, SERVER)


def test_the_right_answer_is_taken_once() -> None:
    attempt = Attempt()
    with waits(attempt) as callback:
        assert callback.wait(0) is None
        answer, page = ask(callback, f"/callback?code=c0de&state={attempt.state}")
        assert (answer.status, callback.wait(60)) == (200, f"code=c0de&state={attempt.state}")
        assert "c0de" not in repr(callback.wait(0))
        assert "You can close this window" in page
        again, page = ask(callback, f"/callback?code=other&state={attempt.state}")
        assert again.status == 400
        assert "c0de" in str(callback.wait(0))
    assert callback.socket.fileno() == -1  # nothing listens any more


def test_an_attackers_answers_are_refused_and_the_right_one_still_comes() -> None:
    attempt = Attempt()
    query = f"code=c0de&state={attempt.state}"
    wrong: dict[str, tuple[str, dict[str, str], int]] = {
        "another state": (f"/callback?code=evil&state={Attempt().state}", {}, 400),
        "no state": ("/callback?code=evil", {}, 400),
        "part of the state": (f"/callback?code=evil&state={attempt.state[:-1]}", {}, 400),
        "two states": (f"/callback?code=evil&state={attempt.state}&state=x", {}, 400),
        "two codes": (f"/callback?{query}&code=evil", {}, 400),
        "no code": (f"/callback?state={attempt.state}", {}, 400),
        "code and error": (f"/callback?{query}&error=x", {}, 400),
        "odd state": ("/callback?code=evil&state=%C3%A9", {}, 400),
        "many parameters": (f"/callback?{query}&{'&'.join(f'a{n}=1' for n in range(40))}", {}, 400),
        "a name bent to this machine": (f"/callback?{query}", {"Host": "evil.example"}, 421),
        "another port": (f"/callback?{query}", {"Host": "127.0.0.1"}, 421),
        "a page elsewhere": (f"/callback?{query}", {"Origin": "https://evil.example"}, 403),
        "a page of no origin": (f"/callback?{query}", {"Origin": "null"}, 403),
        "another path": (f"/callback/?{query}", {}, 404),
        "the root": (f"/?{query}", {}, 404),
    }
    with waits(attempt) as callback:
        for name, (target, headers, status) in wrong.items():
            answer, page = ask(callback, target, **headers)
            assert (answer.status, callback.wait(0)) == (status, None), name
            assert "Not accepted" in page
            assert "evil" not in page
        assert ask(callback, f"/callback?{query}", "POST")[0].status == 501
        assert ask(callback, f"/callback?{query}", Origin=SERVER)[0].status == 200
        assert callback.wait(60) == query


def raw(callback: Callback, content: bytes) -> bytes:
    parts = urlsplit(callback.redirect)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_odd_requests_neither_pass_nor_end_the_wait(capfd: pytest.CaptureFixture[str]) -> None:
    attempt = Attempt()
    target = f"/callback?code=c0de&state={attempt.state}"
    with waits(attempt) as callback:
        host = urlsplit(callback.redirect).netloc
        idle = socket.create_connection((urlsplit(callback.redirect).hostname, urlsplit(callback.redirect).port))
        assert raw(callback, b"") == b""
        assert b"421" in raw(callback, f"GET {target} HTTP/1.1\r\n\r\n".encode()).partition(b"\r\n")[0]
        twice = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"
        assert b"421" in raw(callback, twice.encode()).partition(b"\r\n")[0]
        origins = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: {SERVER}\r\nOrigin: {SERVER}\r\n\r\n"
        assert b"403" in raw(callback, origins.encode()).partition(b"\r\n")[0]
        assert b"414" in raw(callback, b"GET /" + b"a" * 70_000)
        assert b"400" in raw(callback, b"what?\r\n\r\n")
        assert callback.wait(0) is None
        assert ask(callback, target)[0].status == 200
        assert callback.wait(60)
        idle.close()
    assert capfd.readouterr() == ("", "")


def test_a_browser_that_hangs_up_has_answered_all_the_same() -> None:
    attempt = Attempt()
    with waits(attempt) as callback:
        parts = urlsplit(callback.redirect)
        connection = socket.create_connection((parts.hostname, parts.port))
        connection.sendall(
            f"GET /callback?code=1&state={attempt.state} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        )
        connection.close()
        assert callback.wait(60)


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[Any] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href", "action") and value != "data:,"]


def test_the_page_is_plain_and_safe() -> None:
    attempt = Attempt()
    with waits(attempt) as callback:
        answer, page = ask(callback, f"/callback?code=<script>&state={attempt.state}")
    assert set(Page(page).tags) <= {"html", "head", "meta", "link", "title", "body", "h1", "p"}
    assert Page(page).outside == []
    assert "script" not in page
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Server" not in answer.headers
    assert "Location" not in answer.headers


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


SIX = ["http://[::1]/a/b"] if _has_ipv6() else []


@pytest.mark.parametrize("redirect", ["http://localhost/", "http://127.0.0.1", *SIX])
def test_it_listens_where_the_application_is_registered(redirect: str) -> None:
    attempt = Attempt()
    with waits(attempt, redirect) as callback:
        there, registered = urlsplit(callback.redirect), urlsplit(redirect)
        assert (there.hostname, there.path) == (registered.hostname, registered.path)
        assert ask(callback, f"{there.path or '/'}?code=1&state={attempt.state}")[0].status == 200
        with pytest.raises(ConfigurationError, match=r"cannot listen on .*free that port"):
            waits(attempt, f"http://{there.netloc}/callback")


@pytest.mark.parametrize(
    ("redirect", "said"),
    [
        ("https://127.0.0.1/callback", "not plain http to this machine"),
        ("http://crm.example.com/callback", "not plain http to this machine"),
        ("http://127.0.0.1.evil.example/callback", "not plain http to this machine"),
        ("http://me@127.0.0.1/callback", "not plain http to this machine"),
        ("http://127.0.0.1:0/callback", "the port 0"),
        ("http://127.0.0.1:99999/callback", "not an address"),
        ("http://127.0.0.1/callback?a=b", "a query"),
        ("http://127.0.0.1/callback#a", "a fragment"),
        ("callback", "not plain http"),
    ],
)
def test_a_redirect_elsewhere_is_refused(redirect: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        waits(Attempt(), redirect)


def test_many_browsers_at_once_are_one_answer() -> None:
    attempt = Attempt()
    found: list[int] = []
    with waits(attempt) as callback:
        target = f"/callback?code=1&state={attempt.state}"
        threads = [threading.Thread(target=lambda: found.append(ask(callback, target)[0].status)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == [200] + [400] * 7
