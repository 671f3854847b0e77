"""The picture of the design, and the table beside it, are what the code gives."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET  # reads what we have drawn ourselves

import pytest

from tools import draw_design
from tools.draw_design import BEGIN, END, STEPS, Design, main, picture, read, table


@pytest.fixture(scope="module")
def design() -> Design:
    return read()


def test_what_is_drawn_is_what_the_code_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_arrows_go_one_way(design: Design) -> None:
    assert ("superoffice_sandbox", "superoffice_runtime") in design.arrows
    assert ("superoffice_runtime", "superoffice_api") not in design.arrows
    assert all(module.startswith("superoffice._cli.") for module in design.late)


def test_every_step_has_its_modules_and_none_is_in_two(design: Design) -> None:
    placed = [module for step in STEPS for module in design.modules[step.name]]
    assert len(placed) == len(set(placed))
    assert not set(placed) & set(design.shared)
    assert "superoffice._id_column" in design.modules["ids"]  # by its imports alone


def test_a_module_that_no_call_goes_through_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stray = draw_design.Step("ids", "", ("superoffice.spark",), "")
    monkeypatch.setattr(draw_design, "STEPS", (stray, *STEPS[1:]))
    with pytest.raises(SystemExit, match=r"no call goes through superoffice\.spark"):
        read()


def test_the_picture_is_well_formed_and_says_in_words_what_it_shows(design: Design) -> None:
    root = ET.fromstring(picture(design))  # noqa: S314
    said = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
    assert "reconcile: batch" in said
    assert "superoffice_runtime imports none of the others" in said


def test_stale_files_are_told_and_drawn_anew(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(draw_design, "ROOT", tmp_path)
    monkeypatch.setattr(draw_design, "PICTURE", tmp_path / "design.svg")
    monkeypatch.setattr(draw_design, "PAGE", tmp_path / "design.md")
    monkeypatch.setattr(draw_design, "read", lambda: design)
    monkeypatch.setattr(draw_design, "table", lambda _: "the table")
    draw_design.PAGE.write_text("# Design\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="no place for the table"):
        main([])
    draw_design.PAGE.write_text(f"before\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    assert main(["--check"]) == 1
    assert "design.svg is not what the code gives" in capsys.readouterr().out
    assert not draw_design.PICTURE.exists()
    assert main([]) == 0
    assert main(["--check"]) == 0
    assert draw_design.PAGE.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nthe table\n{END}\nafter\n"


def test_the_table_has_what_modules_say_of_themselves(design: Design) -> None:
    assert "| **reconcile** | `superoffice.batch` | The result of asking for several tickets. |" in table(design)
