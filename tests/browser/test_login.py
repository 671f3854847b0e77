"""`superoffice login` with a real browser, from the command line to the tickets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

import superoffice_sandbox
from superoffice_sandbox import Sandbox

PICTURES = os.environ.get("SUPEROFFICE_PICTURES")
COMMAND = str(Path(sys.executable).with_name("superoffice"))


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=5) as box:
        yield box


class Login:
    """The command, which waits for its browser, and the page that the browser shows."""

    def __init__(self, box: Sandbox, page: Page, folder: Path) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
        self.box, self.page, self.told = box, page, list[str]()
        self.environment = {**own, "XDG_STATE_HOME": str(folder), "LOCALAPPDATA": str(folder)}
        page.on("console", lambda message: self.told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.told.append(str(error)))
        options = [
            "--environment",
            box.site,
            "--client-id",
            box.identity.client_id,
            "--token-store",
            "file",
            "--no-browser",
        ]
        command = [COMMAND, "login", box.identity.tenant, *options]
        self.process = subprocess.Popen(command, env=self.environment, stdout=PIPE, stderr=PIPE, text=True)
        assert self.process.stdout is not None
        page.goto(self.process.stdout.readline().strip())

    def choose(self, choice: str) -> str:
        self.page.locator("[name=user]").fill(self.box.user)
        self.page.locator("[name=password]").fill(self.box.password)
        self.page.locator(f"button[value={choice}]").click()
        self.page.get_by_role("heading", name="Back to the program").wait_for()
        assert self.page.url.startswith("http://127.0.0.1:")
        return self.page.locator("body").inner_text()

    def ends(self) -> tuple[int, str]:
        said = self.process.communicate(timeout=120)[1]
        return self.process.returncode, said

    def get(self) -> subprocess.CompletedProcess[str]:
        command = [COMMAND, "get", "439", "--output", "jsonl"]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def login(box: Sandbox, browser: Browser, tmp_path: Path) -> Iterator[Login]:
    context = browser.new_context(viewport={"width": 420, "height": 700})
    login = Login(box, context.new_page(), tmp_path)
    yield login
    login.process.kill()
    login.process.communicate()
    context.close()
    assert login.told == []


def test_a_person_signs_in_and_reads_tickets(login: Login) -> None:
    text = login.choose("allow")
    if PICTURES:
        login.page.screenshot(path=Path(PICTURES) / "login.png")
    assert "You can close this window" in text
    assert login.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    code, said = login.ends()
    assert (code, f"Signed in to {login.box.identity.tenant}" in said) == (0, True), said
    done = login.get()
    assert (done.returncode, '"TicketId":439' in done.stdout.replace(" ", "")) == (0, True), done.stderr


def test_a_person_who_says_no_is_not_signed_in(login: Login) -> None:
    login.choose("deny")
    code, said = login.ends()
    assert code == 3
    assert "authentication was refused: access_denied" in said
    assert login.get().returncode == 2


def test_another_page_cannot_answer_in_its_place(login: Login) -> None:
    there = parse_qs(urlsplit(login.page.url).query)["redirect_uri"][0]
    other = login.page.context.new_page()
    answer = other.goto(f"{there}?code=evil&state=guess")
    assert answer is not None
    assert (answer.status, other.get_by_role("heading").inner_text()) == (400, "Not accepted")
    other.goto(f"{login.box.site}/")
    with pytest.raises(Exception, match="Failed to fetch"):
        other.evaluate("address => fetch(address).then(answer => answer.text())", f"{there}?code=evil&state=guess")
    other.close()
    login.choose("allow")
    assert login.ends()[0] == 0
