"""What users see of the Python packages: their skeletons on disk, and their public names, loaded with griffe.

Public is what a package or a module lists in `__all__`, and everything in `superoffice_api` that has no underscore. A
skeleton is a source file without docstrings, bodies and private names; it is small, readable, and all that a comparison
needs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import attrs
import griffe

PACKAGES = {  # in the order in which users know them: what several export goes by the first's name
    "superoffice": "overlays",
    "superoffice_sandbox": "overlays",
    "superoffice_api": "generated",
    "superoffice_runtime": "overlays",
}
OPEN = "superoffice_api"  # emitted modules have no __all__: every name without an underscore is public


class _Skeleton(ast.NodeTransformer):
    """Leaves out what no user of a module can see."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef | None:
        if _private(node.name):
            return None
        node.body = [*_attributes(node), ast.Expr(ast.Constant(...))]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef | None:
        if _private(node.name):
            return None
        node.body = [ast.Expr(ast.Constant(...))]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        kept = [each if isinstance(each, ast.AnnAssign) else self.visit(each) for each in node.body]
        node.body = [each for each in kept if each is not None] or [ast.Expr(ast.Constant(...))]
        return node

    def visit_Expr(self, node: ast.Expr) -> None:
        return None

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign | None:
        return None if isinstance(node.target, ast.Name) and _private(node.target.id) else node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        return None if all(isinstance(to, ast.Name) and _private(to.id) for to in node.targets) else node


def _attributes(node: ast.FunctionDef) -> Iterator[ast.AnnAssign | ast.Assign]:
    """Yield the public attributes that a constructor sets."""
    for line in ast.walk(node) if node.name == "__init__" else ():
        if isinstance(line, ast.AnnAssign | ast.Assign) and line.value is not None:
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            names = [to.attr for to in targets if isinstance(to, ast.Attribute) and ast.unparse(to.value) == "self"]
            if names and not all(map(_private, names)):
                line.value = ast.Constant(...)
                yield line


def _private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def skeleton(source: str) -> str:
    r"""Give a module without docstrings, bodies and private names.

    Example:
        >>> print(skeleton("def double(x: int = 1) -> int:\n    return x * 2\n\ndef _half(): pass"))
        def double(x: int=1) -> int:
            ...
        <BLANKLINE>
    """
    return ast.unparse(_Skeleton().visit(ast.parse(source))) + "\n"


def write_skeletons(root: Path, folder: Path) -> None:
    """Write the skeletons of the packages of a source tree into a folder; the command line is told otherwise."""
    for package, parent in PACKAGES.items():
        for path in sorted((root / parent / package).rglob("*.py")):
            inside = path.relative_to(root / parent)
            if "_cli" not in inside.parts:
                (folder / inside).parent.mkdir(parents=True, exist_ok=True)
                (folder / inside).write_text(skeleton(path.read_text(encoding="utf-8")), encoding="utf-8")


@attrs.frozen
class Surface:
    """The public names of the packages.

    Args:
        module: All of them as members of one module, for griffe to compare.
        names: Each by its public dotted name, the members of classes too.
        public: A name's public form by where griffe says it is defined.
    """

    module: griffe.Module
    names: dict[str, griffe.Object]
    public: dict[str, str]


def load(folder: Path) -> Surface:
    """Load what `write_skeletons` wrote."""
    modules = griffe.ModulesCollection()
    loader = griffe.GriffeLoader(
        extensions=griffe.load_extensions(_Constructors()),
        search_paths=[folder],
        modules_collection=modules,
        allow_inspection=False,
    )
    for package in PACKAGES:
        loader.load(package)
    loader.resolve_aliases(implicit=True, external=False)
    surface = Surface(griffe.Module("public", modules_collection=modules), {}, {})
    for package in PACKAGES:
        for name, target in sorted(_exported(modules[package]), key=lambda each: (len(each[0]), each[0])):
            target.public = True
            if _enter(surface, name, target):
                surface.module.members[name] = target
    exported = dict(surface.names)
    for inherited in (False, True):
        for name, target in exported.items():
            for key, member in target.all_members.items() if isinstance(target, griffe.Class) else ():
                if not _private(key) and (key not in target.members) is inherited:
                    _enter(
                        surface, f"{name}.{key}", member.final_target if isinstance(member, griffe.Alias) else member
                    )
    return surface


def _exported(module: griffe.Module) -> Iterator[tuple[str, griffe.Object]]:
    """Yield what a module and its submodules export."""
    for name, member in module.members.items():
        if module.exports is not None:
            public = name in module.exports
        else:
            public = module.path.startswith(OPEN) and not member.is_alias and not isinstance(member, griffe.Module)
        if public and not name.startswith("_"):
            yield f"{module.path}.{name}", member.final_target if isinstance(member, griffe.Alias) else member
    for name, member in module.members.items():
        if isinstance(member, griffe.Module) and not name.startswith("_"):
            yield from _exported(member)


def _enter(surface: Surface, name: str, target: griffe.Object) -> bool:
    """Give a thing its public name; what has one is not told twice."""
    new = target.path not in surface.public or "," in name
    if new:
        surface.names[name] = target
        surface.public.setdefault(target.path, name)
    return new


class _Constructors(griffe.Extension):
    """Gives classes of attrs, msgspec and NamedTuple the constructor that they make at run time, and overloads names.

    griffe knows that of dataclasses alone.
    """

    def on_package(self, *, pkg: griffe.Module, **_: object) -> None:
        for owner in _classes(pkg):
            for function in [member for member in owner.members.values() if isinstance(member, griffe.Function)]:
                for number, overload in enumerate(function.overloads or (), 1):
                    owner.members[f"{function.name}, overload {number}"] = overload
            values = _is_value(owner)
            if values and "__init__" not in owner.members:
                keyword_only = values == "keywords"
                owner.set_member("__init__", _constructor(owner, keyword_only=keyword_only))


def _classes(module: griffe.Module | griffe.Class) -> Iterator[griffe.Class]:
    for member in list(module.members.values()):
        if isinstance(member, griffe.Class):
            yield member
        if isinstance(member, griffe.Module | griffe.Class):
            yield from _classes(member)


def _is_value(owner: griffe.Class) -> str:
    """Say how a class is made from its attributes: by `keywords`, by `position`, or not (empty)."""
    decorators = [str(decorator.value) for decorator in owner.decorators]
    made = [text for text in decorators if text.startswith(("attrs.", "attr."))]
    bases = [str(base) for base in owner.bases]
    if made or "NamedTuple" in bases:
        return "keywords" if any("kw_only=True" in text for text in made) else "position"
    struct = {"Struct", "msgspec.Struct", "Model"}.intersection(bases)
    return "" if not struct else "keywords" if owner.keywords.get("kw_only") == "True" else "position"


def _constructor(owner: griffe.Class, *, keyword_only: bool) -> griffe.Function:
    kind = griffe.ParameterKind.keyword_only if keyword_only else griffe.ParameterKind.positional_or_keyword
    parameters = [griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)]
    for name, member in owner.members.items():
        if not isinstance(member, griffe.Attribute) or member.annotation is None or "property" in member.labels:
            continue
        if "ClassVar" in str(member.annotation) or ("class-attribute" in member.labels and member.value is None):
            continue
        if isinstance(member.value, griffe.Expr) and "init=False" in str(member.value):
            continue
        given = name.lstrip("_")  # as attrs names it
        parameters.append(griffe.Parameter(given, annotation=member.annotation, kind=kind, default=_default(member)))
    return griffe.Function("__init__", parent=owner, parameters=griffe.Parameters(*parameters), returns="None")


def _default(member: griffe.Attribute) -> str | griffe.Expr | None:
    """Give the value that stands where an attribute is not given; of `field(...)`, its default."""
    value = member.value
    if isinstance(value, griffe.ExprCall) and str(value.function).rsplit(".", 1)[-1] in ("field", "ib"):
        given = {each.name: each.value for each in value.arguments if isinstance(each, griffe.ExprKeyword)}
        return given.get("default", given.get("default_factory", given.get("factory")))
    return value
