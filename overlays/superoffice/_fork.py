"""What a forked child must replace: locks whose holders do not run there, and connections that are the parent's."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Resettable(Protocol):
    """Something with locks or connections."""

    def reset(self) -> None:
        """Take new ones; called in a forked child, before anything else runs there."""
        ...


_known: WeakSet[Resettable] = WeakSet()


def reset_after_fork(thing: Resettable) -> None:
    """Have `reset` called in every child that is forked while the object exists."""
    _known.add(thing)


def _reset_all() -> None:
    for thing in list(_known):
        thing.reset()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_reset_all)
