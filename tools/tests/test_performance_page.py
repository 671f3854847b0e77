"""The page on performance says what was measured, and its pictures show it."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools.tests.conftest import program


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program that fills the page."""
    return program("benchmarks/page.py", monkeypatch)


@pytest.fixture
def found(page: ModuleType) -> dict[str, Any]:
    """The results that are kept."""
    results: dict[str, Any] = page.results()
    return results


def test_the_page_is_filled_from_the_results(page: ModuleType, found: dict[str, Any]) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.filled(text, found) == text
    shown = {name for _, name, _ in page.BLOCK.findall(text)}
    assert shown == {function.__name__ for function in page.FIGURES}


def test_the_pictures_are_drawn_from_the_results(page: ModuleType, found: dict[str, Any]) -> None:
    for name, tables in page.of_picture(found).items():
        assert page.digest(tables) in (page.PICTURES / f"{name}.svg").read_text(encoding="utf-8"), name


def test_another_figure_makes_another_page_and_picture(page: ModuleType, found: dict[str, Any]) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    before = page.of_picture(found)["decode"]
    other = json.loads(json.dumps(found))
    table = next(table for name, table in other["decode"]["tables"].items() if name.startswith("1,000 tickets like"))
    table["rows"]["httpx + json"]["over"][0] += 1
    assert page.filled(text, other) != text
    assert page.digest(page.of_picture(other)["decode"]) != page.digest(before)


def test_every_part_of_the_suite_is_among_the_results(found: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    suite = program("benchmarks/run.py", monkeypatch)
    assert tuple(found) == suite.PARTS
    for part in found.values():
        assert set(part["about"]) == {"commit", "day", "python", "cores", "packages"}
        assert not part["about"]["commit"].endswith("-dirty")


def test_results_are_kept_rounded_and_everything_else_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report = program("benchmarks/harness.py", monkeypatch).Report()
    for part in ("decode", "call"):  # the second run adds to the first
        report.begin(part, {"packages": "httpx 0.30.0, msgspec 0.23.10"})
        report.keep("a curve of 12.3456789 MB", {10: [1.23456789, 2.0]})
        report.add_to(tmp_path / "results.json")
    kept = {
        "about": {"packages": "httpx 0.30.0, msgspec 0.23.10"},
        "tables": {"a curve of 12.3456789 MB": {"10": [1.235, 2.0]}},
        "bars": {},
    }
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8")) == {"decode": kept, "call": kept}


def test_a_bar_that_is_missed_is_named_on_the_page(page: ModuleType, found: dict[str, Any]) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    bars = {name: bar for part in found.values() for name, bar in part["bars"].items()}
    assert any(not bar["met"] for bar in bars.values()) == ("All bars are met." not in text)
    for name, bar in bars.items():
        assert (f"| {name} | {'≥' if bar['least'] else '≤'} {bar['bar']:g} |" in text) == (not bar["met"]), name
