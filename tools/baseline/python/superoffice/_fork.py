from __future__ import annotations
import os
from typing import Protocol
from weakref import WeakSet

class Renewable(Protocol):

    def renew(self) -> None:
        ...

def renew_after_fork(thing: Renewable) -> None:
    ...
if hasattr(os, 'register_at_fork'):
