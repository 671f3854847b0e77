"""The edits of docs/maintain/change-the-document.md need no other file: our tests pass on a copy that has them all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.packaging import SOURCES
from tools.tests.conftest import ROOT, generate, program

KEPT = ("openapi", "generator", "generated", "overlays", "sandbox", "tests")
MORE = ("tests/superoffice_sandbox", "tests/superoffice/arrow/test_arrow.py", "tests/superoffice_runtime/test_xml.py")


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy with every edit of the page, regenerated."""
    for name in KEPT:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    scratch = program("generator/tests/scratch.py", monkeypatch)
    scratch.put(tmp_path, *scratch.walk_through())
    generate(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "tests",
    [
        ("tests/superoffice_api/test_contract.py", "tests/superoffice_api/test_document.py"),
        pytest.param(("-n", "auto", *MORE), marks=pytest.mark.long),
    ],
    ids=["page", "sandbox"],
)
def test_the_tests_pass_on_an_edited_document(edited: Path, tests: tuple[str, ...]) -> None:
    paths = os.pathsep.join(str(edited / parent) for parent in SOURCES)
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not long", *tests]
    env = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, cwd=edited, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "EscalatedAt" in (edited / "generated/superoffice_api/facts.py").read_text(encoding="utf-8")


def test_the_page_names_the_pages_that_count_a_tickets_members() -> None:
    page = ROOT / "docs/maintain/change-the-document.md"
    pages = {file for file in (ROOT / "docs").rglob("*.md") if re.search(r"\b65\b", file.read_text(encoding="utf-8"))}
    named = set(re.findall(r"`(docs/[\w/-]+\.md)`", page.read_text(encoding="utf-8")))
    assert named == {file.relative_to(ROOT).as_posix() for file in pages - {page}}
