"""What a forked child must replace: locks whose holders do not run there, and connections that are the parent's."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class _Resettable(Protocol):
    def reset(self) -> None: ...


_known: WeakSet[_Resettable] = WeakSet()


def reset_now_and_after_fork(thing: _Resettable) -> None:
    """Call `reset`, here and in every child that is forked while the object exists, before anything else runs there."""
    thing.reset()
    _known.add(thing)


def _reset_all() -> None:
    for thing in list(_known):
        thing.reset()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_reset_all)
