"""Checks of what a test sets: each refuses in a sentence that says what may be given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeAlias

import attrs

Check: TypeAlias = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def one_of(values: Iterable[str]) -> Check:
    """Make the check for one of several names."""
    names = tuple(values)

    def check(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in names:
            raise ValueError(none_of(attribute.name, value, names))

    return check


def none_of(name: str, value: object, values: Iterable[str]) -> str:
    """Return the sentence that refuses a value which is none of several."""
    *others, last = values
    return f"{name} must be {', '.join(others)} or {last} (got {value!r})"


def between(low: float, high: float, *, whole: bool = False) -> Check:
    """Make the check for a number in a range, its ends included."""

    def check(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
        check_number(attribute.name, value, whole=whole)
        if not low <= value <= high:
            raise ValueError(f"{attribute.name} must be from {low:,} to {high:,} (got {value})")

    return check


def check_number(name: str, value: object, *, whole: bool = False) -> None:
    """Raise `ValueError` for what is not a number."""
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ValueError(f"{name} must be a {'whole ' if whole else ''}number (got {value!r})")


def check_kind(name: str, value: object, kind: type, example: str) -> None:
    """Raise `TypeError` for what is not of a kind; its value is not shown, since it may be a secret."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {example} (got a {type(value).__name__})")


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence that refuses a name, with the nearest of those that there are."""
    near = get_close_matches(name, known, n=1)
    return f"{what} has no {name}" + (f"; did you mean {near[0]}?" if near else "")
