"""The page of the errors: which there are, what each says of what happened, and its remedy, from the classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from superoffice import errors
from superoffice.errors import SuperOfficeError
from tools.site.markdown import fence, table

HEAD = """# Errors

All errors are `SuperOfficeError`. Each message says what happened, to which tickets, and what to do; `.advice` is the
remedy of its class. [The guide](../guides/errors-and-retries.md) says which requests are retried first.
"""
OPTIONS = "    options: {heading_level: 3, inherited_members: false, show_bases: true}"
BELOW = """## Remedies

What to do about an error of each class: its `.advice`. If an error knows more about the failure, its message says that
instead."""


def page() -> str:
    """Make the page."""
    kinds = list(_tree(SuperOfficeError))
    drawn = "\n".join("    " * _depth(kind) + kind.__name__ for kind in kinds)
    rows = ([f"[`{kind.__name__}`][superoffice.errors.{kind.__name__}]", _first(kind), remedy(kind)] for kind in kinds)
    entries = (f"::: superoffice.errors.{kind.__name__}\n{OPTIONS}" for kind in kinds)
    remedies = [BELOW, table(["Error", "What happened", "What to do"], rows)]
    return "\n\n".join([HEAD.rstrip(), fence(drawn), *remedies, "## Classes", *entries]) + "\n"


def _tree(kind: type[SuperOfficeError]) -> Iterator[type[SuperOfficeError]]:
    """Return a class and those below it, in the order in which they are written; each below its first base."""
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__ and child.__bases__[0] is kind:
            yield from _tree(child)


def _depth(kind: type[SuperOfficeError]) -> int:
    return 0 if kind is SuperOfficeError else 1 + _depth(kind.__bases__[0])


def _first(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0]


def remedy(kind: type[SuperOfficeError]) -> str:
    """Return what to do about an error of a class; raises ValueError for a class that does not say it itself.

    Example:
        >>> remedy(errors.ClientClosedError)
        'make a new client, or keep its `with` block open'
        >>> class Silent(SuperOfficeError): ...
        >>> remedy(Silent)
        Traceback (most recent call last):
        ValueError: Silent has no advice of its own; what to do about one of these?
    """
    if "advice" not in vars(kind):
        raise ValueError(f"{kind.__name__} has no advice of its own; what to do about one of these?")
    return kind.advice
