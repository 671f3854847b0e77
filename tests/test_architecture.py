"""Imports point one way: no circle of files, and none against the layers that pyproject.toml lists.

Imports within functions and those for type checkers alone count as all others.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["layers"]
PACKAGES: list[str] = LAYERS["packages"]  # from the top
LAYER_OF = {room: level for level, line in enumerate(LAYERS["superoffice"]) for room in line.split(" | ")}


def graph_of(*packages: str) -> dict[str, set[str]]:
    """Return what each module of packages imports of them."""
    graph = grimp.build_graph(*packages, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in sorted(graph.modules)}


@pytest.fixture(scope="module")
def arrows() -> list[tuple[str, str]]:
    """All pairs of modules of which the first imports the second."""
    return [(module, other) for module, imported in graph_of(*PACKAGES).items() for other in sorted(imported)]


def circle(graph: Mapping[str, Set[str]]) -> str:
    """Return modules of which each is imported by the next, and the last by the first; empty where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " <- ".join(error.args[1])
    return ""


def told(wrong: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{module} imports {other}" for module, other in wrong)


def in_sdk(module: str) -> bool:
    return module.startswith("superoffice.")


def room(module: str) -> str:
    """Return the name of a file or folder at the top of superoffice."""
    return module.split(".")[1]


@pytest.mark.parametrize("package", [*PACKAGES, "tools"])
def test_no_files_import_each_other_in_a_circle(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))  # where tools is
    assert circle(graph_of(package)) == ""


def test_the_generators_files_do_not_either() -> None:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (ROOT / "generator").glob("*.py")}
    imported = {name: re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE) for name, text in texts.items()}
    assert circle({name: texts.keys() & {*others} for name, others in imported.items()}) == ""


def test_packages_import_those_below_them(arrows: list[tuple[str, str]]) -> None:
    level = {package: number for number, package in enumerate(PACKAGES)}
    up = [(module, other) for module, other in arrows if level[other.split(".")[0]] < level[module.split(".")[0]]]
    # The command line has the sandbox's own command, and starts one for others when it is asked to.
    wrong = [arrow for arrow in up if not (arrow[0].startswith("superoffice.cli.") and "_sandbox" in arrow[1])]
    assert told(wrong) == ""


def test_each_room_of_superoffice_is_in_a_layer(arrows: list[tuple[str, str]]) -> None:
    assert {room(module) for arrow in arrows for module in arrow if in_sdk(module)} == set(LAYER_OF)


def test_rooms_of_superoffice_import_those_below_them(arrows: list[tuple[str, str]]) -> None:
    between = [arrow for arrow in arrows if all(map(in_sdk, arrow)) and room(arrow[0]) != room(arrow[1])]
    wrong = [(module, other) for module, other in between if LAYER_OF[room(other)] <= LAYER_OF[room(module)]]
    assert told(wrong) == ""


def test_nothing_in_superoffice_imports_all_of_it(arrows: list[tuple[str, str]]) -> None:
    assert told((module, other) for module, other in arrows if in_sdk(module) and other == "superoffice") == ""


def test_sending_knows_nothing_of_signing_in(arrows: list[tuple[str, str]]) -> None:
    ends = ("superoffice.transport", "superoffice.auth")
    wrong = [arrow for arrow in arrows if all(module.startswith(end) for module, end in zip(arrow, ends, strict=True))]
    assert told(wrong) == ""


def test_contributing_maps_each_room_of_superoffice() -> None:
    _, _, page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Layout\n")
    told = set(re.findall(r"`((?:\w+/)*\w+(?:/|\.py))`", page.partition("\n## ")[0]))
    homes = [ROOT, ROOT / "overlays/superoffice", ROOT / "generated"]
    assert [name for name in sorted(told) if not any((home / name).exists() for home in homes)] == []
    named = {name.partition("/")[0].removesuffix(".py") for name in told}
    assert [each for each in LAYER_OF if each not in named] == []
