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
_AT_ONCE = 4_096  # ids that are hashed at a time


class IdSet:
    """A set of ids: 2 bytes for one that is alone, a bit where they are dense.

    >>> ids = IdSet()
    >>> [ids.add(number) for number in (7, 8, 7)]
    [True, True, False]
    """

    def __init__(self) -> None:
        self._groups: dict[int, array[int] | bytearray] = {}

    def add(self, number: int) -> bool:
        """Add an id; return False where it was there already."""
        high, low = number >> _LOW, number & ((1 << _LOW) - 1)
        group = self._groups.setdefault(high, array("H"))
        if isinstance(group, array):
            index = bisect_left(group, low)
            if index < len(group) and group[index] == low:
                return False
            group.insert(index, low)
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
    """Checks ids one by one and finds those that were given before; `repeated` counts these."""

    def __init__(self) -> None:
        self.repeated = 0
        self._given = 0
        self._known = IdSet()

    def add(self, value: SupportsIndex) -> int | None:
        """Return the next id; None where it was given before. Raises `InvalidIdError` with its position."""
        try:
            number = ticket_id(value)
        except InvalidIdError as error:
            raise error.at(self._given) from None
        self._given += 1
        if self._known.add(number):
            return number
        self.repeated += 1
        return None


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


@attrs.frozen
class IdList:
    """How many ids there are, and the digest that tells them from others."""

    count: int = 0
    digest: str = ""


class Digest:
    """A hash of ids in their order. It does not change; `then` returns that of more ids."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = sha256()

    def then(self, ids: Sequence[int]) -> Digest:
        """Return the digest of these ids after the ones before."""
        more = Digest()
        more.count = self.count + len(ids)
        more._hash = self._hash.copy()
        more._hash.update(struct.pack(f"<{len(ids)}i", *ids))
        return more

    @property
    def known(self) -> IdList:
        """The ids so far."""
        return IdList(self.count, self._hash.hexdigest())


def digest_of(ids: Iterable[int], count: int | None = None) -> Digest:
    """Read the first `count` ids, or all."""
    digest, first = Digest(), islice(ids, count)
    while some := list(islice(first, _AT_ONCE)):
        digest = digest.then(some)
    return digest


async def digest_of_async(ids: AsyncGenerator[int], count: int) -> Digest:
    """Do as `digest_of`."""
    digest = Digest()
    some: list[int] = []
    while digest.count + len(some) < count and (number := await anext(ids, None)) is not None:
        some.append(number)
        if len(some) == _AT_ONCE:
            digest, some = digest.then(some), []
    return digest.then(some)
