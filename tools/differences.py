"""What differs between two tables of facts, and which of it breaks programs that were written for the first."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import attrs

from tools.flatten_openapi import Fact, Facts, FactTable

Kind: TypeAlias = Literal["added", "changed", "removed"]
Breaks: TypeAlias = Callable[[str, Kind, str, Facts], bool]
"""Returns whether a difference breaks: its place, its kind, the fact (empty: the place itself), all facts there."""


@attrs.frozen
class Change:
    """One difference.

    Args:
        area: Where it was found: API, Python, command line or package.
        kind: Whether something is new, other, or gone.
        where: The place or the dotted name.
        what: What is new, other or gone there; empty where it is the place itself.
        breaks: Whether a program written for the former state may fail, or read something else.
        name: What users know it by; a break must be named so in the changelog. Empty for what has no name.
    """

    area: str
    kind: Kind
    where: str
    what: str
    breaks: bool
    name: str

    def __str__(self) -> str:
        """Return the place and what is other there, as `nox -s changes` prints it."""
        return f"{self.where}  {self.what}".strip()


def differences(area: str, old: FactTable, new: FactTable, breaks: Breaks) -> list[Change]:
    """Compare two tables; what is inside a place that is new or gone is not listed again.

    Example:
        >>> differences("API", {"a": {"type": "string"}}, {"a": {"type": "integer"}}, api_breaks)[0].what
        'type: string -> integer'
    """
    found: list[Change] = []
    sides: tuple[tuple[Kind, FactTable, FactTable], ...] = (("removed", old, new), ("added", new, old))
    for kind, here, there in sides:
        for place, facts in here.items():
            if place not in there and not any(outer not in there for outer in above(place, here)):
                found.append(Change(area, kind, place, "", breaks(place, kind, "", facts), short(place)))
    for place in old:
        if place in new:
            found += _changed(area, place, old[place], new[place], breaks)
    return found


def short(place: str) -> str:
    """Return the last name of a place: `Title` of `GetTickets 200[].Title`."""
    return re.split(r"[ .]", re.sub(r"(\[\]|\{\}|#\d+)+$", "", place))[-1]


def above(place: str, table: FactTable) -> Iterator[str]:
    """Yield the places of a table that a place is inside of, the outermost first."""
    for end in re.finditer(r"[ .]|\[\]|\{\}", place):
        if place[: end.start()] in table:
            yield place[: end.start()]


def _changed(area: str, place: str, old: Facts, new: Facts, breaks: Breaks) -> Iterator[Change]:
    for fact in sorted((old.keys() | new.keys()) - {"evidence"}):  # a description, for readers
        was, now = old.get(fact), new.get(fact)
        if was == now:
            continue
        if isinstance(was, tuple) or isinstance(now, tuple):
            sides: tuple[tuple[Kind, str, set[str]], ...] = (
                ("removed", "no longer", {*(was or ())} - {*(now or ())}),
                ("added", "now also", {*(now or ())} - {*(was or ())}),
            )
            for kind, said, several in sides:
                for part in sorted(several):
                    name = short(place) if fact in TYPES else part.strip("'")
                    yield Change(area, kind, place, f"{fact} {said}: {part}", breaks(place, kind, fact, new), name)
        else:
            kind = "added" if was is None else "removed" if now is None else "changed"
            what = f"{fact}: {_said(was)} -> {_said(now)}"
            yield Change(area, "changed", place, what, breaks(place, kind, fact, new), short(place))


def _said(fact: Fact | None) -> str:
    return "not stated" if fact is None else str(fact)


MEANING = {"path", "method", "type", "format", "name", "unit", "clock", "in", "scheme", "x-scheme"}
TYPES = {"type", "takes", "bases"}  # known by what has them, where other facts of several parts have names themselves
CHOICES = {"open", "media types", "sign-in", "sentinels", "flags"}


def api_breaks(place: str, kind: Kind, fact: str, facts: Facts) -> bool:
    """Return whether a difference between documents breaks a client that was made from the former one."""
    asked = bool(re.search(r"(^| )(body\b|query |header |path |cookie )", place))
    if not fact:  # something is gone, or must be given that nobody gave
        return (kind == "removed" and not place.startswith("server ")) or (asked and "required" in facts)
    rules = {
        "nullable": kind == ("removed" if asked else "added"),  # a null where none was, or none where one was allowed
        "required": kind == ("added" if asked else "removed"),  # more to give, or less to count on
        "values": kind == "removed"
        or not (asked or "open" in facts),  # in a closed set a new one is unknown to programs
        "limits": asked and kind == "added",
    }
    return rules.get(fact, fact in MEANING or (fact in CHOICES and kind == "removed"))


def package_breaks(_: str, kind: Kind, fact: str, facts: Facts) -> bool:
    """Return whether a difference in what is installed, or on the command line, breaks an installation or a script."""
    rules = {
        "": kind == "removed" or "required" in facts,
        "required": kind == "added",
        "values": kind == "removed",
        "needs": False,
    }
    return rules.get(fact, True)


def python_breaks(_: str, kind: Kind, fact: str, facts: Facts) -> bool:
    """Return whether a difference between Python packages breaks a program: less is taken, or something else given."""
    rules = {
        "": kind == "removed" or "required" in facts,
        "bases": kind == "removed",
        "takes": kind == "removed",
        "type": kind == "added",
        "values": kind == "removed",
        "required": kind == "added",
        "default": kind == "changed",
        "by": kind != "added",  # what went by its name alone may have a position too
    }
    return rules.get(fact, True)


def parts(node: ast.expr) -> set[str]:
    """Take a type apart at `|`, `Union`, `Optional` and `Literal`.

    Example:
        >>> sorted(parts(ast.parse("Optional[int] | Literal['a', 'b']", mode="eval").body))
        ["'a'", "'b'", 'None', 'int']
    """
    match node:
        case ast.BinOp(left, ast.BitOr(), right):
            return parts(left) | parts(right)
        case ast.Subscript(ast.Name("Optional"), inner):
            return parts(inner) | {"None"}
        case ast.Subscript(ast.Name("Union" | "Literal"), ast.Tuple(several)):
            return {part for one in several for part in parts(one)}
        case ast.Subscript(ast.Name("Union" | "Literal"), one):
            return parts(one)
    return {ast.unparse(node)}
