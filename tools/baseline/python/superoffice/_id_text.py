from __future__ import annotations
from collections.abc import Iterable, Iterator
from ._plan import MAX_ID

def words(lines: Iterable[str], source: str) -> Iterator[tuple[str, str]]:
    ...

def id_in(word: str) -> int | None:
    ...
