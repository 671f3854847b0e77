"""What datamodel-code-generator is given, and what it made of it."""

from __future__ import annotations

import ast
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

from facts import GenerationError, Json, in_bodies, objects
from operations import HOLDER

HERE = Path(__file__).resolve().parent


class Models(NamedTuple):
    """What the model generator made: for each class, attribute and type of each member by its wire name."""

    imports: str
    classes: dict[str, dict[str, tuple[str, str]]]


def models_in(source: str) -> Models:
    """Read the generated models, so that names and types stand elsewhere as they stand there."""
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != "__future__"]
    classes = {node.name: _members(node) for node in tree.body if isinstance(node, ast.ClassDef)}
    return Models("\n".join(map(ast.unparse, imports)), classes)


def without_class(source: str, name: str) -> str:
    """Return the generated models without one of them."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            lines = source.splitlines(keepends=True)
            return "".join(lines[: node.lineno - 1] + lines[node.end_lineno :])
    return source


def models_document(document: Json, asked: dict[str, Json]) -> Json:
    """Return what the model generator is given: all components, and `asked` as members of another.

    In objects that are sent, what is not required may be left unset, so that it is not sent; None is sent as null.
    """
    sent, schemas = in_bodies(document), dict(document["components"]["schemas"])
    for name in sent & {name for name, _ in objects(document)}:
        members = schemas[name]["properties"]
        required = [key for key in schemas[name].get("required", []) if not members[key].get("x-read-only")]
        schemas[name] = {
            **schemas[name],
            "required": required,
            "properties": {key: each if key in required else _unset(each) for key, each in members.items()},
        }
    if asked:
        schemas[HOLDER] = {"type": "object", "properties": asked, "required": list(asked)}
    return {"openapi": document["openapi"], "info": document["info"], "paths": {}, "components": {"schemas": schemas}}


def _unset(member: Json) -> Json:
    """Return a member so that the model generator makes it `T | None | UnsetType`, or `T | UnsetType`."""
    if not member.get("nullable"):
        return member
    kept = {key: value for key, value in member.items() if key not in ("nullable", "description")}
    kept = kept["allOf"][0] if "allOf" in kept else kept
    return {"description": member.get("description", ""), "anyOf": [kept, {"type": "null"}]}


def _members(node: ast.ClassDef) -> dict[str, tuple[str, str]]:
    found = {}
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            given = each.value.keywords if isinstance(each.value, ast.Call) else []
            wire = next((ast.literal_eval(word.value) for word in given if word.arg == "name"), each.target.id)
            found[wire] = each.target.id, ast.unparse(each.annotation)
    return found


@contextlib.contextmanager
def generated(
    parsed: Json, asked: dict[str, Json], folder: Path
) -> Generator[Callable[[], tuple[str, dict[str, str]]]]:
    """Run datamodel-code-generator beside what else is done; what is given waits for the models.

    Every object and enumeration must come out under its component's name. The types of what is asked come with them.
    """
    document = models_document(parsed, asked)
    schemas = document["components"]["schemas"].items()
    wanted = {name for name, schema in schemas if "properties" in schema or "enum" in schema}
    source, target = folder / "models.json", folder / "models.py"
    source.write_text(json.dumps(document), encoding="utf-8")  # which is read in no time
    command = [sys.executable, "-m", "datamodel_code_generator", "--input", str(source), "--output", str(target)]

    def finished() -> tuple[str, dict[str, str]]:
        out, err = process.communicate()
        if process.returncode or err.strip():
            raise GenerationError(f"datamodel-code-generator failed or warned:\n{err or out}")
        text = target.read_text(encoding="utf-8")
        classes = models_in(text).classes
        if classes.keys() != wanted:
            raise GenerationError(f"models and components are named differently: {sorted(classes.keys() ^ wanted)}")
        text = text.partition("from __future__ import annotations\n")[2]  # its header names a file that is not kept
        # Where a field has the name of a type, the models call the type `date_aliased`; operations need not.
        types = {name: of.replace("_aliased", "") for name, (_, of) in classes.get(HOLDER, {}).items()}
        return without_class(text, HOLDER), types

    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield finished
