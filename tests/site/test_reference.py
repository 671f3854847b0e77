"""Every public name is on the reference, with an example."""

from __future__ import annotations

import ast
import inspect
import re
import zlib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from superoffice.cli.app import cli
from superoffice_api.models import Ticket

from .conftest import ROOT, SITE

HOUSE = ROOT / "overlays"
PUBLIC = [  # as docs/understand/compatibility.md has it
    ROOT / "sandbox/superoffice_sandbox/__init__.py",
    HOUSE / "superoffice_runtime/__init__.py",
    *(file for file in sorted(HOUSE.glob("superoffice/**/*.py")) if not re.search(r"/_(?!_init__)", file.as_posix())),
]
GENERATED = [
    *sorted((ROOT / "generated").glob("superoffice_api/api/*/[!_]*.py")),
    *(ROOT / "generated/superoffice_api" / f"{name}.py" for name in ("client", "errors", "facts")),
]
SHOWN = [
    *sorted((ROOT / "docs/reference").rglob("*.md")),
    ROOT / "docs/guides/spark.md",
]  # Spark's run in tests/spark alone


def module(file: Path) -> str:
    """Return a module's name; its package lies in a folder of this project's root."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts[1:]).removesuffix(".__init__")


def exported(file: Path) -> list[str]:
    """Read `__all__` from the source, since not every module can be imported here."""
    lines = map(ast.unparse, ast.parse(file.read_text(encoding="utf-8")).body)
    given = (re.fullmatch(r"__all__(?:: [^=]+)? \+?= (.+)", line) for line in lines)
    return [name for each in given if each for name in ast.literal_eval(each[1])]


MODULES = {module(file): names for file in PUBLIC if (names := exported(file))}
NAMES = [(module, name) for module, names in MODULES.items() for name in names]


def listed() -> set[str]:
    """Read the inventory that mkdocstrings writes for other projects to link by."""
    _, _, packed = (SITE / "objects.inv").read_bytes().partition(b"using zlib.\n")
    return {line.split(" ", 1)[0] for line in zlib.decompress(packed).decode().splitlines()}


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_on_the_reference(module: str) -> None:
    there = listed()
    assert [name for name in MODULES[module] if f"{module}.{name}" not in there] == []


@pytest.mark.parametrize("file", GENERATED, ids=module)
def test_the_generated_client_is_on_the_reference(file: Path) -> None:
    there = listed()
    own = [name for name in homes(file) if not name.startswith("_")]
    assert own
    assert [name for name in own if f"{module(file)}.{name}" not in there] == []


def homes(file: Path) -> Iterator[str]:
    """Return the names that a module defines itself."""
    for each in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield each.name
        elif isinstance(each, ast.AnnAssign):
            yield ast.unparse(each.target)


def test_each_kind_of_module_is_looked_at() -> None:
    assert {"superoffice", "superoffice.export.result", "superoffice.spark", "superoffice_runtime"} <= MODULES.keys()
    assert "superoffice_api.api.ticket.get_tickets" in map(module, GENERATED)


def docstrings(value: object) -> Iterator[str]:
    yield inspect.getdoc(value) or ""
    if isinstance(value, type):
        yield from (inspect.getdoc(each) or "" for name, each in vars(value).items() if not name.startswith("_"))


def shown() -> str:
    """The snippets on pages of the reference, which run as tests."""
    pages = (page.read_text(encoding="utf-8") for page in SHOWN)
    return "\n".join(found for page in pages for found in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S))


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[name for _, name in NAMES])
def test_every_public_name_has_an_example(module: str, name: str) -> None:
    if not re.search(rf"\b{name}\b", shown()):
        examples = [text for text in docstrings(getattr(import_module(module), name)) if ">>> " in text]
        assert examples, f"{name} has no example in its docstring or on its page"


def test_defaults_are_told_by_their_values() -> None:
    """A constant's name says nothing to who has only the page."""
    pages = [re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")) for page in SITE.glob("reference/python/*.html")]
    named = {name for page in pages for name in re.findall(r" = (_*[A-Z][A-Z_]+)\b", page)}
    assert named == set()


def test_the_ticket_is_told_whole() -> None:
    page = (SITE / "reference/ticket.html").read_text(encoding="utf-8")
    assert [name for name in Ticket.__struct_encode_fields__ if f"<code>{name}</code>" not in page] == []
    assert len(Ticket.__struct_encode_fields__) == 65


def test_every_command_and_option_is_told() -> None:
    page = (SITE / "reference/command-line.html").read_text(encoding="utf-8")
    for name, command in cli.commands.items():
        assert f"superoffice {name}" in page
        assert [
            each for option in command.params for each in option.opts if each.startswith("-") and each not in page
        ] == []
