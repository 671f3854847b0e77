"""Scratch copies of what generation reads and writes, and edits of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = "openapi/superoffice.yaml"
PACKAGE = "generated/superoffice_api"
PAGE = "docs/maintain/change-the-document.md"
UNDER = re.compile(r"[Uu]nder `([^`]+)`:\n\n```yaml\n(.*?)```", re.DOTALL)


def copy_to(folder: Path) -> Path:
    """Copy everything that generation reads and writes."""
    for name in ("openapi", "generator", "generated"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    return folder


def run(scratch: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the generation in a copy."""
    command = [sys.executable, "generator/generate.py", *options]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False, env=env)


def generator(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the generation as it is here."""
    return run(ROOT, *options, **environment)


def edit(file: Path, *changes: tuple[str, str]) -> None:
    """Replace texts in a file; each must be there."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def walk_through() -> Iterator[tuple[str, Any]]:
    """Return the edits of the page on it: where, and what to put there."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for where, block in UNDER.findall(text):
        yield where, YAML(typ="safe").load(block)


def put(scratch: Path, *edits: tuple[str, Any]) -> None:
    """Put parts into the document; a place begins with `components`, `paths` or an operation's id.

    What is there already, by an edit that was made for good, stays; it must be the same.
    """
    file = scratch / DOCUMENT
    document = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    by_id = {each.get("operationId"): each for item in document["paths"].values() for each in item.values()}
    for where, part in edits:
        target: Any = {**document, **by_id}
        required: list[str] = []
        for step in where.split("/"):
            required = target.get("required", []) if step == "properties" else []
            target = target[step]
        if isinstance(target, list):
            target += [each for each in part if each not in target]
        else:
            assert all(target.get(key, each) == each for key, each in part.items()), where
            there = dict(target)
            target.clear()
            kept = {name: there[name] for name in required}  # behind these, as the page says
            target |= {**kept, **part, **there}  # else first, where nothing may count on what was the first
    file.write_text(json.dumps(document), encoding="utf-8")  # YAML, too


def python(scratch: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the copy's generated package and the overlays as they are."""
    env = {
        **os.environ,
        **environment,
        "PYTHONPATH": os.pathsep.join([str(scratch / "generated"), str(ROOT / "overlays")]),
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=scratch)


def types(scratch: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run mypy, strictly, over modules of the copy's generated package, the overlays, or `scratch` itself."""
    path = os.pathsep.join(map(str, (scratch, scratch / "generated", ROOT / "overlays")))
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-version",
        "3.11",
        "--cache-dir",
        str(scratch / "mypy"),
        "--config-file",
        str(ROOT / "pyproject.toml"),  # which says what of Spark cannot be followed here
    ]
    env = {**os.environ, "MYPYPATH": path}
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False, env=env, cwd=scratch)
