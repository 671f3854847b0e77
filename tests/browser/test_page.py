"""The page on `/` in a real browser, as a reader meets it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import superoffice_sandbox
from superoffice_sandbox import Credentials, Sandbox

EVIL = {
    7_100_001: "<script>window.struck = 1</script>",
    7_100_002: "<img src=x onerror='window.struck = 1'>",
    7_100_003: "</script><svg onload='window.struck = 1'>",
}
ANSWER = ".live-responses-table"
PICTURES = os.environ.get("SUPEROFFICE_PICTURES")
"""A folder for pictures of the page, for people to look at."""


class Visit:
    """The page, opened, with what went wrong and what it asked for."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.told: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.told.append(str(error)))
        page.on("dialog", lambda dialog: self.told.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(site + "/")
        page.get_by_role("button", name="Execute").wait_for()

    def execute(self, body: str | None = None) -> str:
        if body is not None:
            self.page.locator("textarea.body-param__text").fill(body)
        with self.page.expect_response("**/GetTickets*"):
            self.page.get_by_role("button", name="Execute").click()
        answer = self.page.locator(ANSWER)
        answer.wait_for()
        return answer.inner_text()

    def take(self, body_type: str) -> None:
        self.page.get_by_label("Request content type").select_option(body_type)

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture(params=[1280, 420], ids=["wide", "narrow"])
def visit(request: pytest.FixtureRequest, browser: Browser, box: Sandbox) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    visit = Visit(page, box.site)
    yield visit
    page.close()
    assert visit.told == []
    assert [url for url in visit.asked if not url.startswith((box.site + "/", "data:"))] == []


def test_trying_it_out_shows_the_ticket(visit: Visit, request: pytest.FixtureRequest) -> None:
    visit.picture(f"opened-{request.node.callspec.id}")
    text = visit.execute('{"TicketIds": [1234]}')
    assert text.split()[2] == "200"
    assert '"TicketId": 1234' in text
    assert "Cannot access customer portal - Login button not working" in text
    visit.picture(f"executed-{request.node.callspec.id}")


def test_it_can_be_tried_as_it_stands(visit: Visit) -> None:
    text = visit.execute()
    assert ('"TicketId": 439' in text, text.split()[2]) == (True, "200")


@pytest.mark.parametrize("body_type", ["application/xml", "text/json", "application/merge-patch+json"])
def test_the_body_that_it_makes_up_is_accepted(visit: Visit, body_type: str) -> None:
    visit.take(body_type)
    assert visit.execute().split()[2] == "200"


def test_nothing_from_a_ticket_runs(visit: Visit, box: Sandbox) -> None:
    for number, title in EVIL.items():
        box.add(ticket_id=number, title=title, from_address=title)
    for accept in ("application/json", "text/xml"):
        visit.page.locator(".content-type-wrapper select, .content-type").last.wait_for()
        visit.page.get_by_label("Media Type").first.select_option(accept)
        text = visit.execute(f'{{"TicketIds": {list(EVIL)}}}')
        assert "window.struck" in text
        assert visit.page.evaluate("window.struck") is None
        assert visit.page.locator(f"{ANSWER} img, {ANSWER} script").count() == 0


GAPS = """() => [...document.querySelectorAll("table.parameters tbody tr")].flatMap((row) => {
  const description = row.querySelector("td:last-child").getBoundingClientRect();
  return [...row.querySelectorAll(".parameter__name, .parameter__type")].map((part) => {
    const text = document.createRange();
    text.selectNodeContents(part);
    return description.left - text.getBoundingClientRect().right;
  });
})"""
"""How far each name and type is from the description beside it; measured at once, since the page still moves."""


def test_names_stand_clear_of_what_is_said_of_them(visit: Visit) -> None:
    visit.page.wait_for_function("document.querySelectorAll('table.parameters tbody tr').length === 5")
    gaps = visit.page.evaluate(GAPS)
    assert len(gaps) == 10
    assert min(gaps) >= 8


def test_the_page_says_what_it_is(visit: Visit, browser: Browser) -> None:
    assert "signed in as tje0" in visit.page.locator(".info").inner_text()
    with superoffice_sandbox.start(tickets=0, credentials=Credentials(user="me", password="mine")) as other:
        page = browser.new_page()
        found = Visit(page, other.site)
        assert "press Authorize" in page.locator(".info").inner_text()
        assert found.execute('{"TicketIds": [439]}').split()[2] == "401"
        page.close()
