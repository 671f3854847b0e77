"""docs/guides/testing.md does what it says, and README.md's test passes."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import attrs
import pytest

from superoffice_sandbox import Behaviour

ROOT = Path(__file__).parents[2]
README, TEXT = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/guides/testing.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = BLOCK.findall(TEXT)
TESTS = [snippet for snippet in (*SNIPPETS, *BLOCK.findall(README)) if "def test_" in snippet]
PROGRAMS = [snippet for snippet in SNIPPETS if "def test_" not in snippet]


def test_the_tests_pass_as_a_users_would(tmp_path: Path) -> None:
    for number, snippet in enumerate(TESTS):
        (tmp_path / f"test_page_{number}.py").write_text(snippet, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=[str(number) for number in range(len(PROGRAMS))])
def test_the_programs_run(program: str) -> None:
    out = StringIO()
    with redirect_stdout(out):
        exec(compile(program, "testing.md", "exec"), {"__name__": "__main__"})  # noqa: S102
    (said,) = re.findall(r"^\s*print\(.*  # (.*)$", program, re.MULTILINE)
    assert out.getvalue().strip() == said


def test_the_page_knows_every_choice() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", TEXT, re.MULTILINE))
    for field in attrs.fields(Behaviour):
        assert field.name in rows
        if isinstance(field.default, str):
            assert rows[field.name].startswith(f"`{field.default}`")
