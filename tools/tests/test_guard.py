"""What the guard of instructions compares with, and what it says where it cannot count."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tools.distributions import git
from tools.tests.conftest import ROOT, commit, program, repository

GUARD = ROOT / "benchmarks/guard.py"


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, at work in a project with a history of its own."""
    module = program("benchmarks/guard.py", monkeypatch)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    repository(tmp_path)
    return module


def test_a_release_is_compared_with_the_one_before_not_with_itself(guard: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/api.txt").touch()
    taken = commit(tmp_path)
    assert guard.last_release() == taken  # the very first commit has none before it
    commit(tmp_path)
    assert guard.last_release() == taken
    git(tmp_path, "tag", "v0.1.0")
    assert guard.last_release() == taken
    commit(tmp_path)
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
