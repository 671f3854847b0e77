"""Every public name is on the reference, with an example."""

from __future__ import annotations

import inspect
import re
import zlib
from collections.abc import Iterator
from types import ModuleType

import pytest

import superoffice
import superoffice_sandbox
from superoffice._cli import cli
from superoffice_api.models import Ticket

from .conftest import ROOT, SITE

PACKAGES = (superoffice, superoffice_sandbox)
NAMES = [(package, name) for package in PACKAGES for name in package.__all__]


def listed() -> set[str]:
    """Read the inventory that mkdocstrings writes for other projects to link by."""
    _, _, packed = (SITE / "objects.inv").read_bytes().partition(b"using zlib.\n")
    return {line.split(" ", 1)[0] for line in zlib.decompress(packed).decode().splitlines()}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_on_the_reference(package: ModuleType) -> None:
    there = listed()
    assert [name for name in package.__all__ if f"{package.__name__}.{name}" not in there] == []


def docstrings(value: object) -> Iterator[str]:
    yield inspect.getdoc(value) or ""
    if isinstance(value, type):
        yield from (inspect.getdoc(each) or "" for name, each in vars(value).items() if not name.startswith("_"))


def shown() -> str:
    """The snippets on pages of the reference, which run as tests."""
    pages = (page.read_text(encoding="utf-8") for page in (ROOT / "docs/reference").rglob("*.md"))
    return "\n".join(found for page in pages for found in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S))


@pytest.mark.parametrize(("package", "name"), NAMES, ids=[name for _, name in NAMES])
def test_every_public_name_has_an_example(package: ModuleType, name: str) -> None:
    own = (text for text in docstrings(getattr(package, name)) if ">>> " in text)
    assert any(own) or re.search(rf"\b{name}\b", shown()), f"{name} has no example in its docstring or on its page"


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
