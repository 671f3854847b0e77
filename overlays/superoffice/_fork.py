"""What a forked child must replace: locks whose holders do not run there, and connections that are the parent's."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakSet

_known: WeakSet[Any] = WeakSet()


def reset_now_and_after_fork(thing: Any) -> None:
    """Call its `reset`, here and in every child that is forked while it exists, before anything else runs there."""
    thing.reset()
    _known.add(thing)


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=lambda: [thing.reset() for thing in list(_known)])
