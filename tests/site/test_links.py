"""Every link leads somewhere, and no page needs anything from elsewhere."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from .conftest import ROOT, SITE, Seen

HOSTS = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PROJECT = "https://github.com/superoffice-sdk/superoffice-sdk/"


def target(page: str, link: str) -> tuple[str, str]:
    """Return the file and the place in it that a link within the site leads to."""
    parts = urlsplit(link)
    path = normpath(str(PurePosixPath(page).parent / unquote(parts.path))) if parts.path else page
    return path, unquote(parts.fragment)


def test_links_within_the_site_lead_to_a_page_and_a_place(pages: dict[str, Seen]) -> None:
    broken = []
    for page, seen in pages.items():
        for link in (each for each in seen.links if page != "404.html" and not urlsplit(each).scheme):
            path, place = target(page, link)
            found = (SITE / path).is_file() and (not place or path not in pages or place in pages[path].ids)
            if not found:
                broken.append((page, link))
    assert broken == []


def test_the_page_for_what_is_not_found_leads_on(pages: dict[str, Seen]) -> None:
    """It is shown at any address, so its links begin at the site's root."""
    within = [link for link in pages["404.html"].links if not urlsplit(link).scheme and not link.startswith("#")]
    assert {"/index.html", "/start/first-ticket.html", "/faq.html", "/reference/index.html"} <= set(within)
    assert [link for link in within if not (SITE / link.removeprefix("/")).is_file()] == []


def test_links_elsewhere_are_well_formed(pages: dict[str, Seen]) -> None:
    """CI has no network, so whether they answer is not asked; those into the project are looked up in it."""
    outside = {link for seen in pages.values() for link in seen.links if urlsplit(link).scheme}
    assert outside
    for link in outside:
        parts = urlsplit(link)
        assert parts.scheme == "https", link
        assert HOSTS.fullmatch(parts.hostname or ""), link
        assert not re.search(r"\s", link), link
    into = {link.removeprefix(PROJECT) for link in outside if link.startswith(PROJECT)}
    paths = {re.sub(r"^(blob|tree)/main/", "", link) for link in into}
    assert [path for path in paths if not (ROOT / path.partition("#")[0]).exists()] == []


def test_pages_load_what_is_of_the_site_alone(pages: dict[str, Seen]) -> None:
    loads = {(page, link) for page, seen in pages.items() if page != "404.html" for link in seen.loads}
    assert [each for each in loads if not (SITE / target(*each)[0]).is_file()] == []


def test_links_of_the_other_files_lead_to_a_file() -> None:
    for name in FILES:
        text = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        links = re.findall(r"\]\(([^)\s]+)\)", text)
        assert [link for link in links if not urlsplit(link).scheme and not (ROOT / urlsplit(link).path).exists()] == []


def test_the_first_page_shows_a_terminal_and_a_table(pages: dict[str, Seen]) -> None:
    assert "assets/terminal.svg" in pages["index.html"].loads
    picture = (SITE / "assets/terminal.svg").read_text(encoding="utf-8")
    assert "1234" in picture
    assert "url(http" not in picture  # such as fonts of another server
    assert '<td data-label="owned_by_name">Sarah Johnson</td>' in (SITE / "index.html").read_text(encoding="utf-8")
