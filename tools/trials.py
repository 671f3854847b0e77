"""Try a built wheel as users get it: in clean environments, on every Python that it promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path

import attrs

from tools.variants import TESTS

EVERY_NAME = """
import importlib, importlib.metadata, sys
for name in ("superoffice", "superoffice_runtime"):
    module = importlib.import_module(name)
    for public in module.__all__:
        getattr(module, public)
import superoffice_api.api.ticket.get_tickets
assert importlib.metadata.version("superoffice-sdk") == sys.argv[1], importlib.metadata.version("superoffice-sdk")
"""
COMMAND = ("get", "439", "829", "1234", "--sandbox", "--output", "json")
SURROUNDINGS = ("PYTHON", "VIRTUAL_ENV", "SUPEROFFICE", "COVERAGE")


@attrs.frozen
class Wheel:
    """A wheel to try, and what it promises.

    Args:
        path: The wheel's file.
        version: The version that it must say it is.
        pythons: The Pythons of its classifiers.
        extras: Its extras but `spark`, whose 480 MB `nox -s spark` tries.
        readme: The README, whose examples are run.
    """

    path: Path
    version: str
    pythons: tuple[str, ...]
    extras: tuple[str, ...]
    readme: str


def pythons(root: Path) -> tuple[str, ...]:
    """Give the Pythons of the classifiers, in their order."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line) for line in project["classifiers"])
    return tuple(match[1] for match in found if match)


def promised(root: Path, path: Path, version: str) -> Wheel:
    """Give a wheel with what pyproject.toml promises of it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (root / "README.md").read_text(encoding="utf-8")
    extras = tuple(extra for extra in project["optional-dependencies"] if extra != "spark")
    return Wheel(path, version, pythons(root), extras, readme)


def environment(wheel: Wheel, python: str, folder: Path, *, extras: bool, group: str = "") -> Path:
    """Make a clean environment with the wheel, maybe its extras and a group; gives the folder of its programs."""
    _run(["uv", "venv", "--quiet", "--no-project", "--python", python, str(folder)], folder.parent)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    wanted = f"superoffice-sdk{'[' + ','.join(wheel.extras) + ']' if extras else ''} @ {wheel.path.as_uri()}"
    install = ["uv", "pip", "install", "--quiet", "--python", str(programs / "python"), wanted]
    _run([*install, *(("--group", group) if group else ())], folder.parent)
    return programs


def alone(wheel: Wheel, programs: Path, folder: Path) -> None:
    """Try a wheel without extras: every public name is there, and the command says what it needs."""
    _run([str(programs / "python"), "-c", EVERY_NAME, wheel.version], folder)
    said = _run([str(programs / "superoffice"), "--version"], folder, expected=2)
    if "superoffice-sdk[cli]" not in said:
        raise TrialError(f"without its extra the command says {said!r}")


def whole(wheel: Wheel, programs: Path, folder: Path) -> None:
    """Try a wheel with all its extras: the README's first command, and its example that needs no account."""
    tickets = json.loads(_run([str(programs / "superoffice"), *COMMAND], folder))
    if [ticket["TicketId"] for ticket in tickets] != [439, 829, 1234]:
        raise TrialError(f"the README's command gives {tickets}")
    blocks = re.findall(r"```python\n(.*?)```", wheel.readme, re.DOTALL)
    (example,) = (text for text in blocks if "sandbox.start()" in text)
    if not _run([str(programs / "python"), "-c", example], folder).strip():
        raise TrialError("the README's example with a sandbox prints nothing")


def suite(programs: Path, sdist: Path, folder: Path) -> str:
    """Run the clients' tests, as the sdist brings them, on the installed wheel; gives the last line they say."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    for parent in ("generated", "overlays"):
        shutil.rmtree(unpacked / parent)  # so that only the wheel can be what is tested
    said = _run([str(programs / "python"), "-m", "pytest", "-q", "-n", "auto", "-m", "not long", *TESTS], unpacked)
    return said.strip().splitlines()[-1]


class TrialError(Exception):
    """The wheel does not do in a clean environment what it promises."""


def _run(command: list[str], where: Path, *, expected: int = 0) -> str:
    """Run a command outside the source tree, with none of its surroundings; gives what it says."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(SURROUNDINGS)}
    run = subprocess.run(command, cwd=where, env=clean, capture_output=True, text=True, check=False)
    if run.returncode != expected:
        raise TrialError(f"{' '.join(command)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return run.stdout + run.stderr
