"""Other Arrow libraries take our tables and streams as they are. In a session of their own: they are 400 MB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import nanoarrow
import pandas
import polars
import polars.testing
import pyarrow
import pytest
from arro3.core import Table

from superoffice import InvalidIdError, SuperOffice, Ticket, TicketBatch, TicketDecodeError, TicketFields
from superoffice.arrow import TableSpec
from superoffice.stream import ArrowBatches
from superoffice_sandbox import Sandbox

IDS = [1234, 829, 439, *range(1, 41)]
WHEN = datetime(2024, 11, 15, 8, 30, tzinfo=UTC)  # ticket 1234 was created


@pytest.fixture
def table(client: SuperOffice) -> Table:
    return client.tickets.get_many(IDS).to_arrow()


def by_duckdb(relation: Any) -> list[dict[str, Any]]:
    """Read what stands in a local variable of this function, as duckdb does."""
    found = duckdb.sql("SET TimeZone = 'UTC'; SELECT * FROM relation")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


# Each gives its rows as plain values.
READERS: dict[str, Callable[[Any], list[dict[str, Any]]]] = {
    "pyarrow": lambda data: pyarrow.table(data).to_pylist(),
    "polars": lambda data: polars.DataFrame(data).to_dicts(),
    "pandas": lambda data: pandas.DataFrame.from_arrow(data).to_dict("records"),
    "duckdb": by_duckdb,
}


@pytest.fixture(params=list(READERS))
def read(request: pytest.FixtureRequest) -> Callable[[Any], list[dict[str, Any]]]:
    return READERS[request.param]


def test_every_reader_finds_the_same_values(client: SuperOffice, read: Callable[[Any], list[dict[str, Any]]]) -> None:
    batch = client.tickets.get_many(IDS)
    rows = read(batch.to_arrow())
    assert [row["ticket_id"] for row in rows] == IDS
    units = {field.attribute: field.unit for field in vars(TicketFields).values() if hasattr(field, "unit")}
    for row, ticket in zip(rows, batch, strict=True):
        assert len(row) == 65
        for name, value in ticket.to_dict().items():
            if name in ("table_right", "field_properties"):
                continue
            found = row[name]
            if value is None:
                assert found is None or found != found  # noqa: PLR0124 - pandas' NaT and NaN
            elif (unit := units[name]) is not None:
                assert found == timedelta(**{unit: value})
            else:
                assert found == value
    sample = rows[0]
    assert sample["created_at"] == WHEN
    assert sample["time_to_reply"] == timedelta(hours=2)
    assert sample["table_right"] is None
    assert rows[1]["table_right"] == {"mask": "Select, Update", "reason": ""}
    entries = sample["field_properties"]
    ((name, entry),) = entries.items() if isinstance(entries, dict) else [_pair(each) for each in entries]
    assert (name, entry["field_type"], entry["field_length"]) == ("fieldName", "System.String", 252)


def _pair(entry: Any) -> tuple[str, dict[str, Any]]:
    """Return key and value of a map's entry, which some write as a pair and some as an object."""
    return (entry["key"], entry["value"]) if isinstance(entry, dict) else entry


def test_every_reader_takes_a_batch_as_it_is(client: SuperOffice, read: Callable[[Any], list[dict[str, Any]]]) -> None:
    batch = client.tickets.get_many([*IDS, 77777], select=["title", "CreatedAt"])
    rows = read(batch)
    assert rows == read(batch.to_arrow()) == batch.to_dicts()
    assert read(client.tickets.get_many([77777])) == []


def test_duckdb_takes_a_batch_as_a_relation(client: SuperOffice) -> None:
    batch = client.tickets.get_many(IDS, select=["owned_by_name"])
    assert duckdb.sql("SELECT count(*) FROM batch WHERE owned_by_name IS NOT NULL").fetchall() == [(len(batch),)]
    for take in (duckdb.from_arrow, duckdb.arrow):
        assert take(batch).columns == ["ticket_id", "owned_by_name"]


def test_a_batch_makes_frames(client: SuperOffice) -> None:
    batch = client.tickets.get_many(IDS)
    with pytest.raises(TypeError, match=r"use batch.to_pandas\(\)"):  # it would make a column of objects
        pandas.DataFrame(batch)
    pandas.testing.assert_frame_equal(batch.to_pandas(), pandas.DataFrame.from_arrow(batch))
    polars.testing.assert_frame_equal(batch.to_polars(), polars.DataFrame(batch))
    assert list(batch.to_pandas().columns) == batch.to_polars().columns == list(Ticket.__struct_fields__)


@pytest.mark.parametrize("name", ["to_pandas", "to_polars"])
def test_a_value_that_fits_no_column_is_a_problem_of_the_batch(name: str) -> None:
    batch: TicketBatch[Any] = TicketBatch([1], [Ticket(ticket_id=1, cust_id=2**40)])
    assert len(getattr(batch, name)()) == 1
    assert [problem.value for problem in batch.problems] == [2**40]
    strict: TicketBatch[Any] = TicketBatch([1], list(batch), layout=TableSpec(Ticket, strict=True))
    with pytest.raises(TicketDecodeError, match="ticket 1, CustId: 1099511627776 does not decode"):
        getattr(strict, name)()


def test_every_reader_takes_a_stream(client: SuperOffice, read: Callable[[Any], list[dict[str, Any]]]) -> None:
    with client.with_options(batch_size=7).tickets.stream([*IDS, 77777], select=["Title", "OwnedByName"]) as tickets:
        rows = read(tickets.to_arrow_batches())
        assert [row["ticket_id"] for row in rows] == IDS
        assert list(rows[0]) == ["ticket_id", "title", "owned_by_name"]
        assert list(tickets.missing) == [77777]


def test_every_reader_tells_what_went_wrong(client: SuperOffice, read: Callable[[Any], list[dict[str, Any]]]) -> None:
    with client.tickets.stream([1, -5]) as tickets:
        batches = tickets.to_arrow_batches()
        with pytest.raises(Exception, match=r"ids\[1\]: -5 cannot be a ticket's id"):
            read(batches)


def address(taken: pyarrow.Table, name: str) -> int:
    """Return where a column's numbers stand in memory."""
    (chunk,) = taken[name].chunks
    return int(chunk.buffers()[1].address)


@pytest.mark.parametrize("name", ["ticket_id", "created_at", "time_to_reply"])
def test_pyarrow_takes_columns_without_a_copy(table: Table, name: str) -> None:
    first, second = pyarrow.table(table), pyarrow.table(table)  # copies that live together would stand apart
    assert address(first, name) == address(second, name)


@pytest.mark.parametrize("name", ["ticket_id", "created_at"])
def test_polars_takes_columns_without_a_copy(table: Table, name: str) -> None:
    assert address(polars.DataFrame(table).to_arrow(), name) == address(pyarrow.table(table), name)


@pytest.mark.parametrize("name", ["ticket_id", "created_at", "owned_by_name"])
def test_pandas_with_arrows_types_takes_columns_without_a_copy(table: Table, name: str) -> None:
    frame = pyarrow.table(table).to_pandas(types_mapper=pandas.ArrowDtype)  # its own types are blocks of its own
    assert address(pyarrow.table({name: frame[name].array.__arrow_array__()}), name) == address(
        pyarrow.table(table), name
    )


def test_pyarrow_finds_types_and_metadata_sound(table: Table) -> None:
    taken = pyarrow.table(table)
    taken.validate(full=True)
    assert taken.schema.field("created_at").type == pyarrow.timestamp("us", "UTC")
    assert taken.schema.field("time_to_reply").type == pyarrow.duration("s")
    assert taken.schema.field("owned_by_name").type == pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    assert taken.schema.field("time_to_reply").metadata[b"unit"] == b"minutes"
    assert not taken.schema.field("ticket_id").nullable


def test_readers_have_types_of_their_own(table: Table) -> None:
    schema = polars.DataFrame(table).schema
    assert (schema["created_at"], schema["owned_by_name"]) == (polars.Datetime("us", "UTC"), polars.Categorical)
    assert isinstance(schema["time_to_reply"], polars.Duration)
    dtypes = pandas.DataFrame.from_arrow(table).dtypes
    assert [str(dtypes[name]) for name in ("created_at", "owned_by_name", "time_to_reply", "has_attachment")] == [
        *("datetime64[us, UTC]", "category", "timedelta64[s]", "bool")
    ]
    mine = table
    kinds = {name: kind for name, kind, *_ in duckdb.sql("DESCRIBE SELECT * FROM mine").fetchall()}
    assert mine is table
    assert kinds["created_at"] == "TIMESTAMP WITH TIME ZONE"
    assert kinds["time_to_reply"] == "INTERVAL"


def test_a_reader_that_reads_slowly_is_waited_for(client: SuperOffice, box: Sandbox) -> None:
    before = len(list(box.requests))
    with client.with_options(batch_size=2).tickets.stream(endless(), max_concurrency=1) as tickets:
        reader = pyarrow.RecordBatchReader.from_stream(tickets.to_arrow_batches())
        assert reader.read_next_batch().num_rows == 2
        assert tickets.counts.received == 2
    assert len(list(box.requests)) - before <= 3


def endless() -> Iterator[int]:
    while True:
        yield from range(1, 41)


def test_a_stream_has_a_schema_before_it_is_read(client: SuperOffice) -> None:
    batches: ArrowBatches = client.tickets.stream([1], select=["Title"]).to_arrow_batches()
    assert pyarrow.schema(batches).names == ["ticket_id", "title"]


# Each gives a column of ids, as this library has it.
COLUMNS: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pandas.Series([3, 1, 2]),
    "pandas category": lambda: pandas.Series([3, 1, 2], dtype="category"),
    "polars": lambda: polars.Series([3, 1, 2]),
    "pyarrow": lambda: pyarrow.array([3, 1, 2]),
    "pyarrow dictionary": lambda: pyarrow.chunked_array([[3, 1], [2]]).dictionary_encode(),
    "nanoarrow": lambda: nanoarrow.Array([3, 1, 2], nanoarrow.int64()),
    "nanoarrow stream": lambda: nanoarrow.ArrayStream([3, 1, 2], nanoarrow.int64()),
}


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_a_column_of_any_library_holds_ids(kind: str, client: SuperOffice, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    assert [ticket.ticket_id for ticket in client.tickets.get_many(COLUMNS[kind]())] == [3, 1, 2]
    assert client.tickets.export(COLUMNS[kind](), path, select=["Title"]).tickets == 3


@pytest.mark.parametrize(
    "none",
    [
        pandas.DataFrame(columns=["id"])["id"],
        pandas.Series([], dtype="category"),
        pandas.Series([], dtype=float),
        polars.Series([]),
        polars.Series([], dtype=polars.String),  # what polars finds in a CSV file of a header alone
        pyarrow.array([]),
    ],
)
def test_an_empty_column_of_any_library_holds_no_ids(none: Any, client: SuperOffice) -> None:
    assert list(client.tickets.get_many(none)) == []


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (pandas.Series([439, "n/a"], dtype=object), "a Series cannot be read as a column of ids: .*'n/a'.*; give"),
        (pandas.Series([439, 2**70], dtype=object), "a Series cannot be read as a column of ids: .* too large"),
        (pandas.Series([439, None]), "Float64> holds no ids; where a column has gaps"),
        (polars.Series([None]), "Null> holds no ids; where a column has gaps"),
        (pandas.Series(["n/a"], dtype="category"), "Utf8> holds no ids; give whole numbers"),
        (polars.DataFrame({"id": []}), "a DataFrame is a whole table"),
    ],
)
def test_a_column_that_holds_no_ids_is_refused_in_our_words(ids: Any, said: str, client: SuperOffice) -> None:
    with pytest.raises(InvalidIdError, match=said):
        client.tickets.get_many(ids)
