"""What mkdocs calls while it makes the site: adds the pages that are made, and mends the theme's HTML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.normalize_openapi import read
from tools.site import command_line, errors, http, ticket

DOCUMENT = Path("openapi/superoffice.yaml")
SCROLLS = 'role="group" aria-label="Table" tabindex="0"'
BOOSTS = {"start": 2, "guides": 4, "maintain": 0.25}  # folders whose pages the search puts further up or down


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages."""
    document = read(DOCUMENT)
    made = {
        "reference/command-line.md": command_line.page(),
        "reference/errors.md": errors.page(),
        "reference/http.md": http.page(document),
        "reference/superoffice.yaml": DOCUMENT.read_text(encoding="utf-8"),
        "reference/ticket.md": ticket.page(document),
    }
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Let the search put guides before pages for those who work on the project; a page's own head may say otherwise."""
    if boost := BOOSTS.get(page.file.src_uri.partition("/")[0]):
        page.meta.setdefault("search", {"boost": boost})
    return markdown


def on_page_content(html: str, **_: Any) -> str:
    """Let each table scroll by itself, also by keyboard, keep `--options` on one line, let long names break at dots.

    The theme would wrap tables that have no class, and browsers break lines behind a hyphen. A table of three columns
    or more is too wide for a phone: there site.css puts the cells of a row below each other.
    """
    html = re.sub(r"<code>(?=[^<]*-)([^<\s]{1,26})</code>", r'<code class="option">\1</code>', html)

    def wrapped(found: re.Match[str]) -> str:
        table = found[0].replace("<table>", '<table class="plain">')
        wide = len(re.findall(r"<th\b", table)) >= 3
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
    """Name the search for those who hear the page; the theme's dialog has no name."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def on_post_template(output_content: str, **_: Any) -> str:
    """Do so on the page for what is not found."""
    return on_post_page(output_content)
