"""The page of the errors: which there are, what each says of what happened, and its remedy, from the classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from superoffice import errors
from superoffice.errors import CallError, SuperOfficeError
from tools.site.markdown import fence, table

HEAD = """# Errors

All errors are `SuperOfficeError`. Each says in one sentence what happened, to which tickets, and what to do; a
`CallError` has the remedy as `.advice` too. [The guide](../guides/errors-and-retries.md) says what is repeated first.
"""
OPTIONS = "    options: {heading_level: 3, inherited_members: false, show_bases: true}"
BELOW = """## Remedies

What to do about an error of each class. Where an error knows more of the call that failed, its sentence says that
instead. The remedy of a `CallError` is its `.advice`; those of the others differ from case to case, so read the
sentence."""


def page() -> str:
    """Make the page."""
    kinds = list(_tree(SuperOfficeError))
    drawn = (errors.__doc__ or "").partition("\n\n")[2]
    rows = ([f"[`{kind.__name__}`][superoffice.errors.{kind.__name__}]", _first(kind), _remedy(kind)] for kind in kinds)
    entries = (f"::: superoffice.errors.{kind.__name__}\n{OPTIONS}" for kind in kinds)
    remedies = [BELOW, table(["Error", "What happened", "What to do"], rows)]
    return "\n\n".join([HEAD.rstrip(), fence(drawn), *remedies, "## Classes", *entries]) + "\n"


def _tree(kind: type[SuperOfficeError]) -> Iterator[type[SuperOfficeError]]:
    """Give a class and those below it, in the order in which they are written."""
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child)


def _first(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0]


def _remedy(kind: type) -> str:
    if issubclass(kind, CallError):
        return kind.advice
    return "what the sentence says"
