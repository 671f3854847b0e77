"""The sandbox's sign-in in a real browser, as a person meets it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page

import superoffice_sandbox
from superoffice_sandbox import Sandbox

CHALLENGE = "A" * 43
PICTURES = os.environ.get("SUPEROFFICE_PICTURES")


class Application(HTTPServer):
    """Where people are sent back to; on any port of this machine."""

    def __init__(self) -> None:
        self.came: list[str] = []
        super().__init__(("127.0.0.1", 0), _Callback)

    @property
    def redirect_uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/callback"


class _Callback(BaseHTTPRequestHandler):
    server: Application

    def do_GET(self) -> None:
        self.server.came.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"You may close this page.")

    def log_message(self, *_: object) -> None:
        """Do nothing: a test wants no log."""


@pytest.fixture
def application() -> Iterator[Application]:
    with Application() as application:
        thread = threading.Thread(target=application.serve_forever, args=(0.05,))
        thread.start()
        yield application
        application.shutdown()
        thread.join()


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=0) as box:
        yield box


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    yield page
    context.close()
    assert not [text for text in told if "Failed to load" not in text]  # wrong passwords and requests get 4xx


def consent(box: Sandbox, application: Application, site: str = "", **changes: str) -> str:
    asked = {
        "client_id": box.identity.client_id,
        "redirect_uri": application.redirect_uri,
        "response_type": "code",
        "scope": "openid",
        "state": "<b>&state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{site or box.site}/login/common/oauth/authorize?{urlencode(asked | changes)}"


def sent(application: Application) -> dict[str, str]:
    (path,) = [path for path in application.came if path.startswith("/callback")]
    return dict(parse_qsl(urlsplit(path).query))


def test_a_person_agrees_and_is_sent_back(box: Sandbox, application: Application, page: Page) -> None:
    page.goto(consent(box, application))
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "sign-in.png")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("User").fill(box.user)
    page.get_by_label("Password").fill(box.password)
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("You may close this page.").wait_for()
    back = sent(application)
    assert (set(back), back["state"]) == ({"code", "state"}, "<b>&state")


def test_a_person_denies(box: Sandbox, application: Application, page: Page) -> None:
    page.goto(consent(box, application, site=box.site.replace("127.0.0.1", "localhost")))
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("You may close this page.").wait_for()
    assert sent(application)["error"] == "access_denied"


def test_an_application_that_asks_wrongly_is_told_at_once(box: Sandbox, application: Application, page: Page) -> None:
    page.goto(consent(box, application, response_type="token"))
    page.get_by_text("You may close this page.").wait_for()
    assert sent(application)["error"] == "unsupported_response_type"


def test_nobody_is_sent_to_an_address_that_is_not_registered(
    box: Sandbox, application: Application, page: Page
) -> None:
    page.goto(consent(box, application, redirect_uri=f"{application.redirect_uri}/other"))
    page.get_by_text("redirect_uri is not registered").wait_for()
    assert not application.came


def test_a_browser_session_reads_tickets_with_its_xsrf_value(box: Sandbox, page: Page) -> None:
    page.goto(box.identity.session_url)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text(f"You are signed in as {box.user}").wait_for()
    hidden = page.locator("input[name=XSRF_TOKEN]").input_value()
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["XSRF-TOKEN"]["value"] == hidden
    assert cookies["session"]["httpOnly"]
    page.goto(box.identity.session_url)
    assert page.locator("input[name=XSRF_TOKEN]").input_value() == hidden
    asked = page.context.request.post(
        f"{box.site}/api/v1/Agents/Ticket/GetTickets", data={"TicketIds": [439]}, headers={"X-XSRF-TOKEN": hidden}
    )
    assert (asked.status, [ticket["TicketId"] for ticket in asked.json()]) == (200, [439])
