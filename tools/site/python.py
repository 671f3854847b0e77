"""What griffe does not see in our sources: the signatures that attrs makes, and that a doctest is a block of code."""

from __future__ import annotations

import re
from typing import Any

import griffe

MAKERS = ("attrs.frozen", "attrs.define")
DOCTEST = re.compile(r"^( *)>>> .*(?:\n\1.*\S.*)*", re.MULTILINE)


def fenced(text: str) -> str:
    r"""Put the doctests of a docstring into blocks of code; Markdown would take `>>>` for quotations.

    Example:
        >>> fenced("Adds.\n\n>>> 1 + 1\n2")
        'Adds.\n\n```pycon\n>>> 1 + 1\n2\n```'
    """
    return DOCTEST.sub(lambda found: f"{found[1]}```pycon\n{found[0]}\n{found[1]}```", text)


class Doctests(griffe.Extension):
    """Makes doctests blocks of code."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Look at anything that was read."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


class Defaults(griffe.Extension):
    """Shows what an argument is by default where the source has the name of a constant."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Look at a function that was read."""
        for parameter in func.parameters:
            parameter.default = _told(parameter.default, func.module)


def _told(default: Any, module: griffe.Module) -> Any:
    """Return what a constant holds, of the module or imported from another of its package, in the place of its name."""
    constant = module.members.get(str(default))
    if isinstance(constant, griffe.Alias) and constant.target_path.startswith(f"{module.package.path}."):
        constant = constant.final_target
    return constant.value if isinstance(constant, griffe.Attribute) and constant.value is not None else default


class AttrsClasses(griffe.Extension):
    """Adds to each such class the `__init__` that attrs makes."""

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Look at a class that was read."""
        made = next((each for each in cls.decorators if each.callable_path in MAKERS), None)
        if made is None or "__init__" in cls.members:
            return
        keyword = "kw_only=True" in str(made.value)
        kind = griffe.ParameterKind.keyword_only if keyword else griffe.ParameterKind.positional_or_keyword
        parameters = [
            griffe.Parameter(
                name.lstrip("_"), annotation=each.annotation, kind=kind, default=_told(_default(each), cls.module)
            )
            for name, each in cls.members.items()
            if isinstance(each, griffe.Attribute) and each.annotation is not None and "property" not in each.labels
        ]
        if cls.docstring and (said := dict(filter(None, map(_choice, cls.members.values())))):
            cls.docstring.value += "\n\nArgs:\n" + "\n".join(f"    {name}: {text}" for name, text in said.items())
        own = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
        cls.set_member("__init__", griffe.Function("__init__", parameters=griffe.Parameters(own, *parameters)))


def _default(attribute: griffe.Attribute) -> Any:
    """Return what stands in the place of an argument that is not given: None where one must be."""
    value = attribute.value
    if isinstance(value, griffe.ExprCall) and str(value.function) == "_choice":
        return value.arguments[0]
    if not isinstance(value, griffe.ExprCall) or not str(value.function).endswith("field"):
        return value
    given = {each.name: each.value for each in value.arguments if isinstance(each, griffe.ExprKeyword)}
    if "factory" in given:
        return "..."
    return given.get("default")


def _choice(member: griffe.Object | griffe.Alias) -> tuple[str, str] | None:
    """Return a field of the sandbox's behaviour with its text and the values that it may have."""
    value = member.value if isinstance(member, griffe.Attribute) else None
    if not isinstance(value, griffe.ExprCall) or str(value.function) != "_choice":
        return None
    values = [f"`{each}`" for each in value.arguments if not isinstance(each, griffe.ExprKeyword)]
    (text,) = (str(each.value) for each in value.arguments if isinstance(each, griffe.ExprKeyword))
    return member.name, f"{text[1:-1]} One of {', '.join(values)}."


class Options(griffe.Extension):
    """Shows `**options` one by one in signatures, as `superoffice.settings.shows_options` has `help()` show them."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Look at a function that was read."""
        for decorator in func.decorators:
            if isinstance(decorator.value, griffe.ExprCall) and decorator.callable_path.endswith(".shows_options"):
                given = (each for each in decorator.value.arguments if isinstance(each, griffe.Expr))
                _, *readers = (func.modules_collection[each.canonical_path] for each in given)
                known = [each for reads in (func, *readers) for each in reads.parameters]
                for shown in (func, *(func.overloads or [])):
                    unpacked: Any = shown.parameters["options"].annotation
                    names = func.modules_collection[unpacked.slice.canonical_path].all_members
                    del shown.parameters["options"]
                    for parameter in known:
                        if parameter.name in names and parameter.name not in shown.parameters:
                            shown.parameters.add(parameter)
