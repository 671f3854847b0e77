"""The ids of an export: each once, however often it was given, and told from other lists by a digest."""

from __future__ import annotations

from array import array
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from hashlib import sha256
from itertools import islice
from typing import Any, SupportsIndex

from .._ids import ticket_id
from ..errors import InvalidIdError

_BLOCK = 64  # ids that share an integer, a bit for each; a ticket's id is a row's number, so most are near others
_AT_ONCE = 4_096  # ids that are hashed at a time


class UniqueIds:
    """Checks ids one by one and finds those that were given before; `repeated` counts these."""

    def __init__(self) -> None:
        self.repeated = 0
        self._given = 0
        self._blocks: dict[int, int] = {}

    def add(self, value: SupportsIndex) -> int | None:
        """Return an id; None where it was given before. Raises `InvalidIdError` with its position."""
        try:
            number = ticket_id(value)
        except InvalidIdError as error:
            raise error.at(self._given) from None
        self._given += 1
        block, place = divmod(number, _BLOCK)
        given, bit = self._blocks.get(block, 0), 1 << place
        if given & bit:
            self.repeated += 1
            return None
        self._blocks[block] = given | bit
        return number


def unique(ids: Iterable[SupportsIndex], known: UniqueIds) -> Generator[int]:
    """Yield each id once; a generator is closed in the end."""
    try:
        for value in ids:
            if (number := known.add(value)) is not None:
                yield number
    finally:
        if isinstance(ids, Generator):
            ids.close()


async def unique_async(ids: AsyncIterable[SupportsIndex], known: UniqueIds) -> AsyncGenerator[int]:
    """Do as `unique`."""
    try:
        async for value in ids:
            if (number := known.add(value)) is not None:
                yield number
    finally:
        if isinstance(ids, AsyncGenerator):
            await ids.aclose()


def digest_of(ids: Iterable[int], count: int | None = None) -> tuple[int, Any]:
    """Read the first `count` ids, or all; return how many there were, and their hash."""
    found, digest, first = 0, sha256(), islice(ids, count)
    while some := array("i", islice(first, _AT_ONCE)):
        found += len(some)
        digest.update(some)
    return found, digest
