"""The public API as text: every public name with its signature, a line each, as Go keeps its own in `api/*.txt`.

Public is what a module lists in `__all__`, and in `superoffice_api`, which is generated, each name without an
underscore. `record` reads the sources with griffe and imports nothing but the command line; `read` takes its text apart
again, into tables that `differences` compares.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import griffe

from tools.differences import parts
from tools.flatten_openapi import Facts, FactTable
from tools.packaging import SOURCES, command_line, installed

FILE = "tools/api.txt"
PACKAGES = ("superoffice", "superoffice_sandbox", "superoffice_api", "superoffice_runtime")  # the first's name is taken
OPEN = "superoffice_api"  # its modules have no __all__
LONG = 80  # a longer value of a constant is not told: it is data, such as the document's facts
UNSEEN = {"__attrs_post_init__", "__reduce__", "__repr__"}  # of the methods that Python calls, those no user notices
DEFINED = re.compile(r"(?:(module|class|property|(?:async )?def|classmethod|staticmethod) )?([\w.]+)(.*)")


def record(root: Path) -> str:
    """Return the public API of a source tree.

    Raises:
        RuntimeError: Its command line cannot be imported.
    """
    areas = {"Python": python(root)}
    for area, table in (("command line", command_line(root)), ("installed", installed(root))):
        areas[area] = [f"{place} {json.dumps(facts, sort_keys=True)}" for place, facts in sorted(table.items())]
    return "\n".join(line for area, lines in areas.items() for line in (f"# {area}", *lines, ""))


def read(text: str) -> dict[str, FactTable]:
    """Take the text of a record apart, into a table for each area."""
    areas: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            areas[line[2:]] = []
        elif line:
            areas[next(reversed(areas))].append(line)
    return {area: table(lines) if area == "Python" else _facts(lines) for area, lines in areas.items()}


def _facts(lines: Iterable[str]) -> FactTable:
    found = (re.fullmatch(r"(.+?) (\{.*\})", line) for line in lines)
    given = {match[1]: json.loads(match[2]) for match in found if match}
    return {
        place: {fact: tuple(value) if isinstance(value, list) else value for fact, value in facts.items()}
        for place, facts in given.items()
    }


def python(root: Path) -> list[str]:
    """Return the lines of the Python packages."""
    sources = [root / folder for folder in SOURCES]
    loader = griffe.GriffeLoader(search_paths=sources, allow_inspection=False)
    for package in PACKAGES:
        loader.load(package)
    loader.resolve_aliases(implicit=True, external=False)
    names: dict[str, str] = {}  # what is exported, by where it is defined
    told: list[tuple[str, str]] = []
    public: list[tuple[str, griffe.Object]] = []
    for package in PACKAGES:
        exported = _exported(loader.modules_collection[package])
        for name, target in sorted(exported, key=lambda each: (len(each[0]), each[0])):
            if target.path in names:
                told.append((name, f"{name} = {names[target.path]}"))
            else:
                names[target.path] = name
                public.append((name, target))
    for name, target in public:
        told += _told(name, target, names)
    return [line for _, line in sorted(told, key=lambda each: each[0])]


def _exported(module: griffe.Module) -> Iterator[tuple[str, griffe.Object]]:
    """Yield what a module and its submodules export, the module itself where that is anything."""
    named = module.exports
    if named is None and module.path.startswith(OPEN):
        named = [key for key, member in module.members.items() if not (member.is_alias or member.is_module)]
    for name in sorted(str(each) for each in named or ()):
        if not name.startswith("_"):
            member = module.members[name]
            yield f"{module.path}.{name}", member.final_target if isinstance(member, griffe.Alias) else member
    if named:
        yield module.path, module
    for name, member in module.members.items():
        if isinstance(member, griffe.Module) and not name.startswith("_"):
            yield from _exported(member)


def _told(name: str, target: griffe.Object, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the lines of one thing and of its members; what a public base has is told there."""
    if isinstance(target, griffe.Module):
        yield name, f"module {name}"
    elif isinstance(target, griffe.Attribute):
        yield name, _attribute(name, target)
    elif isinstance(target, griffe.Function):
        for each in target.overloads or [target]:
            kind = next((label for label in ("classmethod", "staticmethod") if label in target.labels), "def")
            yield name, f"{'async ' if 'async' in target.labels else ''}{kind} {each.signature(name=name)}"
    elif isinstance(target, griffe.Class):
        fields = _by_keywords(target)
        above = [*dict.fromkeys(_bases(target, names)), *(["kw_only=True"] if fields else [])]
        yield name, f"class {name}" + (f"({', '.join(above)})" if above else "")
        members = _members(target, names)
        if "__init__" not in members and not fields and (made := _constructor(target)):
            members["__init__"] = made
        for key, member in members.items():
            if not key.startswith("_") or (key.endswith("__") and key not in UNSEEN):
                yield from _told(f"{name}.{key}", member, names)


def _bases(target: griffe.Class, names: dict[str, str]) -> Iterator[str]:
    """Yield the bases of a class; of one that is not public, its own bases."""
    for base in target.bases:
        known = {each.path: each for each in target.resolved_bases}
        found = known.get(base if isinstance(base, str) else base.canonical_path)
        if isinstance(found, griffe.Class) and found.path not in names:
            yield from _bases(found, names)
        else:
            yield str(base)


def _members(target: griffe.Class, names: dict[str, str]) -> dict[str, griffe.Object]:
    """Return the members of a class, with those of bases that are not public themselves."""
    above = [base for base in reversed(target.mro()) if base.path not in names]
    found = {key: member for owner in (*above, target) for key, member in owner.members.items()}
    return {
        key: member.final_target if isinstance(member, griffe.Alias) else member
        for key, member in found.items()
        if not (isinstance(member, griffe.Alias) and not member.resolved)
    }


def _attribute(name: str, member: griffe.Attribute) -> str:
    """Return the line of an attribute: its type, and a value that is a default, a choice or a type itself."""
    if "property" in member.labels:
        return f"property {name}: {member.annotation}"
    line = name if member.annotation is None else f"{name}: {member.annotation}"
    owner = member.parent
    value, is_type = member.value, "TypeAlias" in line
    if isinstance(owner, griffe.Class):
        choices = any("Enum" in str(base) or "Flag" in str(base) for base in owner.bases)
        told = "class-attribute" in member.labels and (choices or _by_keywords(owner))
        value = _default(member) if told else None
    return line if value is None else f"{line} = {value if is_type or len(str(value)) < LONG else '...'}"


def _by_keywords(owner: griffe.Class) -> bool:
    """Return whether the fields of a class say all of its constructor: a Struct that takes them by name alone."""
    return _is_struct(owner) and owner.keywords.get("kw_only") == "True"


def _is_struct(owner: griffe.Class) -> bool:
    return any(str(base) in ("Struct", "msgspec.Struct") for each in (owner, *owner.mro()) for base in each.bases)


def _constructor(owner: griffe.Class) -> griffe.Function | None:
    """Return the constructor that attrs, msgspec and NamedTuple make at run time, where they make one."""
    line = (*reversed(owner.mro()), owner)
    made = [each for each in line if _decorators(each) or _is_struct(each) or "NamedTuple" in map(str, each.bases)]
    keyword = griffe.ParameterKind.keyword_only
    kind = keyword if "kw_only=True" in _decorators(owner) else griffe.ParameterKind.positional_or_keyword
    given = {
        name: griffe.Parameter(name.lstrip("_"), annotation=member.annotation, kind=kind, default=_default(member))
        for each in made
        for name, member in each.members.items()
        if isinstance(member, griffe.Attribute) and _is_field(member)
    }
    parameters = griffe.Parameters(*given.values())
    return griffe.Function("__init__", parent=owner, parameters=parameters, returns="None") if given else None


def _decorators(owner: griffe.Class) -> str:
    return " ".join(text for each in owner.decorators if (text := str(each.value)).startswith(("attrs.", "attr.")))


def _is_field(member: griffe.Attribute) -> bool:
    if member.annotation is None or "property" in member.labels or "ClassVar" in str(member.annotation):
        return False
    return "init=False" not in str(member.value) and ("class-attribute" in member.labels or member.value is None)


def _default(member: griffe.Attribute) -> str | griffe.Expr | None:
    """Return the value that stands where an attribute is not given; of `field(...)`, its default."""
    value = member.value
    if isinstance(value, griffe.ExprCall) and str(value.function).rsplit(".", 1)[-1] in ("field", "ib"):
        given = {each.name: each.value for each in value.arguments if isinstance(each, griffe.ExprKeyword)}
        return given.get("default", given.get("default_factory", given.get("factory")))
    return value


def table(lines: Iterable[str]) -> FactTable:
    """Return the table of the lines of Python packages; a parameter is a place within its function.

    Example:
        >>> table(["def superoffice.half(number: int, *, of: float | None = None) -> float"])
        ... # doctest: +NORMALIZE_WHITESPACE
        {'superoffice.half': {'is': 'def', 'type': ('float',)},
         'superoffice.half.number': {'takes': ('int',), 'by': 'position 1', 'required': 'yes'},
         'superoffice.half.of': {'takes': ('None', 'float'), 'default': 'None'}}
    """
    found: FactTable = {}
    structs = set()
    for line in lines:
        kind, name, rest = DEFINED.fullmatch(line).groups()  # type: ignore[union-attr]
        if kind == "class":
            (node,) = ast.parse(f"class _{rest}: ...").body
            assert isinstance(node, ast.ClassDef)  # noqa: S101 - parsed from the line above
            found[name] = {"is": "class", "bases": tuple(sorted(map(ast.unparse, node.bases)))}
            structs.update([name] if node.keywords else [])
        elif kind and kind.endswith(("def", "method")):
            number = sum(re.fullmatch(re.escape(name) + r"(#\d+)?", place) is not None for place in found)
            found |= _function(f"{name}#{number + 1}" if number else name, kind, rest)
        elif kind == "module":
            found[name] = {}
        else:
            owner = name.rpartition(".")[0] if kind is None else ""
            found[name] = _variable(rest, is_field=owner in structs)
    return found


def _function(place: str, kind: str, rest: str) -> FactTable:
    (node,) = ast.parse(f"def _{rest}: ...").body
    assert isinstance(node, ast.FunctionDef)  # noqa: S101 - parsed from the line above
    found: FactTable = {place: {"is": kind, "type": _parts(node.returns)}}
    given = node.args
    free = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [*[None] * (len(free) - len(given.defaults)), *given.defaults]
    for number, (each, default) in enumerate(zip(free, defaults, strict=True), 1):
        alone = " alone" if each in given.posonlyargs else ""
        found[f"{place}.{each.arg}"] = {
            "takes": _parts(each.annotation),
            "by": f"position {number}{alone}",
            **_given(default),
        }
    for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found[f"{place}.{each.arg}"] = {"takes": _parts(each.annotation), **_given(default)}
    for stars, several in (("*", given.vararg), ("**", given.kwarg)):
        if several:
            found[f"{place}.{several.arg}"] = {"takes": _parts(several.annotation), "by": stars}
    return found


def _variable(rest: str, *, is_field: bool) -> Facts:
    (node,) = ast.parse(f"_{rest}").body
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) != "TypeAlias":
        facts: Facts = {"type": _parts(node.annotation)}
        if is_field and "ClassVar" not in ast.unparse(node.annotation):
            return facts | _given(node.value)
        return facts | ({"value": ast.unparse(node.value)} if node.value else {})
    if not isinstance(node, ast.AnnAssign | ast.Assign) or node.value is None:
        return {}
    value = ast.unparse(node.value)
    return {"values": _parts(node.value)} if value.startswith("Literal[") else {"value": value}


def _given(default: ast.expr | None) -> Facts:
    return {"required": "yes"} if default is None else {"default": ast.unparse(default)}


def _parts(node: ast.expr | None) -> tuple[str, ...]:
    return () if node is None else tuple(sorted(parts(node)))
