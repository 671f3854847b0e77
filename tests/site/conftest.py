"""The site that `nox -s docs` made."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import attrs
import pytest

from ..browser.conftest import browser

__all__ = ["browser"]

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build/site"
PAGES = sorted(page.relative_to(SITE).as_posix() for page in SITE.rglob("*.html"))


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
