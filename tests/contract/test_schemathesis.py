"""schemathesis calls the sandbox over real HTTP with what the document allows and what it forbids."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import superoffice_sandbox
from superoffice_sandbox import Behaviour, Sandbox
from superoffice_sandbox.zones import NUMBERS, known_codes

LONG = "SUPEROFFICE_LONG" in os.environ
CASES = 2_000 if LONG else 100
RUN = [sys.executable, "-m", "schemathesis.cli", "run", "document.json", "--seed", "1", "--continue-on-failure"]


@pytest.fixture(scope="module")
def strict() -> Iterator[Sandbox]:
    """A sandbox that answers in the variants that fit `format: date-time`, which wants an offset on each of them."""
    variants = Behaviour(empty_date="utc", offsets="always")
    with superoffice_sandbox.start(tickets=50, behaviour=variants) as box:
        yield box


def any_case(code: str) -> str:
    return "".join(f"[{letter}{letter.lower()}]" if letter.isalpha() else re.escape(letter) for letter in code)


def with_zones(document: dict[str, Any]) -> dict[str, Any]:
    """Name in the document the zones that there are.

    It cannot say so itself, since the codes are known in part only; without them nearly every call would be refused.
    """
    zones = "|".join([*map(any_case, known_codes()), *map(str, NUMBERS)])
    offset = any_case("INCLUDETZOFFSET")
    document = json.loads(json.dumps(document))
    document["components"]["parameters"]["TimeZone"]["schema"] = {
        "type": "string",
        "pattern": f"^(({zones})( *, *{offset})?|{offset})?$",
    }
    return document


@pytest.mark.parametrize("accept", ["*/*", "text/xml"])
def test_the_sandbox_answers_as_the_document_says(
    strict: Sandbox, document: dict[str, Any], tmp_path: Path, accept: str
) -> None:
    (tmp_path / "document.json").write_text(json.dumps(with_zones(document)), encoding="utf-8")
    sign_in = ["--auth", f"{strict.user}:{strict.password}", "--header", f"Accept: {accept}"]
    options = ["--url", strict.site, "--checks", "all", "--max-examples", str(CASES), *sign_in]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(tmp_path)}
    hooks = Path(__file__).with_name("hooks.py").read_text(encoding="utf-8")
    (tmp_path / "schemathesis_hooks.py").write_text(hooks, encoding="utf-8")
    done = subprocess.run([*RUN, *options], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (generated,) = re.findall(r"(\d+) generated", done.stdout)
    assert int(generated) > CASES
