"""What docs/guides/tables.md and the README show of tables runs, against the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from superoffice_sandbox import Sandbox

from ..test_examples import ROOT, run_snippet, snippets

PAGE = "docs/guides/tables.md"
README = [each for each in snippets(ROOT / "README.md") if "import polars" in each]


@pytest.mark.parametrize("snippet", [*snippets(ROOT / PAGE), *README])
def test_snippet(snippet: str, box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in box.environ.items():  # which `SuperOffice.from_env()` reads
        monkeypatch.setenv(variable, value)
    run_snippet(PAGE, snippet, box)


def test_the_readme_shows_a_table() -> None:
    assert README
