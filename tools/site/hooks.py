"""What mkdocs calls while it makes the site: adds the pages that are made, and leaves out of the nav what is none."""

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
    config.nav = _there(config.nav, files)
    return files


def on_page_content(html: str, **_: Any) -> str:
    """Let each table scroll by itself, also by keyboard; the theme would wrap those that have no class."""
    opened = html.replace("<table>", f'<div class="table" {SCROLLS}><table class="plain">')
    return re.sub(r'(<table class="plain">.*?</table>)', r"\1</div>", opened, flags=re.DOTALL)


def on_post_page(output: str, **_: Any) -> str:
    """Name the search for those who hear the page; the theme's dialog has no name."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def on_post_template(output_content: str, **_: Any) -> str:
    """Do so on the page for what is not found."""
    return on_post_page(output_content)


def _there(nav: Any, files: Files) -> Any:
    """Leave out of the nav the pages that are not there."""
    if isinstance(nav, list):
        return [kept for part in nav if (kept := _there(part, files))]
    if isinstance(nav, dict):
        return {title: kept for title, part in nav.items() if (kept := _there(part, files))}
    return nav if files.get_file_from_path(nav) else None
