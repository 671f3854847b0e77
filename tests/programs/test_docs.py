"""docs/examples.md shows what stands in the examples."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from .conftest import EXAMPLES

ROOT = EXAMPLES.parent
PAGE = (ROOT / "docs/examples.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"^```py\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PROGRAMS = [path for path in sorted(EXAMPLES.rglob("*")) if path.suffix in (".py", ".ipynb")]


def source(program: Path) -> str:
    if program.suffix == ".ipynb":
        return "".join(f"{cell.source}\n" for cell in nbformat.read(program, as_version=4).cells)
    return program.read_text(encoding="utf-8")


@pytest.mark.parametrize("excerpt", EXCERPTS)
def test_excerpt(excerpt: str) -> None:
    assert [program.name for program in PROGRAMS if excerpt in source(program)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_every_program_is_shown(program: Path) -> None:
    assert f"/blob/main/{program.relative_to(ROOT).as_posix()})" in PAGE


def test_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\((\S+?)\)", PAGE)
    assert len(pictures) == 3
    assert all((ROOT / "docs" / picture).is_file() for picture in pictures)
