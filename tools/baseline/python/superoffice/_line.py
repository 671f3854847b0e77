from __future__ import annotations
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, SupportsIndex, TypeVar
import attrs
from ._exchange import Outgoing
from ._plan import sound_ids
from .batch import Problem, TicketBatch
R = TypeVar('R')
KEPT = 1000

@attrs.frozen(kw_only=True)
class StreamCounts:
    read: int = 0
    asked: int = 0
    received: int = 0
    missing: int = 0
    failed: int = 0
    problems: int = 0
    unexpected: int = 0
    calls: int = 0
    retries: int = 0
    slow: int = 0

class Account:

    def __init__(self) -> None:
        self.missing = ...
        self.failed = ...
        self.problems: list[Problem] = ...
        self.read = ...
        ...

    def begins(self, out: Outgoing) -> None:
        ...

    def ends(self, out: Outgoing) -> None:
        ...

    def fails(self, ids: Sequence[int]) -> None:
        ...

    def holds(self, batch: TicketBatch[Any]) -> None:
        ...

    def notes(self, problems: Sequence[Problem]) -> None:
        ...

    def counts(self) -> StreamCounts:
        ...

class Line(Generic[R]):

    def __init__(self, room: int, *, ordered: bool) -> None:
        ...

    @property
    def has_room(self) -> bool:
        ...

    @property
    def idle(self) -> bool:
        ...

    def begin(self) -> int:
        ...

    def came(self, number: int, outcome: R) -> None:
        ...

    def take(self) -> R | None:
        ...

class _Cut:

    def __init__(self, size: int) -> None:
        self.over = ...
        self.wrong: Exception | None = ...
        ...

    def sound(self, values: list[SupportsIndex], failed: Exception | None) -> list[int]:
        ...

def parts(ids: Iterator[SupportsIndex], size: int) -> Generator[list[int]]:
    ...

async def parts_async(ids: AsyncIterator[SupportsIndex], size: int) -> AsyncGenerator[list[int]]:
    ...
