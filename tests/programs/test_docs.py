"""docs/examples.md shows what stands in the examples."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import nbformat
import pytest

from .conftest import EXAMPLES

ROOT = EXAMPLES.parent
PAGE = (ROOT / "docs/examples.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"^```py\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
INSTALL = re.findall(r"^\| \[(\S+)\]\(#.* \| ([^|]+) \|$", PAGE, re.MULTILINE)
PROGRAMS = [path for path in sorted(EXAMPLES.rglob("*")) if path.suffix in (".py", ".ipynb")]


def source(program: Path) -> str:
    if program.suffix == ".ipynb":
        cells = nbformat.read(program, as_version=4).cells
        return "".join(f"{cell.source}\n" for cell in cells if cell.cell_type == "code")
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


def named(program: Path) -> list[str]:
    """Give what the page says to install for a program; a folder's line is for all in it."""
    (cell,) = (cell for name, cell in INSTALL if program.relative_to(EXAMPLES).as_posix().startswith(name))
    return [name.strip("'") for name in re.findall(r"`(\S+)`", cell)]


def imported(program: Path) -> set[str]:
    """Give what a program imports besides what comes with Python and our own."""
    statements = list(ast.walk(ast.parse(source(program))))
    modules = {alias.name for each in statements if isinstance(each, ast.Import) for alias in each.names}
    modules |= {each.module for each in statements if isinstance(each, ast.ImportFrom) and each.module}
    return {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"superoffice"}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_what_the_page_says_to_install_is_enough(program: Path) -> None:
    """What is named here is installed, and brings all that the program imports: by itself or by what it requires."""
    names = [name.partition("[")[0] for name in named(program)]
    required = [line for name in names for line in requires(name) or () if "extra ==" not in line]
    brought = {*names, *(re.split(r"[^\w.-]", line)[0] for line in required)}
    homes = packages_distributions()
    assert names[0] == "superoffice-sdk"
    assert [module for module in imported(program) if brought.isdisjoint(homes[module])] == []
    assert ("superoffice-sdk[export]" in named(program)) == bool(re.search(r"\.export\(|to_arrow", source(program)))
