"""What docs/guides/tables.md shows runs, against the sandbox."""

from __future__ import annotations

import pytest

from superoffice_sandbox import Sandbox

from ..test_examples import ROOT, run_snippet, snippets

PAGE = "docs/guides/tables.md"


@pytest.mark.parametrize("snippet", snippets(ROOT / PAGE))
def test_snippet(snippet: str, box: Sandbox) -> None:
    run_snippet(PAGE, snippet, box)
