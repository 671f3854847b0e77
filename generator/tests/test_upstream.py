"""What our templates shadow is what they say, and a newer generator is noticed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from upstream import HEAD, HERE, STOCK, Shadow, installed, pins, sha256, shadows

from .scratch import edit

CLIENT, NAME, _ = STOCK["client"]
SITE = installed(Path(CLIENT)).parent


@pytest.mark.parametrize("shadow", list(shadows()), ids=lambda shadow: str(shadow.stock))
def test_a_template_says_what_it_shadows_and_what_that_was(shadow: Shadow) -> None:
    assert sha256(installed(shadow.stock)) == shadow.sha256


def test_a_template_of_a_stock_name_shadows_that_one() -> None:
    known = {shadow.ours: shadow.stock.name for shadow in shadows()}
    for ours in HERE.glob("templates/*/**/*.jinja*"):
        stock = {found.name for found in installed(Path(STOCK[ours.parent.name][0])).rglob("*.jinja*")}
        assert known.get(ours) == (ours.name if ours.name in stock else None), ours


def test_the_pinned_generators_are_installed() -> None:
    assert {name: distribution(name).version for _, name, _ in STOCK.values()}.items() <= pins().items()


def test_what_is_locked_is_what_is_pinned() -> None:
    locked = {line.split(" ;")[0] for line in (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()}
    pinned = {f"{name.replace('.', '-')}=={version}" for name, version in pins().items()}
    assert pinned <= locked, "run `nox -s generate -- --lock`"


def test_a_head_has_a_whole_hash() -> None:
    assert HEAD.match("{# Shadows a.jinja (sha256 12): x #}") is None
    assert HEAD.match("{# Shadows nothing: x #}")


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A newer release of the client's generator, before the installed one."""
    found = next(iter(SITE.glob(f"{CLIENT}-*.dist-info")))
    shutil.copytree(SITE / CLIENT, tmp_path / CLIENT, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(found, tmp_path / f"{CLIENT}-99.0.dist-info")
    metadata = tmp_path / f"{CLIENT}-99.0.dist-info/METADATA"
    metadata.write_text(re.sub(r"(?m)^Version: .*", "Version: 99.0", metadata.read_text(encoding="utf-8"), count=1))
    return tmp_path


def upstream(newer: Path) -> tuple[int, str]:
    command = [sys.executable, str(HERE / "upstream.py"), str(SITE)]
    env = {**os.environ, "PYTHONPATH": str(newer)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    return done.returncode, done.stdout + done.stderr


def test_the_pinned_generators_change_nothing(tmp_path: Path) -> None:
    status, said = upstream(tmp_path)
    assert (status, said.splitlines()) == (
        0,
        [
            *(f"{name}: {pins()[name]} is pinned, which is the newest." for _, name, _ in STOCK.values()),
            "The newest generators make what is in generated/.",
        ],
    )


def test_a_stock_template_that_changed_is_shown(newer: Path) -> None:
    edit(newer / CLIENT / "templates/endpoint_module.py.jinja", ("def _get_kwargs(", "def _kwargs("))
    status, said = upstream(newer)
    assert f"{NAME}: {pins()[NAME]} is pinned, the newest is 99.0." in said
    assert "endpoint_module.py.jinja shadows, is another:" in said
    assert "-def _get_kwargs(\n+def _kwargs(" in said
    assert (status, said.splitlines()[-1]) == (0, "The newest generators make what is in generated/.")


def test_other_output_is_shown_and_fails(newer: Path) -> None:
    template = newer / CLIENT / "templates/api_init.py.jinja"
    template.write_text('"""Every endpoint."""\n')
    (newer / CLIENT / "templates/errors.py.jinja").unlink()
    status, said = upstream(newer)
    assert "errors.py.jinja shadows, is gone." in said
    assert status == 1
    assert '-"""Contains methods for accessing the API"""\n+"""Every endpoint."""' in said


def test_a_generator_that_fails_is_told(newer: Path) -> None:
    edit(newer / CLIENT / "__init__.py", ("class Project:", "class Projects:"))
    status, said = upstream(newer)
    assert status == 1
    assert "They make nothing:" in said
    assert "NameError" in said
