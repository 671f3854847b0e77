"""Each page in Chromium: axe-core finds nothing wrong, light and dark, and no page is wider than its window."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from .conftest import PAGES, SITE

PICTURES = os.environ.get("SUPEROFFICE_PICTURES")
LOOKS = {
    "light-desk": ("light", 1280),
    "dark-desk": ("dark", 1280),
    "light-phone": ("light", 390),
    "dark-phone": ("dark", 390),
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(SITE))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shown(browser: Browser, address: str, look: str) -> Iterator[Page]:
    """A page, which may ask this site alone, and has nothing to complain of."""
    scheme, width = LOOKS[look]
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]  - a literal
    told: list[str] = []
    context.on("request", lambda each: told.append(each.url) if not each.url.startswith((address, "data:")) else None)
    page = context.new_page()
    page.set_default_timeout(600_000)  # milliseconds; a busy machine is no mistake of a page's
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    yield page
    context.close()
    assert told == []


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(shown: Page, address: str, name: str, look: str) -> None:
    shown.goto(address + name)
    if PICTURES:
        shown.screenshot(path=Path(PICTURES) / f"{name.replace('/', '-')}-{look}.png", full_page=True)
    found = Axe().run(shown).response["violations"]
    assert [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]] == []
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_keyboard_is_enough(shown: Page, address: str) -> None:
    """The first stop leads past the head of the page; each stop shows where it is; a table can be scrolled."""
    shown.goto(address + "reference/ticket.html")
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent.trim()") == "Skip to content"
    assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    shown.keyboard.press("Enter")
    assert shown.evaluate("location.hash") == "#the-ticket"
    table = shown.locator(".table").first
    table.focus()
    assert shown.evaluate("document.activeElement.classList.contains('table')")


def test_a_keyboard_opens_the_menu_of_a_phone(shown: Page, address: str, look: str) -> None:
    """On a desk the menu is always there. On a phone nothing in it takes the focus before it is opened."""
    shown.goto(address + "index.html")
    menu, button = shown.locator(".md-sidebar--primary"), shown.locator("button[for=__drawer]")
    assert menu.is_visible() == look.endswith("desk")
    if look.endswith("phone"):
        button.press("Enter")
        menu.wait_for(state="visible")
        assert Axe().run(shown).response["violations"] == []
        shown.keyboard.press("Escape")
        menu.wait_for(state="hidden")
        assert button.evaluate("each => each === document.activeElement")
