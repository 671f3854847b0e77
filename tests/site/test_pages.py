"""Each page in Chromium: axe-core finds nothing wrong, light and dark, and no page is wider than its window."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from .conftest import PAGES, complaints

PICTURES = os.environ.get("SUPEROFFICE_PICTURES")


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(shown: Page, address: str, name: str, look: str) -> None:
    shown.goto(address + name)
    if PICTURES:
        shown.screenshot(path=Path(PICTURES) / f"{name.replace('/', '-')}-{look}.png", full_page=True)
    assert complaints(shown) == []
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
        assert complaints(shown) == []
        shown.keyboard.press("Escape")
        menu.wait_for(state="hidden")
        assert button.evaluate("each => each === document.activeElement")


def test_no_button_covers_code(browser: Browser, address: str) -> None:
    """On a phone long lines reach the button that copies them; it has a line of its own."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(address + "start/cheat-sheet.html")
    page.wait_for_selector("pre .md-code__nav")
    covered = page.eval_on_selector_all(
        "pre:has(.md-code__nav)",
        """all => all.filter(block => {
          const lines = document.createRange();
          lines.selectNodeContents(block.querySelector("code"));
          const button = block.querySelector(".md-code__nav").getBoundingClientRect();
          return lines.getBoundingClientRect().top < button.bottom;
        }).length""",
    )
    page.close()
    assert covered == 0


def test_no_table_is_wider_than_a_phone(browser: Browser, address: str) -> None:
    """It could be scrolled, but who does not know hides what one came for."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    wide, count = [], 0
    for name in PAGES:
        page.goto(address + name)
        tables = page.eval_on_selector_all(".table", "all => all.map(each => [each.scrollWidth, each.clientWidth])")
        wide += [(name, there, room) for there, room in tables if there > room]
        count += len(tables)
    page.close()
    assert wide == []
    assert count > 50
