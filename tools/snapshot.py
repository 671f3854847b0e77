"""The state of the project that users see, as a small folder: its document, Python surface, commands and typing tests.

`tools/baseline/` is the snapshot of the last release; a comparison takes one of the working tree beside it.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import attrs

from tools import breakages, surface
from tools.changelog import version_of
from tools.dialects import read
from tools.differences import Change, api_breaks, differences, package_breaks
from tools.outline import Outline, outline
from tools.packaging import command_line, installed

DOCUMENT, FACTS, PYTHON, TYPING, HARMLESS = "superoffice.yaml", "release.json", "python", "typing", "harmless.toml"
NO_HARM = """\
# Differences from this release that are told as breaks and harm nobody: place and what, as `nox -s changes` prints
# them, and why.
# "superoffice.Tickets.get_many  parameter ids: Sequence[int] -> Iterable[int]" = "an Iterable is more"
"""


def take(root: Path, folder: Path, *, released: bool = False) -> None:
    """Write the snapshot of a source tree; what was in the folder is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(root / "openapi" / DOCUMENT, folder)
    surface.write_skeletons(root, folder / PYTHON)
    shutil.copytree(root / "tests" / "typing", folder / TYPING, ignore=shutil.ignore_patterns("__pycache__"))
    facts = {
        "version": version_of(root),
        "released": released,
        "installed": installed(root),
        "command line": command_line(root),
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (folder / HARMLESS).write_text(NO_HARM, encoding="utf-8")


def about(folder: Path) -> tuple[str, bool]:
    """Give the version of a snapshot, and whether that version was released."""
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    return facts["version"], facts["released"]


def compare(old: Path, new: Path) -> list[Change]:
    """Tell what differs between two snapshots, and what of it breaks users, by our tables and griffe alone.

    Raises:
        UnreadableError: A document is none.
    """
    before, now = outline(read(old / DOCUMENT)), outline(read(new / DOCUMENT))
    found = differences("API", before, now, api_breaks)
    found += breakages.changes(surface.load(old / PYTHON), surface.load(new / PYTHON))
    facts = [json.loads((folder / FACTS).read_text(encoding="utf-8")) for folder in (old, new)]
    for area in ("command line", "installed"):
        found += differences(area, _table(facts[0][area]), _table(facts[1][area]), package_breaks)
    return found


class StaleError(Exception):
    """A difference is called harmless that is not there, or that is no break."""


def _table(given: dict[str, dict[str, Any]]) -> Outline:
    return {
        place: {fact: tuple(v) if isinstance(v, list) else v for fact, v in facts.items()}
        for place, facts in given.items()
    }


def without_harm(found: list[Change], folder: Path) -> list[Change]:
    """Take the word of a snapshot's `harmless.toml` that some breaks are none.

    Raises:
        StaleError: Something is called harmless that is no break.
    """
    harmless = tomllib.loads((folder / HARMLESS).read_text(encoding="utf-8"))
    if stale := harmless.keys() - {str(change) for change in found if change.breaks}:
        raise StaleError(f"{HARMLESS} names what is no break: {', '.join(sorted(stale))}")
    return [attrs.evolve(change, breaks=change.breaks and str(change) not in harmless) for change in found]
