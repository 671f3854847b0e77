"""What installations, shell scripts and tests see of a release: Pythons, extras, commands, exit statuses, fixtures."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.distributions import PROJECTS, settings_of
from tools.flatten_openapi import Facts, FactTable

SOURCES = ("overlays", "generated", "sandbox")  # the folders of the packages
EXIT_STATUSES = "overlays/superoffice/cli/__init__.py"  # the numbers in it that have a name
ASK = "import json, click; from superoffice.cli.app import cli; print(json.dumps(cli.to_info_dict(click.Context(cli))))"
STATUSES = re.compile(r"^([A-Z][A-Z_, ]*)(?:: Final)? = (\d[\d, ]*)", re.MULTILINE)


def installed(root: Path) -> FactTable:
    """Return what the pyproject.toml of both distributions promise to an installation."""
    project = settings_of(root)["project"]
    table: FactTable = {"core": {"needs": tuple(sorted(project["dependencies"]))}}
    for line in project["classifiers"]:
        if found := re.fullmatch(r"Programming Language :: (Python) :: (3\.\d+)", line):
            table[f"{found[1]} {found[2]}"] = {}
    for extra, needs in project.get("optional-dependencies", {}).items():
        table[f"extra {extra}"] = {"needs": tuple(sorted(needs))}
    for command in project.get("scripts", {}):
        table[f"command {command}"] = {}
    for folder in PROJECTS:
        points = settings_of(root, folder)["project"].get("entry-points", {}).get("pytest11", {})
        table |= {f"pytest11 {name}": {} for name in points}
        modules = (root / folder / f"{module.replace('.', '/')}.py" for module in points.values())
        table |= {f"fixture {name}": {} for module in modules for name in _fixtures(module)}
    return table


def _fixtures(module: Path) -> Iterator[str]:
    """Yield the names by which tests ask for the fixtures of a plugin."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                made = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
                if ast.unparse(made.func) == "pytest.fixture":
                    given = [ast.literal_eval(each.value) for each in made.keywords if each.arg == "name"]
                    yield str(given[0]) if given else node.name


def command_line(root: Path) -> FactTable:
    """Return the commands and options of `superoffice`, as click itself tells them, and the exit statuses.

    Raises:
        RuntimeError: The command line of that source tree cannot be imported.
    """
    paths = os.pathsep.join(str(root / parent) for parent in SOURCES)
    run = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    if run.returncode:
        raise RuntimeError(f"the command line cannot be imported:\n{run.stderr}")
    table: FactTable = {}
    _enter("superoffice", json.loads(run.stdout), table)
    for names, numbers in STATUSES.findall((root / EXIT_STATUSES).read_text(encoding="utf-8")):
        for name, status in zip(names.split(", "), re.findall(r"\d+", numbers), strict=True):
            table[f"exit status {name}"] = {"is": status}
    return table


def _enter(name: str, command: dict[str, Any], table: FactTable) -> None:
    table[name] = {}
    for parameter in command["params"]:
        names = parameter["opts"] + parameter["secondary_opts"]
        facts = _facts(parameter)
        if parameter["param_type_name"] == "argument":
            table[f"{name} {parameter['name'].upper()}"] = facts
        else:
            table |= {f"{name} {option}": facts for option in names}
    for below, inner in command.get("commands", {}).items():
        _enter(f"{name} {below}", inner, table)


def _facts(parameter: dict[str, Any]) -> Facts:
    kind = parameter["type"]
    facts: Facts = {"takes": "nothing" if parameter.get("is_flag") else kind["name"]}
    if "choices" in kind:
        facts["values"] = tuple(sorted(map(str, kind["choices"])))
    if parameter["required"]:
        facts["required"] = "yes"
    if parameter["multiple"] or parameter["nargs"] != 1:
        facts["several"] = "yes"
    default = parameter.get("default")
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        facts["default"] = str(default)
    return facts
