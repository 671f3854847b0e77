"""Checks of what a test sets, for attrs: each refuses in a sentence that says what may be given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import attrs

Check: TypeAlias = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def one_of(values: Iterable[str]) -> Check:
    """Make the check for one of several names."""
    *others, last = names = tuple(values)

    def check(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in names:
            raise ValueError(f"{attribute.name} must be {', '.join(others)} or {last} (got {value!r})")

    return check


def between(low: float, high: float) -> Check:
    """Make the check for a number in a range, its ends included."""

    def check(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
        if not low <= value <= high:
            raise ValueError(f"{attribute.name} must be from {low:,} to {high:,} (got {value})")

    return check
