from __future__ import annotations
from collections.abc import Generator
from contextlib import contextmanager
from .errors import MissingExtraError

@contextmanager
def extra(name: str) -> Generator[None]:
    ...
