"""What must be made anew in a forked child: locks whose holders do not run there, connections that are the parent's."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """Something with locks or connections."""

    def renew(self) -> None:
        """Take new ones; called in a forked child, before anything else runs there."""
        ...


_known: WeakSet[Renewable] = WeakSet()


def renew_after_fork(thing: Renewable) -> None:
    """Have `renew` called in every child that is forked while the thing lives."""
    _known.add(thing)


def _renew_all() -> None:
    for thing in list(_known):
        thing.renew()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_renew_all)
