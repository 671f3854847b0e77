"""What mkdocs calls while it makes the site: adds the pages that are made, and mends the theme's HTML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from tools.dialects import read
from tools.site import command_line, errors, http, ticket

DOCUMENT = Path("openapi/superoffice.yaml")
SCROLLS = 'role="group" aria-label="Table" tabindex="0"'


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


def on_page_content(html: str, **_: Any) -> str:
    """Let each table scroll by itself, also by keyboard, and keep `--options` on one line.

    The theme would wrap tables that have no class, and browsers break lines behind a hyphen.
    """
    html = re.sub(r"<code>(?=[^<]*-)([^<\s]{1,26})</code>", r'<code class="option">\1</code>', html)
    opened = html.replace("<table>", f'<div class="table" {SCROLLS}><table class="plain">')
    return re.sub(r'(<table class="plain">.*?</table>)', r"\1</div>", opened, flags=re.DOTALL)


def on_post_page(output: str, **_: Any) -> str:
    """Name the search for those who hear the page; the theme's dialog has no name."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def on_post_template(output_content: str, **_: Any) -> str:
    """Do so on the page for what is not found."""
    return on_post_page(output_content)
