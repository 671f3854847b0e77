"""What the guard of instructions compares with, and what it says where it cannot count."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tools.distributions import git
from tools.tests.conftest import ROOT, program

GUARD = ROOT / "benchmarks/guard.py"


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, at work in a project with a history of its own."""
    module = program("benchmarks/guard.py", monkeypatch)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "config", "user.name", "Nobody")
    git(tmp_path, "config", "user.email", "nobody@example.com")
    return module


def commit(root: Path, file: str) -> str:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text("", encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", file)
    return git(root, "rev-parse", "HEAD").strip()


def test_a_release_is_compared_with_the_one_before_not_with_itself(guard: ModuleType, tmp_path: Path) -> None:
    taken = commit(tmp_path, "tools/baseline/release.json")
    assert guard.last_release() == taken  # the very first commit has none before it
    commit(tmp_path, "one.py")
    assert guard.last_release() == taken
    git(tmp_path, "tag", "v0.1.0")
    assert guard.last_release() == taken
    commit(tmp_path, "two.py")
    assert guard.last_release() == "v0.1.0"
    git(tmp_path, "tag", "v0.2.0")
    assert guard.last_release() == "v0.1.0"


def test_without_valgrind_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(GUARD)],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "The guard counts with valgrind, which is not here: apt-get install valgrind.\n"
    assert (done.returncode, done.stderr) == (1, said)
