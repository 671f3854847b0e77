"""The ids of an export: where they come from, and which are refused."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from arro3.core import Array, ArrayReader, ChunkedArray, DataType, Table

import superoffice.export.ids
from superoffice import AsyncSuperOffice, BasicAuth, ExportRefusedError, InvalidIdError, SuperOffice
from superoffice.export.ids import UniqueIds, digest_of, unique
from superoffice_sandbox import Sandbox

from ...support.exports import Exports, Foreign, names, rows

pytestmark = pytest.mark.usefixtures("quiet")


class Changing:
    """Ids that are others each time."""

    def __init__(self) -> None:
        self._times = 0

    def __iter__(self) -> Iterator[int]:
        self._times += 1
        return iter([1, 2, 2 + self._times])


def test_ids_that_change_while_they_are_read_are_refused(client: SuperOffice, tmp_path: Path) -> None:
    with pytest.raises(ExportRefusedError, match="changed while they were read"):
        client.tickets.export(Changing(), tmp_path / "a.jsonl")
    assert not (tmp_path / "a.jsonl").exists()


class Handed:
    """A stream that can be read but once, and is no iterator."""

    def __init__(self, ids: list[int]) -> None:
        self._reader = ArrayReader.from_arrow(Array(ids, DataType.int32()))

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object:
        return self._reader.__arrow_c_stream__(requested_schema)


COLUMNS: dict[str, Callable[[], Any]] = {
    "list": lambda: [3, 1, 2],
    "numpy": lambda: np.array([3, 1, 2], dtype=np.uint16),
    "Arrow array": lambda: Array([3, 1, 2], DataType.int64()),
    "Arrow column": lambda: ChunkedArray([Array([3], DataType.int32()), Array([1, 2], DataType.int32())]),
    "Arrow stream": lambda: ArrayReader.from_arrow(ChunkedArray([Array([3, 1, 2], DataType.int32())])),
    "Arrow stream, handed over": lambda: Handed([3, 1, 2]),
    "Arrow dictionary": lambda: Array([3, 1, 2], DataType.int64()).cast(
        DataType.dictionary(DataType.int8(), DataType.int64())
    ),
    "generator": lambda: (number for number in (3, 1, 2)),
}


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_ids_come_from_where_they_are(kind: str, export: Exports, client: SuperOffice, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    export(COLUMNS[kind](), path, select=["Title"])
    assert [row["TicketId"] for row in rows(path)] == [3, 1, 2]
    assert [ticket.ticket_id for ticket in client.tickets.get_many(COLUMNS[kind]())] == [3, 1, 2]


@pytest.mark.parametrize("kind", [DataType.string(), DataType.float64(), DataType.int32()])
def test_an_empty_column_holds_no_ids_whatever_its_type(
    kind: DataType, export: Exports, client: SuperOffice, tmp_path: Path
) -> None:
    none = Array([], kind)
    assert export(none, tmp_path / "tickets.jsonl").tickets == 0
    assert list(client.tickets.get_many(none)) == []


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([1, 2, 0], "ids[2]: 0 cannot be a ticket's id"),
        ([1, "2"], "ids[1]: '2' is a str"),
        (Array([1, None], DataType.int32()), "ids[1]: None is a NoneType, not a ticket's id; where a column has gaps"),
        (Array([1.5], DataType.float64()), "of arro3.core.DataType<Float64> holds no ids; where a column has gaps"),
        (Foreign([1]), "a Foreign cannot be read as a column of ids: no such type; give whole numbers"),
        (Array(["1"], DataType.string()), "holds no ids; give whole numbers"),
        ([1.0], "ids[0]: 1.0 is a float, not a ticket's id; where a column has gaps, leave its empty rows out"),
        (Table.from_pydict({"id": Array([1], DataType.int32())}), "is a whole table; give the column"),
        (439, "export takes several ids"),
    ],
)
def test_what_is_no_id_is_refused_before_anything_is_sent(
    ids: Any, said: str, client: SuperOffice, box: Sandbox, tmp_path: Path
) -> None:
    box.requests.clear()
    with pytest.raises(InvalidIdError) as caught:
        client.tickets.export(ids, tmp_path / "tickets.jsonl")
    assert said in str(caught.value)
    assert (list(box.requests), names(tmp_path)) == ([], set())


def test_what_is_no_id_ends_an_iterator_after_what_came(client: SuperOffice, tmp_path: Path) -> None:
    path, closed = tmp_path / "tickets.jsonl", list[bool]()

    def ids(last: int) -> Iterator[int]:
        try:
            yield from (1, 2, last)
        finally:
            closed.append(True)

    with pytest.raises(InvalidIdError) as caught:
        client.tickets.export(ids(-1), path)
    assert caught.value.position == 2
    assert closed == [True]
    assert client.tickets.export(ids(3), path).resumed == 2
    assert [row["TicketId"] for row in rows(path)] == [1, 2, 3]


class Plain:
    """An async iterable that is no generator."""

    def __init__(self, ids: AsyncGenerator[int]) -> None:
        self._ids = ids

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        return await anext(self._ids)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ids_from_an_async_iterable(
    backend: str, box: Sandbox, basic: BasicAuth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(superoffice.export.ids, "_AT_ONCE", 20)
    path, closed = tmp_path / "tickets.jsonl", list[bool]()

    async def ids(*more: int) -> AsyncGenerator[int]:
        try:
            for number in (1, *range(1, 31), *more):
                yield number
        finally:
            closed.append(True)

    async def go() -> None:
        async with AsyncSuperOffice(box.site, auth=basic, batch_size=10) as client:
            with pytest.raises(InvalidIdError):
                await client.tickets.export(ids(-1), path)
            assert (await client.tickets.export(Plain(ids(31)), path)).resumed == 30
            assert (await client.tickets.export(ids(31), path)).resumed == 0

    anyio.run(go, backend=backend)
    assert len(closed) == 3
    assert [row["TicketId"] for row in rows(path)] == [*range(1, 32)]


def test_a_set_of_ids_knows_every_id_that_was_added() -> None:
    ids = UniqueIds()
    numbers = [*range(1, 6_000), 2**31 - 1, 70_000, 65_536]
    assert [*map(ids.add, numbers)] == numbers
    assert {*map(ids.add, numbers)} == {None}
    assert (ids.add(6_000), ids.repeated) == (6_000, len(numbers))


def test_a_digest_is_of_the_ids_and_their_order() -> None:
    def known(ids: Any, count: int | None = None) -> Any:
        found, digest = digest_of(unique(ids, UniqueIds()), count)
        return found, digest.hexdigest()

    assert known(range(1, 9_001)) == known(iter(range(1, 9_001))) != known(range(9_000, 0, -1))
    assert known(range(1, 9_001), 5_000) == known(range(1, 5_001))
    assert known([1], 5)[0] == 1
    assert known([5, 5, 5])[0] == 1
