"""The ids of an export: each once, however often it was given, and told from other lists by a digest."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable, Sequence
from hashlib import sha256
from itertools import islice
from typing import SupportsIndex

import attrs

from .._ids import ticket_id
from ..errors import InvalidIdError

_LOW = 16  # bits of an id that are told apart within a group
_FEW = 1 << (_LOW - 4)  # ids of a group that take less room in a sorted list of 2 bytes each than in a bit for each
_AT_ONCE = 4_096  # ids that are gone over at a time


class IdSet:
    """Which ids there were: 2 bytes for one that is alone, a bit where they are dense.

    >>> once = Once()
    >>> [once.new(number) for number in (7, 8, 7)]
    [True, True, False]
    """

    def __init__(self) -> None:
        self._groups: dict[int, array[int] | bytearray] = {}

    def new(self, number: int) -> bool:
        """Note an id; False where it was noted before."""
        high, low = number >> _LOW, number & ((1 << _LOW) - 1)
        group = self._groups.setdefault(high, array("H"))
        if isinstance(group, array):
            place = bisect_left(group, low)
            if place < len(group) and group[place] == low:
                return False
            group.insert(place, low)
            if len(group) > _FEW:
                self._groups[high] = _as_bits(group)
            return True
        byte, bit = low >> 3, 1 << (low & 7)
        known = bool(group[byte] & bit)
        group[byte] |= bit
        return not known


def _as_bits(group: array[int]) -> bytearray:
    bits = bytearray(1 << (_LOW - 3))
    for low in group:
        bits[low >> 3] |= 1 << (low & 7)
    return bits


class UniqueIds:
    """Calls ids up, each once; `repeated` is how often one was given again."""

    def __init__(self) -> None:
        self.repeated = 0
        self._given = 0
        self._once = IdSet()

    def call(self, value: SupportsIndex) -> int | None:
        """Check the next one given; None where it was given before. Raises `InvalidIdError` with its place."""
        try:
            number = ticket_id(value)
        except InvalidIdError as error:
            raise error.at(self._given) from None
        self._given += 1
        if self._once.new(number):
            return number
        self.repeated += 1
        return None


def unique(ids: Iterable[SupportsIndex], roll: UniqueIds) -> Generator[int]:
    """Give each id once; a generator is closed in the end."""
    try:
        for value in ids:
            if (number := roll.call(value)) is not None:
                yield number
    finally:
        if isinstance(ids, Generator):
            ids.close()


async def unique_async(ids: AsyncIterable[SupportsIndex], roll: UniqueIds) -> AsyncGenerator[int]:
    """Do as `called`."""
    try:
        async for value in ids:
            if (number := roll.call(value)) is not None:
                yield number
    finally:
        if isinstance(ids, AsyncGenerator):
            await ids.aclose()


class Digest:
    """What tells some ids, in their order, from others. It does not change; `then` gives that of more ids."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = sha256()

    def then(self, ids: Sequence[int]) -> Digest:
        """Give the digest of these ids after the ones before."""
        more = Digest()
        more.count = self.count + len(ids)
        more._hash = self._hash.copy()
        more._hash.update(struct.pack(f"<{len(ids)}i", *ids))
        return more

    @property
    def known(self) -> Known:
        """How many they are, and what tells them from others."""
        return Known(self.count, self._hash.hexdigest())


@attrs.frozen
class Known:
    """How many ids there are, and what tells them from others."""

    count: int = 0
    digest: str = ""


def digest_of(ids: Generator[int], count: int | None = None) -> Digest:
    """Go over ids, the first so many of them or all."""
    digest = Digest()
    while (left := _AT_ONCE if count is None else min(_AT_ONCE, count - digest.count)) > 0:
        taken = list(islice(ids, left))
        digest = digest.then(taken)
        if len(taken) < left:
            break
    return digest


async def digest_of_async(ids: AsyncGenerator[int], count: int) -> Digest:
    """Do as `digest_of`."""
    digest = Digest()
    taken: list[int] = []
    while digest.count + len(taken) < count and (number := await anext(ids, None)) is not None:
        taken.append(number)
        if len(taken) == _AT_ONCE:
            digest, taken = digest.then(taken), []
    return digest.then(taken)
