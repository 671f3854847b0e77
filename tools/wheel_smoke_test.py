"""Try the built wheels as users get them: in clean environments, on every Python that they promise."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

import attrs

from tools.distributions import settings_of
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
NO_SANDBOX = """
import importlib.metadata, importlib.util
assert importlib.util.find_spec("superoffice_sandbox") is None
assert "superoffice_sandbox" not in importlib.metadata.entry_points(group="pytest11").names
"""
COMMAND = ("get", "439", "829", "1234", "--sandbox", "--format", "json")
SURROUNDINGS = ("PYTHON", "VIRTUAL_ENV", "SUPEROFFICE", "COVERAGE")


@attrs.frozen
class Wheels:
    """The two wheels of a release, and what they promise.

    Args:
        sdk: The file of superoffice-sdk.
        sandbox: The file of superoffice-sandbox.
        version: The version that they must say they are.
        pythons: The Pythons of the classifiers.
        extras: The SDK's extras but `spark`, whose 480 MB `nox -s spark` tries.
        readme: The README, whose examples are run.
    """

    sdk: Path
    sandbox: Path
    version: str
    pythons: tuple[str, ...]
    extras: tuple[str, ...]
    readme: str


def pythons(root: Path) -> tuple[str, ...]:
    """Return the Pythons of the classifiers, in their order."""
    classifiers = settings_of(root)["project"]["classifiers"]
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line) for line in classifiers)
    return tuple(match[1] for match in found if match)


def promised(root: Path, wheels: Iterable[Path], version: str) -> Wheels:
    """Return the wheels of the SDK and of the sandbox, with what pyproject.toml promises of them."""
    sdk, sandbox = wheels
    readme = (root / "README.md").read_text(encoding="utf-8")
    extras = tuple(extra for extra in settings_of(root)["project"]["optional-dependencies"] if extra != "spark")
    return Wheels(sdk, sandbox, version, pythons(root), extras, readme)


def environment(wheels: Wheels, python: str, folder: Path, extras: Iterable[str] = (), *, group: str = "") -> Path:
    """Make a clean environment with the SDK, maybe some extras and a group; returns the folder of its programs."""
    _run(["uv", "venv", "--quiet", "--no-project", "--python", python, str(folder)], folder.parent)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    wanted = [f"superoffice-sdk[{','.join(extras)}] @ {wheels.sdk.as_uri()}"]
    if "sandbox" in extras:  # from its file, since a version that is not released yet is nowhere else
        wanted.append(f"superoffice-sandbox @ {wheels.sandbox.as_uri()}")
    install = ["uv", "pip", "install", "--quiet", "--python", str(programs / "python"), *wanted]
    _run([*install, *(("--group", group) if group else ())], folder.parent)
    return programs


def alone(wheels: Wheels, programs: Path, folder: Path) -> None:
    """Try the SDK without extras: every public name is there, and the command says what it needs."""
    _run([str(programs / "python"), "-c", EVERY_NAME, wheels.version], folder)
    _asks_for("cli", programs, ("--version",), folder)


def without_sandbox(programs: Path, folder: Path) -> None:
    """Try the SDK with its extra `cli` alone: `--sandbox` says what it needs, and pytest finds no plugin."""
    _asks_for("sandbox", programs, COMMAND, folder)
    _run([str(programs / "python"), "-c", NO_SANDBOX], folder)


def _asks_for(extra: str, programs: Path, command: Iterable[str], folder: Path) -> None:
    said = _run([str(programs / "superoffice"), *command], folder, expected=2)
    if f"superoffice-sdk[{extra}]" not in said:
        raise SmokeTestError(f"without its extra {extra} the command says {said!r}")


def whole(wheels: Wheels, programs: Path, folder: Path) -> None:
    """Try the SDK with all its extras: the README's first command, and its example that needs no account."""
    tickets = json.loads(_run([str(programs / "superoffice"), *COMMAND], folder))
    if [ticket["TicketId"] for ticket in tickets] != [439, 829, 1234]:
        raise SmokeTestError(f"the README's command gives {tickets}")
    blocks = re.findall(r"```python\n(.*?)```", wheels.readme, re.DOTALL)
    (example,) = (text for text in blocks if "sandbox.start()" in text)
    if not _run([str(programs / "python"), "-c", example], folder).strip():
        raise SmokeTestError("the README's example with a sandbox prints nothing")


def suite(programs: Path, sdist: Path, folder: Path) -> str:
    """Run the clients' tests, as the sdist brings them, on the installed wheels; returns the last line they say."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    for parent in ("generated", "overlays"):
        shutil.rmtree(unpacked / parent)  # so that only the wheels can be what is tested
    said = _run([str(programs / "python"), "-m", "pytest", "-q", "-n", "auto", "-m", "not long", *TESTS], unpacked)
    return said.strip().splitlines()[-1]


class SmokeTestError(Exception):
    """A wheel does not do in a clean environment what it promises."""


def _run(command: list[str], where: Path, *, expected: int = 0) -> str:
    """Run a command outside the source tree, with none of its surroundings; returns what it prints."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(SURROUNDINGS)}
    run = subprocess.run(command, cwd=where, env=clean, capture_output=True, text=True, check=False)
    if run.returncode != expected:
        raise SmokeTestError(f"{' '.join(command)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return run.stdout + run.stderr
