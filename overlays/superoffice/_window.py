"""What a stream does without I/O: ids into parts, responses into order, and counts of both."""

from __future__ import annotations

from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from typing import Any, Generic, SupportsIndex, TypeVar

import attrs

from ._ids import sound_ids
from .batch import TicketBatch
from .problem import Problem, short_repr
from .transport.attempts import PreparedRequest

R = TypeVar("R")
KEPT = 1_000  # problems whose values are kept; a stream of millions may have as many
_SHOWN = 200  # characters of a value that is kept


@attrs.frozen(kw_only=True)
class Counts:
    """What became of ids: in a stream, or in an export over all its runs. `StreamCounts` tells what is counted."""

    asked: int = 0
    received: int = 0
    missing: int = 0
    problems: int = 0
    unexpected: int = 0
    retries: int = 0
    slow: int = 0

    @classmethod
    def of_batch(cls, batch: TicketBatch[Any]) -> Counts:
        listed = {name: len(getattr(batch, name)) for name in ("missing", "problems", "unexpected")}
        return Counts(asked=len(batch.requested), received=len(batch), **listed)

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: number + getattr(other, name) for name, number in self.counters().items()})

    def counters(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in attrs.fields(Counts)}


@attrs.frozen(kw_only=True)
class StreamCounts(Counts):
    """How far a stream has come. All but `read`, `retries` and `slow` count what was handed out, a batch at a time.

    `read` are the ids taken from what was given, ahead of `asked`, whose responses were handed out; `missing` those not
    found, once for each request that asked for them; `failed` those of requests that failed for good. `received` are
    tickets; `unexpected` those left out, since nobody asked for them or a later one with the same id differs.
    `problems` are values that did not decode; `calls` requests that had a response or failed for good; `retries` and
    `slow` (longer than the OpenAPI document's threshold) count attempts, of requests on their way too.

    >>> with client.tickets.stream([439, 829, 77777]) as tickets:
    ...     found = list(tickets)
    >>> tickets.counts.asked, tickets.counts.received, tickets.counts.missing
    (3, 2, 1)
    """

    read: int = 0
    failed: int = 0
    calls: int = 0


class StreamTally:
    """What became of every id so far, kept small: 4 bytes for a missing id, a bounded list of problems."""

    def __init__(self) -> None:
        self.missing = array("i")
        self.failed = array("i")
        self.problems: list[Problem] = []
        self.read = 0
        self.handed_out = Counts()
        self._calls = 0
        self._under_way: set[PreparedRequest] = set()

    def begins(self, out: PreparedRequest) -> None:
        self._under_way.add(out)

    def ends(self, out: PreparedRequest) -> None:
        self._under_way.discard(out)
        self._calls += 1
        self.handed_out += _attempts_of(out)

    def fails(self, ids: Sequence[int]) -> None:
        self.handed_out += Counts(asked=len(ids))
        self.failed.extend(dict.fromkeys(ids))

    def holds(self, batch: TicketBatch[Any]) -> None:
        self.handed_out += Counts.of_batch(batch)
        self.missing.extend(batch.missing)
        self._keep(batch.problems)

    def notes(self, problems: Sequence[Problem]) -> None:
        self.handed_out += Counts(problems=len(problems))
        self._keep(problems)

    def _keep(self, problems: Sequence[Problem]) -> None:
        for problem in problems[: KEPT - len(self.problems)]:
            shown = short_repr(problem.value, _SHOWN + 1)  # no more of it is kept than its sentence shows
            self.problems.append(problem if len(shown) <= _SHOWN else attrs.evolve(problem, value=shown[:_SHOWN]))

    def counts(self) -> StreamCounts:
        counts = sum(map(_attempts_of, list(self._under_way)), self.handed_out)
        return StreamCounts(**counts.counters(), read=self.read, failed=len(self.failed), calls=self._calls)


def _attempts_of(out: PreparedRequest) -> Counts:
    return Counts(retries=max(0, out.attempts - 1), slow=out.slow_attempts)


class ReorderBuffer(Generic[R]):
    """Hands outcomes out in the order in which they were begun, or as they come, and has room for some."""

    def __init__(self, room: int, *, ordered: bool) -> None:
        self._room = room
        self._ordered = ordered
        self._came: dict[int, R] = {}
        self._begun = self._taken = 0

    @property
    def has_room(self) -> bool:
        return self._begun - self._taken < self._room

    @property
    def idle(self) -> bool:
        return self._begun == self._taken

    def begin(self) -> int:
        self._begun += 1
        return self._begun - 1

    def came(self, number: int, outcome: R) -> None:
        self._came[number] = outcome

    def take(self) -> R | None:
        number = self._taken if self._ordered else next(iter(self._came), -1)
        outcome = self._came.pop(number, None)
        if outcome is not None:
            self._taken += 1
        return outcome


def parts(ids: Iterator[SupportsIndex], size: int) -> Generator[list[int]]:
    """Cut ids into checked parts, reading no further than each needs; an error is raised after what was good before."""
    values, position = list[SupportsIndex](), 0
    failed: Exception | None = None
    try:
        for value in ids:
            values.append(value)
            if len(values) == size:
                part, values = values, []
                yield from _sound(part, position)
                position += size
    except Exception as error:
        failed = error
    finally:
        if isinstance(ids, Generator):
            ids.close()
    yield from _sound(values, position, failed)


async def parts_async(ids: AsyncIterator[SupportsIndex], size: int) -> AsyncGenerator[list[int]]:
    values, position = list[SupportsIndex](), 0
    failed: Exception | None = None
    try:
        async for value in ids:
            values.append(value)
            if len(values) == size:
                part, values = values, []
                for good in _sound(part, position):
                    yield good
                position += size
    except Exception as error:
        failed = error
    finally:
        if isinstance(ids, AsyncGenerator):
            await ids.aclose()
    for good in _sound(values, position, failed):
        yield good


def _sound(values: list[SupportsIndex], position: int, failed: Exception | None = None) -> Iterator[list[int]]:
    good, wrong = sound_ids(values, position)
    if good:
        yield good
    if (error := wrong or failed) is not None:
        raise error
