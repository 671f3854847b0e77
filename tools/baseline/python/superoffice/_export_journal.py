from __future__ import annotations
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
import attrs
import msgspec
from .errors import ExportError, ExportRefusedError

@attrs.frozen(kw_only=True)
class Standing:
    asked: int = 0
    digest: str = ''
    size: int = 0
    tickets: int = 0
    missing: int = 0
    problems: int = 0
    retries: int = 0
    slow: int = 0
    seconds: float = 0.0

class Journal:

    def __init__(self, path: Path) -> None:
        self.standing = ...
        ...

    def facts(self) -> dict[str, Any]:
        ...

    def note(self, facts: Mapping[str, Any]) -> None:
        ...

    def commit(self, standing: Standing, missing: Iterable[int], problems: Iterable[str]) -> None:
        ...

    def renew(self, facts: Mapping[str, Any]) -> None:
        ...

    def last(self) -> Standing:
        ...

    def sizes(self) -> list[int]:
        ...

    def missing(self) -> Iterator[int]:
        ...

    def problems(self) -> Iterator[str]:
        ...

    def close(self) -> None:
        ...
