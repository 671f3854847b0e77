"""Scratch copies of what users see of the project, released before anything is edited."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tools import api, changes
from tools.differences import Change
from tools.distributions import git

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = "openapi/superoffice.yaml"
KEPT = ("openapi", "generator", "generated", "overlays", "sandbox", "tests/typing", "pyproject.toml", "CHANGELOG.md")

SMALL = {
    "overlays/superoffice/__init__.py": """\
from ._batch import Batch, Client, Partial
from ._values import Basic, Colour, Row, Wrong

__all__ = ["Basic", "Batch", "Client", "Colour", "Partial", "Row", "Wrong"]
""",
    "overlays/superoffice/_version.py": '__version__ = "0.1.0"\n',
    "overlays/superoffice/_batch.py": """\
from typing import overload

class _Base:
    def __init__(self, asked: int) -> None:
        self.asked: int = asked

    def inherited(self, *, most: int = 3) -> int: ...

class Batch(_Base):
    def to_dicts(self, *, wire: bool = False) -> dict[str, int | None]: ...

    @property
    def first(self) -> int: ...

    def _hidden(self) -> None: ...

class Client:
    @classmethod
    def from_env(cls) -> "Client": ...

    async def close(self) -> None: ...

    def move(self, x: int, y: int, /, z: int) -> None: ...

    @overload
    def get(self, ids: list[int]) -> list[int]: ...
    @overload
    def get(self, ids: list[int], *, select: str | bytes) -> dict[str, int]: ...
    def get(self, ids, *, select=None): ...

class Partial:
    value: str | int
""",
    "overlays/superoffice/_values.py": """\
from enum import Enum
import attrs
from msgspec import Struct, field

@attrs.frozen
class Basic:
    user: str = "me"
    _secret: str = attrs.field(repr=False, default="x")

class Colour(Enum):
    RED = "red"

class Row(Struct, kw_only=True):
    title: str | None = field(name="Title", default=None)

class Wrong(ValueError, KeyError):
    advice = "try again"
""",
    "overlays/superoffice/cli/__init__.py": "MISSING, FAILED = 1, 2\n",
    "overlays/superoffice/cli/app.py": """\
import click
from .get import get

cli = click.Group("superoffice", commands=[get])
""",
    "overlays/superoffice/cli/get.py": """\
import click

@click.command
@click.option("--csv-safe", is_flag=True)
@click.option("--output", type=click.Choice(["csv", "json"]), default="csv")
def get(**_: object) -> None: ...
""",
    "overlays/superoffice_runtime/__init__.py": "",
    "sandbox/superoffice_sandbox/__init__.py": "from .server import start\n\n__all__ = ['start']\n",
    "sandbox/superoffice_sandbox/server.py": "def start(host: str = '127.0.0.1', port: int = 0) -> None: ...\n",
    "sandbox/superoffice_sandbox/plugin.py": "import pytest\n\n@pytest.fixture\ndef sandbox() -> int: ...\n",
    "generated/superoffice_api/__init__.py": "",
    "generated/superoffice_api/facts.py": """\
from typing import Literal, TypeAlias
from superoffice import Row

Name: TypeAlias = Literal["Title", "Id"]
""",
    "pyproject.toml": """\
[project]
classifiers = ["Programming Language :: Python :: 3.11"]
dependencies = ["attrs>=23"]
optional-dependencies = { fast = ["orjson"] }
[tool.mypy]
[tool.pyright]
""",
    "sandbox/pyproject.toml": """\
[project]
entry-points = { pytest11 = { sandbox = "superoffice_sandbox.plugin" } }
""",
    "tests/typing/api.py": "from superoffice import Batch\n\nprint(Batch(1).asked + 1)\n",
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2027-01-01\n",
}


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
    """Make the generated package of a copy again, in the generators' own environment."""
    python = os.environ.get("SUPEROFFICE_GENERATORS")
    assert python, "SUPEROFFICE_GENERATORS names the Python of the generators; `nox -s tools` sets it"
    command = [python, str(root / "generator/generate.py")]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    said = made.stdout + made.stderr
    assert made.returncode == 0 or "which is gone; change it there" in said, said  # the package is written all the same


def repository(root: Path) -> None:
    """Make a folder a git repository of its own."""
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "config", "user.name", "Nobody")
    git(root, "config", "user.email", "nobody@example.com")


def commit(root: Path, *tags: str) -> str:
    """Commit everything, under these tags; returns the commit."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "Change something")
    for tag in tags:
        git(root, "tag", tag)
    return git(root, "rev-parse", "HEAD").strip()


class Scratch:
    """A source tree to edit, which is released as it is at first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.retake()
        repository(root)
        commit(root, "v0.1.0")
        commit(root)

    def retake(self) -> None:
        """Record the API as it is now."""
        (self.root / api.FILE).parent.mkdir(exist_ok=True)
        (self.root / api.FILE).write_text(api.record(self.root), encoding="utf-8")

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file; each must be there."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def generate(self) -> None:
        """Make the generated package again, in the generators' own environment."""
        generate(self.root)

    def changes(self) -> list[Change]:
        """Compare the tree with its release; what type checkers say is not asked."""
        self.retake()
        return changes.since(self.root, "v0.1.0", typed=False)[0]

    def report(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the whole command on the tree."""
        command = [sys.executable, "-m", "tools.changes", "--root", str(self.root), *options]
        env = {**os.environ, "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}  # what mypy knows of the libraries stays true
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path: Path) -> Scratch:
    """A copy of our own source tree."""
    root = tmp_path / "project"
    for name in KEPT:
        source, copy = ROOT / name, root / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        else:
            shutil.copy(source, copy)
    return Scratch(root)


@pytest.fixture
def small(tmp_path: Path) -> Scratch:
    """A project of our form with something of every kind, whatever our own is like."""
    root = tmp_path / "small"
    for name, text in SMALL.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "openapi", root / "openapi", dirs_exist_ok=True)
    return Scratch(root)
