"""The search: it opens by keyboard, axe-core finds nothing wrong with what it shows, and guides come first."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from .conftest import complaints

WORDS = {  # what a reader types, and the page that tells it
    "export": "guides/export.html",
    "parquet": "guides/export.html",
    "retry": "guides/errors-and-retries.html",
    "retries": "guides/errors-and-retries.html",
    "time zone": "guides/dates-and-languages.html",
    "language": "guides/dates-and-languages.html",
    "select": "guides/select.html",
    "sign in": "guides/sign-in.html",
    "token": "guides/sign-in.html",
    "test": "guides/testing.html",
    "testing": "guides/testing.html",
    "sandbox": "guides/testing.html",
    "pandas": "guides/tables.html",
    "spark": "guides/spark.html",
    "proxy": "guides/proxies-and-certificates.html",
    "doctor": "guides/doctor.html",
    "command line": "guides/command-line.html",
    "install": "start/first-ticket.html",
    "regenerate": "maintain/regenerate.html",
}


def search(page: Page, words: str) -> list[str]:
    """Ask the search, which is open, for words, and give the pages that it shows, the first ones first."""
    items = page.locator(".md-search-result__item > a")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    items.first.wait_for(state="detached")
    page.keyboard.insert_text(words[:-1])  # one key asks once, so that what comes is the answer to all of it
    page.keyboard.press(words[-1])
    items.first.wait_for()
    return [str(path).removeprefix("/") for path in items.evaluate_all("all => all.map(each => each.pathname)")]


def test_axe_finds_nothing_in_what_is_found(shown: Page, address: str) -> None:
    """`export` shows blocks of code that are wider than the list."""
    shown.goto(address + "index.html")
    shown.keyboard.press("/")
    assert search(shown, "export")
    assert shown.locator(".md-search-result__item pre > code").count()
    assert complaints(shown) == []


def test_guides_come_first(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "index.html")
    page.keyboard.press("/")
    found = {words: search(page, words)[0] for words in WORDS}
    page.close()
    assert found == WORDS
