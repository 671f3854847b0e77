"""What differs between two Python surfaces: what griffe finds, and what it leaves out.

griffe 2.4 compares names, kinds, bases and parameters. Not yet compared by it, and so compared here: types of
attributes, parameters and results, values of constants and enumerations, what makes a function another (async, a
class's), and what is new.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import griffe

from tools.differences import Change, Kind
from tools.surface import Surface

CALLED = {"async": "a coroutine", "classmethod": "a class's", "staticmethod": "static"}  # labels that callers notice


def changes(old: Surface, new: Surface) -> list[Change]:
    """Compare two surfaces."""
    found = list(_named(old, new))
    found += _from_griffe(old, new)
    for name in old.names.keys() & new.names.keys():
        found += _types(name, old.names[name], new.names[name])
    return sorted(found, key=lambda change: (change.where, change.what))


def _change(kind: Kind, where: str, what: str, name: str = "", *, breaks: bool) -> Change:
    return Change("Python", kind, where, what, breaks, name or where.rsplit(".", 1)[-1])


def _named(old: Surface, new: Surface) -> Iterator[Change]:
    """Yield names that are gone or new, those inside a class or a module that is as one."""
    sides: tuple[tuple[Kind, Surface, Surface], ...] = (("removed", old, new), ("added", new, old))
    for kind, here, there in sides:
        modules = {_owner(name) for name in there.names}
        for place in {
            name if _owner(name) in modules else _owner(name)
            for name in here.names.keys() - there.names.keys()
            if "," not in name and not (_owner(name) in here.names and _owner(name) not in there.names)
        }:
            yield _change(kind, place, "", breaks=kind == "removed")


def _owner(name: str) -> str:
    return name.rpartition(".")[0]


def _from_griffe(old: Surface, new: Surface) -> Iterator[Change]:
    for found in griffe.find_breaking_changes(old.module, new.module):
        if isinstance(found, griffe.ObjectRemovedBreakage | griffe.ReturnChangedTypeBreakage):
            continue  # told by its public name, and with the types
        where = new.public.get(found.obj.path) or old.public.get(found.obj.path) or found.obj.path
        parameter = found.old_value if isinstance(found.old_value, griffe.Parameter) else found.new_value
        what = found.kind.value.lower()
        name = parameter.name if isinstance(parameter, griffe.Parameter) else ""
        if isinstance(found, griffe.ParameterChangedDefaultBreakage):
            what += f": {found.old_value.default} -> {found.new_value.default}"
        elif isinstance(found, griffe.ParameterChangedKindBreakage):
            what += f": {found.old_value.kind.value} -> {found.new_value.kind.value}"
        kind: Kind = "removed" if isinstance(found, griffe.ParameterRemovedBreakage) else "changed"
        yield _change(kind, where, f"{name}: {what}" if name else what, name, breaks=True)


def _types(name: str, old: griffe.Object, new: griffe.Object) -> Iterator[Change]:
    """Yield what is other about the types and values of a name that is still there."""
    if isinstance(old, griffe.Attribute) and isinstance(new, griffe.Attribute):
        alias = str(new.annotation) == "TypeAlias" or new.annotation is None
        if not alias:
            yield from _type(name, "type", str(old.annotation), str(new.annotation), taken=False)
        yield from _value(name, old, new)
    elif isinstance(old, griffe.Function) and isinstance(new, griffe.Function):
        for label in sorted((old.labels ^ new.labels) & CALLED.keys()):
            yield _change(
                "changed", name, f"{'no longer' if label in old.labels else 'now'} {CALLED[label]}", breaks=True
            )
        yield from _type(name, "result", str(old.returns), str(new.returns), taken=False)
        there = {parameter.name: parameter for parameter in new.parameters}
        for parameter in old.parameters:
            if parameter.name in there:
                now = there.pop(parameter.name)
                told = f"parameter {parameter.name}"
                yield from _type(name, told, str(parameter.annotation), str(now.annotation), taken=True, of=now.name)
            there.pop(parameter.name, None)
        for parameter in there.values():
            if not parameter.required:
                yield _change("added", name, f"also takes {parameter.name}", parameter.name, breaks=False)


def _value(name: str, old: griffe.Attribute, new: griffe.Attribute) -> Iterator[Change]:
    was, now = str(old.value), str(new.value)
    owner = new.parent
    if was == now or not isinstance(owner, griffe.Class | griffe.Module):
        return
    if "Literal[" in was or str(new.annotation) == "TypeAlias":
        gone, come = sorted(parts(was) - parts(now)), sorted(parts(now) - parts(was))
        for each in gone:
            yield _change("removed", name, f"no longer: {each}", each.strip("'\""), breaks=True)
        for each in come:
            yield _change("added", name, f"now also: {each}", each.strip("'\""), breaks=False)
    elif "__init__" in owner.members and "instance-attribute" in new.labels:
        return  # a default of the constructor, which griffe compares
    elif not isinstance(old.value, griffe.ExprCall | griffe.ExprDict):  # facts of the document, told with the API
        enumeration = isinstance(owner, griffe.Class) and any("Enum" in str(base) for base in owner.bases)
        yield _change("changed", name, f"value: {was} -> {now}", breaks=enumeration)


def _type(name: str, told: str, was: str, now: str, *, taken: bool, of: str = "") -> Iterator[Change]:
    """Yield a type that is other; it breaks where less is taken than before, or something else is given."""
    if was != now and parts(was) != parts(now):
        breaks = bool(parts(was) - parts(now)) if taken else bool(parts(now) - parts(was))
        yield _change("changed", name, f"{told}: {was} -> {now}", of, breaks=breaks)


def parts(text: str) -> set[str]:
    """Take a type apart at `|`, `Union`, `Optional` and `Literal`.

    Example:
        >>> sorted(parts("Optional[int] | Literal['a', 'b']"))
        ["'a'", "'b'", 'None', 'int']
    """
    try:
        return {ast.unparse(part) for part in _parts(ast.parse(text, mode="eval").body)}
    except SyntaxError:
        return {text}


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left, ast.BitOr(), right):
            yield from _parts(left)
            yield from _parts(right)
        case ast.Subscript(ast.Name("Optional"), inner):
            yield from _parts(inner)
            yield ast.Constant(None)
        case ast.Subscript(ast.Name("Union" | "Literal"), ast.Tuple(several)):
            for one in several:
                yield from _parts(one)
        case ast.Subscript(ast.Name("Union" | "Literal"), one):
            yield from _parts(one)
        case _:
            yield node
