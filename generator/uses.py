"""Find what hand-written code uses of the generated package that is no longer there, with the places."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from facts import Json, objects

FOLDERS = ("overlays", "sandbox")


def names(document: Json) -> set[str]:
    """Return the API names of all fields."""
    return {key for _, schema in objects(document) for key in schema["properties"]}


def gone(package: Path, document: Json, root: Path) -> Iterator[str]:
    """Yield each use of what a new package, in `package`, has no longer, beside the old one in `root`."""
    old = root / "generated" / package.name / "document.json"
    lost = names(json.loads(old.read_text(encoding="utf-8"))) - names(document) if old.exists() else set()
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                where = f"{file.relative_to(root).as_posix()}:{getattr(node, 'lineno', 0)}"
                if isinstance(node, ast.Constant) and node.value in lost:
                    yield f"{where} has the field {node.value}, which is gone"
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package.name:
                    there = _names_in(package.parent.joinpath(*str(node.module).split(".")))
                    for each in node.names:
                        if each.name not in there:
                            yield f"{where} imports {each.name} from {node.module}, which is gone"


def _names_in(module: Path) -> set[str]:
    """Return what can be imported from a module or a package."""
    inside = {file.stem for file in module.glob("*.py")} | {each.name for each in module.glob("*/")}
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    found = ast.parse(file.read_text(encoding="utf-8")).body if file.exists() else []
    for node in found:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inside.add(node.name)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            inside |= {each.id for each in targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            inside |= {each.asname or each.name for each in node.names}
    return inside
