"""The page on SDKs in other languages names every rule's cases, and the example is pinned."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import superoffice
from superoffice_sandbox.conformance import TOPICS, load

from .test_cases import SCHEMA

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/maintain/write-an-sdk.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples/typescript"


def test_every_case_is_named_and_every_named_case_exists() -> None:
    named = set(re.findall(rf"`((?:{'|'.join(TOPICS)})\.(?!ts`)[a-z0-9-]+)`", PAGE))
    assert named == {case.id for case in load()}
    assert f"{len(load())} cases" in PAGE


def test_every_extension_is_told(document: dict[str, Any]) -> None:
    def keys(node: Any) -> set[str]:
        if isinstance(node, dict):
            return {name for name in node if name.startswith("x-")}.union(*map(keys, node.values()))
        return set[str]().union(*map(keys, node)) if isinstance(node, list) else set()

    used = keys({name: part for name, part in document.items() if name != "examples"})
    told = Counter(re.findall(r"^\| `(x-[a-z0-9-]+)` \|", PAGE, re.MULTILINE))
    assert dict(told) == dict.fromkeys(used, 1)


def test_every_kind_of_error_is_told_with_its_class() -> None:
    kinds = {kind["const"] for kind in SCHEMA["$defs"]["kind"]["oneOf"]}
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE)
    named = {kind for row, _ in rows for kind in re.findall(r"`(\w+)`", row)}
    assert kinds <= named
    classes = re.findall(r"`(\w+Error)`", "".join(row for _, row in rows))
    assert len(classes) == len(kinds)
    assert all(hasattr(superoffice.errors, name) for name in classes)


def test_every_file_of_the_example_is_told() -> None:
    assert all(file.name in PAGE for file in (EXAMPLE / "src").glob("*.ts") if file.name != "document.ts")


def test_the_example_is_pinned_without_addresses_of_its_own() -> None:
    package = json.loads((EXAMPLE / "package.json").read_bytes())
    pins = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values()), pins
    assert pins["typescript"].startswith("5.")
    assert "resolved" not in (EXAMPLE / "package-lock.json").read_text(encoding="utf-8")


def test_what_has_no_cases_is_told_with_tests_that_there_are() -> None:
    section = PAGE.partition("### Rules without cases")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(tests/[\w/.]+)`", section))
    assert {
        "tests/superoffice/auth/test_sign_in.py",
        "tests/superoffice/auth/test_tenant.py",
        "tests/superoffice/test_stream.py",
        "tests/superoffice/test_read_plan.py",
    } <= named
    assert all((ROOT / name).exists() for name in named)


def test_node_is_as_new_as_the_example_asks() -> None:
    asked = json.loads((EXAMPLE / "package.json").read_bytes())["engines"]["node"]
    assert re.findall(r"with Node (\S+) or newer", PAGE) == [asked.removeprefix(">=")]
