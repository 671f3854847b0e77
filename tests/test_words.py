"""Names and sentences use the field's words: cspell.json flags single ones, and what it cannot flag stands here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HELD = (
    *("*.md", "*.py", "benchmarks/**/*.py", "examples/**/*.py", "examples/**/*.ipynb", "examples/typescript/src/*.ts"),
    *("generator/*.py", "generator/tests/**/*.py", "overlays/**/*.py", "tools/**/*.py"),
    *("docs/**/*.md", "generator/templates/**/*.jinja*", "sandbox/**/*.py"),
)
INSTEAD = {
    r'"""(Gives?|Says?|Whether)\b': '"Return ...", "Raise ...", "Send ...", or what a thing is',
    r"\b(did|do|does) not come back\b": "is missing, was not found",
    r"\b(go|goes|went) out\b": "is sent",
    r"\bgo(es)? on where\b": "resumes",
    r"\bnobody documented\b": "undocumented",
    r"\bonce more\b": "again",
    r"\bas a rule\b": "by default",
    r"\bso many\b": "N, that many",
    r"\bstand-ins?\b": "mock server, sandbox",
    r"\bwrong use\b": "usage error",
}


@pytest.mark.parametrize("words", INSTEAD)
def test_other_words_stand_in_the_place_of_these(words: str) -> None:
    files = {file for pattern in HELD for file in ROOT.glob(pattern)} - {ROOT / "CHANGELOG.md"}
    assert len(files) > 50
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in sorted(files)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(words, line)
    ]
    assert not found, f"write {INSTEAD[words]} instead:\n" + "\n".join(found)
