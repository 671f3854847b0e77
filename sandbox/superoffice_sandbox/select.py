"""`$select`: names without regard to case, with slashes into nested objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from superoffice_runtime.fields import Field

from .behaviour import Behaviour
from .errors import invalid
from .store import FIELDS, Row

KEY = "TicketId"  # required by the OpenAPI document, so it comes whether or not it was selected
_ZEROS: dict[str, Any] = {
    **dict.fromkeys(("int32", "int64", "integer", "double", "float", "number"), 0),
    "boolean": False,
    "string": "",
    "date-time": "0001-01-01T00:00:00",
    "date": "0001-01-01",
}
Tree = dict[str, "Tree | None"]
"""What to keep: None keeps the whole field, a tree keeps what is below it."""


def default_of(field: Field) -> Any:
    """Return what a server writes for an empty field.

    >>> default_of(FIELDS["Slevel"])
    'Unknown'
    """
    if field.members is not None or " of " in field.type:
        return None
    return _ZEROS.get(field.type, "Unknown")


def default_ticket() -> Row:
    """Return the ticket of defaults that may stand for a missing one.

    >>> default_ticket()["TicketId"]
    0
    """
    return {name: default_of(field) for name, field in FIELDS.items()}


def _entry(field: Field) -> Mapping[str, Field] | None:
    """Return the fields of a dictionary's entries; None if the field is not a dictionary."""
    return field.members if field.type.startswith("map of ") else None


def _add(tree: Tree, path: list[str], members: Mapping[str, Field]) -> bool:
    """Add one path; return True if all its names are known."""
    wanted, *below = path
    found = next((name for name in members if name.casefold() == wanted.casefold()), None)
    if found is None:
        return False
    field = members[found]
    if not below:
        tree[found] = None
        return True
    inner = tree.get(found, {})
    known = True
    if inner is not None:  # None: the whole field is selected already
        if (entry := _entry(field)) is not None:
            key, *rest = below
            held = inner.get(key, {})
            if not rest:
                inner[key] = None
            elif held is not None:
                known = _add(held, rest, entry)
                inner[key] = held
        else:
            known = field.members is not None and _add(inner, below, field.members)
        if known:
            tree[found] = inner
    return known


def parse(values: Iterable[str], behaviour: Behaviour) -> Tree | None:
    """Read the values of `$select`; None where they ask for everything.

    >>> parse(["title, TABLERIGHT/mask"], Behaviour())
    {'Title': None, 'TableRight': {'Mask': None}}
    """
    tree: Tree = {}
    given = False
    for path in ",".join(values).split(","):
        names = [name.strip() for name in path.split("/")]
        if names == [""]:
            continue
        given = True
        if not _add(tree, names, FIELDS) and behaviour.unknown_select == "error":
            raise invalid(f"$select: Ticket has no property {path.strip()}.")
    return tree if given else None


def apply(ticket: Row, tree: Tree, behaviour: Behaviour) -> Row:
    """Keep what was selected; treat the rest as the behaviour says."""
    return _keep(ticket, {KEY: None, **tree}, FIELDS, behaviour)


def _keep(value: Row, tree: Tree, members: Mapping[str, Field], behaviour: Behaviour) -> Row:
    kept: Row = {}
    for name, field in members.items():
        if name in tree:
            kept[name] = _below(value.get(name), tree[name], field, behaviour)
        elif behaviour.unselected != "omit":
            kept[name] = None if behaviour.unselected == "null" else default_of(field)
    return kept


def _below(value: Any, tree: Tree | None, field: Field, behaviour: Behaviour) -> Any:
    if tree is None or not isinstance(value, dict):
        return value
    held = cast("Row", value)
    entry = _entry(field)
    if entry is None:
        return held if field.members is None else _keep(held, tree, field.members, behaviour)
    kept: Row = {}
    for (
        key,
        inner,
    ) in held.items():  # a dictionary has no fields to set to null: keys that are not selected are left out
        for wanted, branch in tree.items():
            if wanted.casefold() == key.casefold():
                whole = branch is None or not isinstance(inner, dict)
                kept[key] = inner if whole else _keep(cast("Row", inner), cast("Tree", branch), entry, behaviour)
    return kept
