"""schemathesis, as its users have it, calls the sandbox over real HTTP with what the document allows and forbids."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from superoffice_sandbox import Sandbox

DOCUMENT = Path(__file__).parents[2] / "openapi/superoffice.yaml"
LONG = "SUPEROFFICE_LONG" in os.environ
SEEDS = range(1, 41 if LONG else 4)
CASES = 2_000 if LONG else 100


def findings(box: Sandbox, folder: Path, *options: str, **environment: str) -> str:
    """Run schemathesis on the default sandbox; return what it printed if it found something, else an empty text."""
    run = [sys.executable, "-m", "schemathesis.cli", "run", str(DOCUMENT), "--url", box.site, "--continue-on-failure"]
    run += ["--auth", f"{box.user}:{box.password}", *options]
    env = {**os.environ, **environment}
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=folder, env=env)
    (generated,) = re.findall(r"(\d+) generated", done.stdout) or [done.stdout + done.stderr]
    assert int(generated) > CASES
    return done.stdout if done.returncode else ""


@pytest.mark.parametrize("seed", SEEDS)
def test_stock_schemathesis_finds_nothing(box: Sandbox, tmp_path: Path, seed: int) -> None:
    assert findings(box, tmp_path, "--seed", str(seed)) == ""


@pytest.mark.parametrize("accept", ["*/*", "text/xml"])
def test_schemathesis_finds_nothing_with_every_check(box: Sandbox, tmp_path: Path, accept: str) -> None:
    """It reads no XML by itself, so it is told how: `hooks.py`."""
    (tmp_path / "xml_hooks.py").write_bytes(Path(__file__).with_name("hooks.py").read_bytes())
    options = ("--checks", "all", "--max-examples", str(CASES), "--seed", "1", "--header", f"Accept: {accept}")
    assert findings(box, tmp_path, *options, SCHEMATHESIS_HOOKS="xml_hooks", PYTHONPATH=str(tmp_path)) == ""
