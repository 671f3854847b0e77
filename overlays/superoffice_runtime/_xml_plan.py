"""What is read where in XML: the table of shapes, made ready for the handlers that run for each element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .shapes import MAP, READERS, Shape, array_of

KEY, VALUE = "<key>", "<value>"  # no element can have such a name
Read: TypeAlias = Callable[[str], Any]


class Plan:
    """How the children of an element that holds others are read."""

    __slots__ = ("folded", "item", "new", "texts", "value")

    def __init__(self, new: Callable[[], Any] = dict) -> None:
        self.new = new
        self.texts: dict[str, Read] = {}  # the members that are single values, by their right names
        self.folded: dict[str, tuple[str, Step]] = {}  # every member by its lower-case name, with the right one
        self.item: Step | None = None  # what a child of any name is
        self.value: Step | None = None  # set for an entry of a dictionary: what its value is

    def child(self, name: str) -> tuple[str, Step | None]:
        """Say where the child belongs and how it is read; None where it is not known."""
        local = name.rpartition(":")[2]
        return (local, self.item) if self.item else self.folded.get(local.lower(), (local, None))


Step: TypeAlias = Plan | Read


def plan(kind: str, shapes: Mapping[str, Shape], made: dict[str, Plan]) -> Step:
    """Make the plan for a kind once, so that shapes may hold themselves."""
    if kind in READERS:
        return READERS[kind]
    if kind in made:
        return made[kind]
    array = array_of(kind, shapes)
    made[kind] = own = Plan(list if array else dict)
    if array:
        own.item = plan(array, shapes, made)
    elif kind.startswith(MAP):
        own.item = entry = Plan()
        entry.value = value = plan(kind.removeprefix(MAP), shapes, made)
        if isinstance(value, Plan):
            entry.texts = {name: read for name, read in value.texts.items() if name not in ("Key", "Value")}
            entry.folded |= value.folded
        entry.folded |= {"key": (KEY, str), "value": (VALUE, value)}
    else:
        for name, of in shapes[kind].members.items():
            step = plan(of, shapes, made)
            own.folded[name.lower()] = name, step
            if not isinstance(step, Plan):
                own.texts[name] = step
    return own
