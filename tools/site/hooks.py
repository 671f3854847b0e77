"""What mkdocs calls while it makes the site: adds the pages that are made, and mends the theme's HTML."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from superoffice._version import __version__
from tools.normalize_openapi import read
from tools.site import command_line, errors, http, pictures, ticket

DOCUMENT = Path("openapi/superoffice.yaml")
CHANGELOG = Path("CHANGELOG.md")
VERSION = "<!-- version -->"  # on a page, stands for the present one
TABLE = "<!-- table -->"  # and this for tickets as a notebook shows them
SCROLLS = 'role="group" aria-label="Table" tabindex="0"'
BOOSTS = {"start": 2, "guides": 4, "maintain": 0.25, "changelog.md": 0.25}  # what the search puts further up or down


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages."""
    document = read(DOCUMENT)
    terminal, config.extra["table"] = pictures.pictures()
    made = {
        "assets/terminal.svg": terminal,
        "changelog.md": changelog(CHANGELOG.read_text(encoding="utf-8")),
        "reference/command-line.md": command_line.page(),
        "reference/errors.md": errors.page(),
        "reference/http.md": http.page(document),
        "reference/superoffice.yaml": DOCUMENT.read_text(encoding="utf-8"),
        "reference/ticket.md": ticket.page(document),
    }
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def changelog(text: str) -> str:
    r"""Return the changelog as a page of the site, whose links begin in `docs`.

    Example:
        >>> changelog("## [Unreleased]\n- [Security](docs/understand/security.md) has it")
        '## Unreleased\n- [Security](understand/security.md) has it'
    """
    return re.sub(r"^## \[(.*?)\]", r"## \1", text, flags=re.MULTILINE).replace("](docs/", "](")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Write the version and the table where a page names them; let the search put guides before maintainers' pages."""
    markdown = markdown.replace(VERSION, __version__).replace(TABLE, config.extra["table"])
    if boost := BOOSTS.get(page.file.src_uri.partition("/")[0]):
        page.meta.setdefault("search", {"boost": boost})
    return markdown


def on_page_content(html: str, **_: Any) -> str:
    """Let each table scroll by itself, also by keyboard, keep `--options` on one line, let long names break at dots.

    The theme would wrap tables that have no class, and browsers break lines behind a hyphen. A table of three columns
    or more, or with long code that has no blank, is too wide for a phone: there site.css puts the cells of a row below
    each other.
    """
    html = re.sub(r"<code>(?=[^<]*-)([^<\s]{1,26})</code>", r'<code class="option">\1</code>', html)

    def wrapped(found: re.Match[str]) -> str:
        table = found[0].replace("<table>", '<table class="plain">')
        wide = len(re.findall(r"<th\b", table)) >= 3 or re.search(r"<code>[^<]*?[^<\s]{36}", table) is not None
        return f'<div class="table{" stacked" * wide}" {SCROLLS}>{_labelled(table) if wide else table}</div>'

    tables = re.sub(r"<table>.*?</table>", wrapped, html, flags=re.DOTALL)
    return re.sub(r"doc-object-name[^>]*>[\w.]+<", lambda found: found[0].replace(".", ".<wbr>"), tables)


def _labelled(table: str) -> str:
    """Add to each cell the head of its column, to be shown where cells are stacked."""
    heads = [re.sub(r"<[^>]+>", "", head) for head in re.findall(r"<th\b[^>]*>(.*?)</th>", table, re.DOTALL)]

    def row(found: re.Match[str]) -> str:
        before, *cells = found[0].split("<td")
        labels = (f'<td data-label="{head}"{cell}' for head, cell in zip(heads, cells, strict=True))
        return before + "".join(labels)

    return re.sub(r"<tr>\s*<td.*?</tr>", row, table, flags=re.DOTALL)


def on_post_page(output: str, **_: Any) -> str:
    """Name the search for those who hear the page, whose dialog has no name, and number contents of the same name."""
    seen = Counter[str]()

    def numbered(found: re.Match[str]) -> str:
        seen[found[1]] += 1
        return found[0] if seen[found[1]] == 1 else found[0].replace(found[1] + '">', f'{found[1]} {seen[found[1]]}">')

    output = re.sub(r'<nav class="md-nav" aria-label="([^"]*)">', numbered, output)
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def on_post_template(output_content: str, **_: Any) -> str:
    """Do so on the page for what is not found."""
    return on_post_page(output_content)
