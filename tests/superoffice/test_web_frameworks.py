"""docs/guides/web-frameworks.md: each framework's program runs as its own process, and prints what the page says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from superoffice_sandbox import Sandbox

from ..test_examples import ROOT, comments, snippets

FASTAPI, *DJANGO = snippets(ROOT / "docs/guides/web-frameworks.md")
VALID = "from openapi_spec_validator import validate\nvalidate(app.openapi())\n"


@pytest.mark.parametrize("program", [FASTAPI + VALID, "\n".join(DJANGO)], ids=["fastapi", "django"])
def test_the_program_of_a_framework_answers_with_tickets(program: str, box: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-W", "error", "app.py"]
    environment = {**os.environ, **box.environ}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    said = comments(program)
    assert said
    assert done.stdout.splitlines() == [said[line] for line in sorted(said)], done.stderr
    assert done.returncode == 0, done.stderr
