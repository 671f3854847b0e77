"""The site that `nox -s docs` made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from ..browser.conftest import browser

__all__ = ["browser"]

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build/site"
PAGES = sorted(page.relative_to(SITE).as_posix() for page in SITE.rglob("*.html"))
LOOKS = {
    "light-desk": ("light", 1280),
    "dark-desk": ("dark", 1280),
    "light-phone": ("light", 390),
    "dark-phone": ("dark", 390),
}


@attrs.define
class Seen:
    """What a page refers to, and what can be referred to in it."""

    links: list[str] = attrs.Factory(list)
    loads: list[str] = attrs.Factory(list)
    ids: set[str] = attrs.Factory(set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen = Seen()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.seen.ids.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.seen.links.append(given["href"])
        elif tag == "link" and "href" in given:
            self.seen.loads.append(given["href"])
        if "src" in given:
            self.seen.loads.append(given["src"])


def read(page: str) -> Seen:
    reader = _Reader()
    reader.feed((SITE / page).read_text(encoding="utf-8"))
    return reader.seen


@pytest.fixture(scope="session")
def pages() -> dict[str, Seen]:
    assert len(PAGES) > 20, "nox -s docs makes the site before it runs these"
    return {page: read(page) for page in PAGES}


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


def complaints(page: Page) -> list[tuple[str, list[str], str]]:
    """Return what axe-core finds wrong with a page as it stands: the rule, where, and why."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]
