"""Every block of every page is read by a test, whichever language it is in."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ..test_examples import ELSEWHERE, comments, snippets
from .conftest import ROOT

READ_BY = {  # the kind of block, where only one page has it that page too
    "python": "tests/test_examples.py",
    "console": "tests/site/test_console.py",
    "text docs/guides/doctor.md": "tests/site/test_console.py",
    "text docs/guides/logging-and-metrics.md": "tests/site/test_console.py",
    "py docs/examples.md": "tests/programs/test_docs.py",
    "py docs/guides/spark.md": "tests/spark/test_docs.py",
    "yaml docs/maintain/change-the-document.md": "generator/tests/test_edits.py",
    "json docs/maintain/write-an-sdk.md": "tests/site/test_blocks.py",
}
PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text("utf-8")
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
}
BLOCKS = {(kind, page) for page, text in PAGES.items() for kind in re.findall(r"^```(.+)$", text, re.MULTILINE)}
EDITS = "docs/maintain/change-the-document.md"
OUTCOMES = re.findall(r"^```json\n(.*?)^```", PAGES["docs/maintain/write-an-sdk.md"], re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("kind", "page"), sorted(BLOCKS))
def test_every_block_is_read(kind: str, page: str) -> None:
    reader = READ_BY.get(kind) or READ_BY[f"{kind} {page}"]
    assert (ROOT / reader).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_blocks_are_written_as_tests_look_for_them(page: str) -> None:
    fences = re.findall(r"^.*(?:```|~~~).*$", PAGES[page], re.MULTILINE)
    assert all(re.fullmatch(r"```\w+", each) for each in fences[::2])
    assert all(each == "```" for each in fences[1::2])


def test_every_reader_has_what_it_reads() -> None:
    assert {name for kind, page in BLOCKS for name in (kind, f"{kind} {page}")} >= set(READ_BY)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcomes_are_what_the_judge_takes(outcome: str) -> None:
    file = ROOT / "sandbox/superoffice_sandbox/conformance/cases/case.schema.json"
    schema: dict[str, Any] = json.loads(file.read_bytes())
    Draft202012Validator({"$defs": schema["$defs"], "$ref": "#/$defs/outcome"}).validate(json.loads(outcome))


def test_calls_of_new_operations_are_those_of_the_tried_program() -> None:
    """The program is run on a client that has the page's edits, which this one has not."""
    (snippet,) = snippets(ROOT / EDITS)
    program = ast.parse((ROOT / ELSEWHERE[EDITS]).with_name("edits").joinpath("program.py").read_text("utf-8"))
    assert uses(ast.parse(snippet)) <= uses(program)
    (said,) = comments(snippet).values()
    assert f"status.status is TicketBaseStatus.{said.upper()}" in ast.unparse(program)


def uses(program: ast.Module) -> set[str]:
    """Return what a program imports, and its calls through the client."""
    found = list(ast.walk(program))
    imports = [node for node in found if isinstance(node, ast.ImportFrom)]
    calls = {ast.unparse(node) for node in found if isinstance(node, ast.Call)}
    names = {f"{each.module} {name.name}" for each in imports for name in each.names}
    return names | {call for call in calls if ".sync(client" in call}
