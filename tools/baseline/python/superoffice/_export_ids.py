from __future__ import annotations
import struct
from array import array
from bisect import bisect_left
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable, Sequence
from hashlib import sha256
from itertools import islice
from typing import SupportsIndex
import attrs
from ._plan import ticket_id
from .errors import InvalidIdError

class Once:

    def __init__(self) -> None:
        ...

    def new(self, number: int) -> bool:
        ...

class Roll:

    def __init__(self) -> None:
        self.repeated = ...
        ...

    def call(self, value: SupportsIndex) -> int | None:
        ...

def called(ids: Iterable[SupportsIndex], roll: Roll) -> Generator[int]:
    ...

async def called_async(ids: AsyncIterable[SupportsIndex], roll: Roll) -> AsyncGenerator[int]:
    ...

class Digest:

    def __init__(self) -> None:
        self.count = ...
        ...

    def then(self, ids: Sequence[int]) -> Digest:
        ...

    @property
    def known(self) -> Known:
        ...

@attrs.frozen
class Known:
    count: int = 0
    digest: str = ''

def digest_of(ids: Generator[int], count: int | None=None) -> Digest:
    ...

async def digest_of_async(ids: AsyncGenerator[int], count: int) -> Digest:
    ...
