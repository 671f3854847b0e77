"""What installations, shell scripts and tests see of a release: Pythons, extras, commands, exit statuses, fixtures."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.outline import Facts, Outline

SOURCES = ("overlays", "generated")  # the folders of the packages
CLI = "superoffice/_cli"  # the command line's own, in one of them
ASK = "import json, click; from superoffice.cli.app import cli; print(json.dumps(cli.to_info_dict(click.Context(cli))))"
STATUSES = re.compile(r"^([A-Z][A-Z_, ]*)(?:: Final)? = (\d[\d, ]*)", re.MULTILINE)


def installed(root: Path) -> Outline:
    """Give what pyproject.toml promises to an installation."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    table: Outline = {"core": {"needs": tuple(sorted(project["dependencies"]))}}
    for line in project["classifiers"]:
        if found := re.fullmatch(r"Programming Language :: (Python) :: (3\.\d+)", line):
            table[f"{found[1]} {found[2]}"] = {}
    for extra, needs in project.get("optional-dependencies", {}).items():
        table[f"extra {extra}"] = {"needs": tuple(sorted(needs))}
    for command in project.get("scripts", {}):
        table[f"command {command}"] = {}
    for group, points in project.get("entry-points", {}).items():
        table |= {f"{group} {name}": {} for name in points}
        if group == "pytest11":
            modules = (root / "overlays" / f"{module.replace('.', '/')}.py" for module in points.values())
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


def command_line(root: Path) -> Outline:
    """Give the commands and options of `superoffice`, as click itself tells them, and the exit statuses.

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
    table: Outline = {}
    _enter("superoffice", json.loads(run.stdout), table)
    package = root / "overlays" / CLI
    for module in sorted((*package.glob("*.py"), *package.parent.glob("_command.py"))):
        table |= {f"exit status {module.stem}.{name}": {"is": status} for name, status in _statuses(module)}
    return table


def _statuses(module: Path) -> Iterator[tuple[str, str]]:
    """Yield the exit statuses of a module of commands: its numbers that have a name without underscore."""
    for names, numbers in STATUSES.findall(module.read_text(encoding="utf-8")):
        yield from zip(names.split(", "), re.findall(r"\d+", numbers), strict=True)


def _enter(name: str, command: dict[str, Any], table: Outline) -> None:
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
