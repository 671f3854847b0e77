"""The typing tests of a release, run against another source tree: what users wrote must still be understood."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tools.differences import Change
from tools.packaging import SOURCES

LONG = 240


def failures(tests: Path, root: Path) -> tuple[list[Change], str]:
    """Run mypy and pyright, strictly, over the tests; gives a change for each that complains, and what they said."""
    found: list[Change] = []
    said: list[str] = []
    for checker, run in (("mypy", _mypy(tests, root)), ("pyright", _pyright(tests, root))):
        if run.returncode:
            found.append(Change("Python", "changed", f"the typing tests, under {checker}", "they fail", True, ""))
            said += [
                line if len(line) < LONG else line[:LONG] + "..." for line in (run.stdout + run.stderr).splitlines()
            ]
    return found, "\n".join(said)


def _mypy(tests: Path, root: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(root / parent) for parent in SOURCES)
    options = ["--strict", "--follow-imports=silent", "--config-file", str(root / "pyproject.toml")]
    return subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(tests)],
        env={**os.environ, "MYPYPATH": paths},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def _pyright(tests: Path, root: Path) -> subprocess.CompletedProcess[str]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pyright"]
    project = {**settings, "include": ["tests"], "extraPaths": [str(root / parent) for parent in SOURCES]}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(
            tests, Path(folder) / "tests"
        )  # pyright looks at nothing outside its project, and says so in passing
        file = Path(folder) / "pyrightconfig.json"
        file.write_text(json.dumps(project), encoding="utf-8")
        command = [sys.executable, "-m", "pyright", "--project", str(file), "--pythonpath", sys.executable]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        run.stdout = run.stdout.replace(f"{folder}{os.sep}", "")
        return run
