"""Scratch copies of what users see of the project, with a baseline taken before anything is edited."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tools import snapshot
from tools.differences import Change

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = "openapi/superoffice.yaml"
KEPT = ("openapi", "generator", "generated", "overlays", "tests/typing", "pyproject.toml", "CHANGELOG.md")


def program(path: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load a program that lies in no package, with its neighbours to import from."""
    file = ROOT / path
    monkeypatch.syspath_prepend(str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generate(root: Path) -> None:
    """Make the emitted package of a copy again, in the generators' own environment."""
    python = os.environ.get("SUPEROFFICE_GENERATORS")
    assert python, "SUPEROFFICE_GENERATORS names the Python of the generators; `nox -s tools` sets it"
    command = [python, str(root / "generator/generate.py")]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr


class Scratch:
    """A copy of the source tree to edit, and the baseline of its state before."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.baseline = self.root / "tools/baseline"
        for name in KEPT:
            source, copy = ROOT / name, self.root / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "tests"))
            else:
                shutil.copy(source, copy)
        snapshot.take(self.root, self.baseline, released=True)

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file; each must be there."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def generate(self) -> None:
        """Make the emitted package again, in the generators' own environment."""
        generate(self.root)

    def changes(self) -> list[Change]:
        """Compare the copy with its baseline; what type checkers say is not asked."""
        now = self.root.parent / "now"
        snapshot.take(self.root, now)
        return snapshot.compare(self.baseline, now)

    def report(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the whole command on the copy."""
        command = [sys.executable, "-m", "tools.changes", "--root", str(self.root), *options]
        env = {**os.environ, "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}  # what mypy knows of the libraries stays true
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A copy of the source tree, released as it is."""
    return Scratch(tmp_path)
