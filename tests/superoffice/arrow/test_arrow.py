"""Tickets as Arrow tables and streams, with no other Arrow library than the extra's own."""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from arro3.core import DataType, RecordBatchReader, Table
from hypothesis import given

from superoffice import (
    AsyncSuperOffice,
    BasicAuth,
    FieldProperty,
    InternalServerError,
    InvalidIdError,
    Locale,
    MissingExtraError,
    RawField,
    StreamClosedError,
    SuperOffice,
    TableRight,
    Ticket,
    TicketBatch,
    TicketDecodeError,
    TicketFields,
    TicketView,
    View,
)
from superoffice._decode import WHOLE, read_tickets
from superoffice.arrow import TableSpec
from superoffice.select import FIELDS
from superoffice_sandbox import Sandbox

from ...support.contract_page import DATE_TIME, ENUMERATIONS, INT32, MINUTES, SECONDS
from ...support.faults import Faults, fine, status
from ...support.wire import SITE, answered, transport
from ..test_properties import answers, fixed


def columns(table: Table) -> dict[str, list[Any]]:
    return {name: table[name].to_pylist() for name in table.column_names}


def row(table: Table, at: int = 0) -> dict[str, Any]:
    return {name: values[at] for name, values in columns(table).items()}


def test_every_member_is_a_column_of_the_documents_type() -> None:
    table = answered([{"TicketId": 1}]).to_arrow(wire=True)
    assert tuple(table.column_names) == tuple(FIELDS)
    text, names = DataType.string(), DataType.dictionary(DataType.int32(), DataType.string())
    for name, field in FIELDS.items():
        made = table.schema.field(name)
        if name in DATE_TIME:
            assert made.type == DataType.timestamp("us", tz="UTC")
        elif name in MINUTES + SECONDS:
            assert made.type == DataType.duration("s")
        elif name in INT32:
            assert made.type == DataType.int32()
        elif name in ENUMERATIONS or field.repeats:
            assert made.type == names
        elif field.type == "string":
            assert made.type == text
        assert made.nullable == (name != "TicketId")
    assert table.schema.field("HasAttachment").type == DataType.bool()
    assert DataType.is_struct(table.schema.field("TableRight").type)
    assert DataType.is_map(table.schema.field("FieldProperties").type)


def test_metadata_is_what_the_document_says() -> None:
    schema = answered([{"TicketId": 1}]).to_arrow().schema
    said = schema.field("time_to_reply").metadata_str
    assert said == {
        "wire": "TimeToReply",
        "description": TicketFields.time_to_reply.description,
        "unit": "minutes",
        "clock": "priority",
    }
    cust = schema.field("cust_id").metadata_str
    assert cust["references"] == "person"
    assert json.loads(cust["sentinels"]) == {"null": "no customer", "-1": "no customer"}
    (mask, _) = schema.field("table_right").type.fields
    assert (mask.name, mask.metadata_str["wire"]) == ("mask", "Mask")


def test_values_are_the_tickets(page_sample: dict[str, Any]) -> None:
    sample = {
        **page_sample,
        "Activate": "0001-01-01T01:00:00+01:00",
        "TableRight": {"Mask": "Select, Update", "Reason": None},
        "Origin": "email",
        "BaseStatus": "Frozen",
        "TimeSpent": None,
    }
    batch = answered([sample, {"TicketId": 2}], [1234, 2, 1234])
    first, second, third = (row(batch.to_arrow(), at) for at in range(3))
    assert first == third
    assert first["created_at"] == datetime(2024, 11, 15, 8, 30, tzinfo=UTC)
    assert first["activate"] is None
    assert first["time_to_reply"] == timedelta(minutes=120)
    assert first["time_spent_queue"] == timedelta(seconds=15)
    assert first["time_spent"] is None
    assert (first["origin"], first["base_status"]) == ("Email", "Frozen")
    assert first["table_right"] == {"mask": "Select, Update", "reason": None}
    assert first["field_properties"] == [
        ("fieldName", {"field_right": None, "field_type": "System.String", "field_length": 252})
    ]
    assert {name: value for name, value in second.items() if value is not None} == {"ticket_id": 2}
    assert batch.problems == ()


def expected(value: Any, name: str) -> Any:
    """Return a ticket's value as a table has it."""
    if value is None:
        return None
    if (unit := FIELDS[name].unit) is not None:
        return timedelta(**{unit: value})
    if name == "FieldProperties":
        return list(value.items())
    return value


@fixed
@given(answers)
def test_any_answer_becomes_a_table_of_the_same_values(answer: Any) -> None:
    """What a ticket has stands in its row; what 32 bits cannot hold is null there and a problem."""
    try:
        tickets, problems = read_tickets(json.dumps(answer).encode(), WHOLE, UTC)
    except Exception:
        return
    ids = [ticket.ticket_id for ticket in tickets]
    batch = TicketBatch(ids, tickets, problems, layout=TableSpec(Ticket, UTC))
    if any(not -(2**31) <= id_ < 2**31 for id_ in ids):
        with pytest.raises(InvalidIdError, match="cannot be a ticket's id"):
            batch.to_arrow(wire=True)
        return
    table = columns(batch.to_arrow(wire=True))
    odd = {(problem.ticket_id, str(problem.member).split("/")[0]) for problem in batch.problems[len(problems) :]}
    for at, (ticket, plain) in enumerate(zip(batch, batch.to_dicts(wire=True), strict=True)):
        for name in FIELDS:
            found = table[name][at]
            if (ticket.ticket_id, name) in odd:
                assert found != plain[name]
            else:
                assert found == expected(plain[name], name)


def test_a_batch_of_ones_own_with_an_id_that_is_none_is_refused() -> None:
    tickets = [Ticket(ticket_id=1), Ticket(ticket_id=2**31)]
    with pytest.raises(InvalidIdError, match="2147483648 cannot be a ticket's id; ids are whole numbers from 1 to"):
        TicketBatch([1, 2**31], tickets).to_arrow()


def test_columns_are_the_members_that_were_selected() -> None:
    sent = [{"TicketId": 1, "Title": "x", "TableRight": {"Mask": "Select"}, "Mood": {"now": "good"}}]
    select = ["Title", TicketFields.table_right / "Mask", RawField("Mood"), "TimeSpent"]
    table = answered(sent, select=select).to_arrow()
    assert row(table) == {
        "ticket_id": 1,
        "title": "x",
        "table_right": {"mask": "Select"},
        "Mood": '{"now":"good"}',
        "time_spent": None,
    }
    assert table.schema.field("Mood").metadata_str == {"wire": "Mood", "content": "JSON"}


class Rights(View):
    mask: str | None


class Own(TicketView):
    title: str
    table_right: Rights | None
    priority: float | None
    time_spent: float | None
    origin: str | None


class Loose(TicketView):
    title: Any
    priority: Any
    created_at: Any
    closed_at: object
    table_right: Any
    field_properties: Any
    base_status: Any
    time_spent: Any


class More(Ticket):
    mood: str | None = None
    score: int | None = None
    share: float | None = None
    done: bool | None = None
    seen: datetime | None = None
    either: int | str | None = None
    rest: list[int] | None = None


def test_a_view_of_your_own_has_its_columns() -> None:
    sent = [{"TicketId": 1, "Title": "x", "TableRight": {"Mask": "Select"}, "Priority": 2, "Origin": "API"}]
    table = answered(sent, into=Own).to_arrow()
    assert row(table) == {
        "ticket_id": 1,
        "title": "x",
        "table_right": {"mask": "Select"},
        "priority": 2.0,
        "time_spent": None,
        "origin": "API",
    }
    assert table.schema.field("priority").type == DataType.float64()
    assert DataType.is_dictionary(table.schema.field("origin").type)


def test_a_view_that_takes_anything_is_held_to_the_document() -> None:
    good = {
        "TicketId": 1,
        "Title": "x",
        "Priority": 3,
        "TimeSpent": 2,
        "BaseStatus": "Closed",
        "CreatedAt": "2024-11-15T09:30:00",
        "ClosedAt": "0001-01-01T00:00:00",
        "TableRight": {"Mask": "Select"},
        "FieldProperties": {"a": {"FieldLength": 1}},
    }
    bad = {
        "TicketId": 2,
        "Title": 5,
        "Priority": "x",
        "TimeSpent": True,
        "BaseStatus": [],
        "CreatedAt": "soon",
        "ClosedAt": 5,
        "TableRight": [],
        "FieldProperties": {"a": {"FieldLength": "x"}},
    }
    batch = answered([good, bad], [1, 2], into=Loose)
    table = batch.to_arrow()
    assert row(table) == {
        "ticket_id": 1,
        "title": "x",
        "priority": 3,
        "created_at": datetime(2024, 11, 15, 9, 30, tzinfo=UTC),
        "closed_at": None,
        "table_right": {"mask": "Select", "reason": None},
        "field_properties": [("a", {"field_right": None, "field_type": None, "field_length": 1})],
        "base_status": "Closed",
        "time_spent": timedelta(minutes=2),
    }
    assert {name for name, value in row(table, 1).items() if value is not None} == {"ticket_id"}
    assert {problem.member for problem in batch.problems} == {
        *("Title", "Priority", "CreatedAt", "ClosedAt", "TableRight", "FieldProperties", "BaseStatus", "TimeSpent")
    }
    assert {problem.ticket_id for problem in batch.problems} == {2}


class LooseRights(View):
    mask: Any


class WithRights(TicketView):
    table_right: LooseRights | None


def test_a_problem_in_an_object_names_its_member() -> None:
    batch = answered([{"TicketId": 1, "TableRight": {"Mask": 5}}], into=WithRights)
    assert row(batch.to_arrow()) == {"ticket_id": 1, "table_right": {"mask": None}}
    assert [(problem.member, problem.value) for problem in batch.problems] == [("TableRight/Mask", 5)]


def test_text_that_cannot_be_written_is_a_problem() -> None:
    half = "\ud800"
    sent = [
        {"TicketId": 1, "TableRight": {"Mask": half, "Reason": "x"}, "FieldProperties": {"a": {"FieldType": half}}},
        {"TicketId": 2, "FieldProperties": {half: {"FieldLength": 1}}, "Mood": {"now": half}},
        {"TicketId": 3, "FieldProperties": {"b": {"FieldLength": 1}}, "Mood": 1},
    ]
    batch = answered(sent, [1, 2, 3], select=["TableRight", "FieldProperties", RawField("Mood")])
    first, second, third = (row(batch.to_arrow(), at) for at in range(3))
    assert (first["table_right"], first["field_properties"]) == (None, None)
    assert (second["field_properties"], second["Mood"]) == (None, None)
    assert (third["field_properties"][0][0], third["Mood"]) == ("b", "1")
    assert {(problem.ticket_id, problem.member) for problem in batch.problems} == {
        *((1, "TableRight"), (1, "FieldProperties"), (2, "FieldProperties"), (2, "Mood"))
    }


def test_text_of_ones_own_that_cannot_be_written_costs_its_own_place() -> None:
    half = "\ud800"
    entry = FieldProperty(field_type=half)
    own = TicketBatch(
        [1, 2],
        [
            Ticket(ticket_id=1, table_right=TableRight(mask=half, reason="x"), field_properties={"a": entry}),
            Ticket(ticket_id=2, title=half, field_properties={half: FieldProperty(field_length=1)}),
        ],
    )
    first, second = (row(own.to_arrow(), at) for at in range(2))
    assert first["table_right"] == {"mask": None, "reason": "x"}
    assert first["field_properties"][0][1]["field_type"] is None
    assert (second["title"], second["field_properties"]) == (None, None)
    assert {(problem.ticket_id, problem.member) for problem in own.problems} == {
        *((1, "TableRight/Mask"), (1, "FieldProperties/a/FieldType"), (2, "Title"), (2, "FieldProperties"))
    }


def test_a_batch_of_your_own_may_hold_text_that_cannot_be_written() -> None:
    batch = TicketBatch([1], [Ticket(ticket_id=1, title="\ud800")])
    assert row(batch.to_arrow())["title"] is None
    assert [(problem.member, problem.value) for problem in batch.problems] == [("Title", "\ud800")]


def test_members_of_your_own_have_types_of_their_own() -> None:
    sent = {"mood": "good", "score": 2**40, "share": 0.5, "done": True, "seen": "2024-11-15T09:30:00Z"}
    batch = answered([{"TicketId": 1, **sent, "either": 5, "rest": [1, 2]}, {"TicketId": 2}], [1, 2], into=More)
    table = batch.to_arrow()
    assert {name: value for name, value in row(table).items() if value is not None} == {
        "ticket_id": 1,
        **sent,
        "seen": datetime(2024, 11, 15, 9, 30, tzinfo=UTC),
        "either": "5",
        "rest": "[1,2]",
    }
    assert row(table, 1)["rest"] is None
    assert batch.problems == ()


class Other(Ticket):
    priority: str | None = None  # type: ignore[assignment] # what a user may write all the same


def test_a_member_of_another_type_than_the_documents_is_a_problem() -> None:
    batch = answered([{"TicketId": 1, "Priority": "high"}], into=Other)
    assert row(batch.to_arrow())["priority"] is None
    assert [(problem.member, problem.value) for problem in batch.problems] == [("Priority", "high")]


def test_a_number_past_32_bits_is_null_and_a_problem(caplog: pytest.LogCaptureFixture) -> None:
    rights = {"a": {"FieldLength": 2**31 - 1}, "b": None, "c": {"FieldLength": 2**31}}
    sent = [
        {"TicketId": 1, "Priority": -(2**31), "TimeSpent": 2**31 - 1, "TimeSpentQueue": 2**31 - 1},
        {"TicketId": 2, "FieldProperties": None},
        {"TicketId": 3, "FieldProperties": {"a": {"FieldLength": 2**31}, **rights}},
        {"TicketId": 4, "Priority": 2**31, "TimeSpent": -(2**31) - 1, "TimeSpentQueue": 2**80},
    ]
    sent[2]["FieldProperties"] = {name: entry for name, entry in rights.items() if entry}
    batch = answered(sent, [1, 2, 3, 4, 4])
    table = batch.to_arrow()
    assert row(table)["priority"] == -(2**31)
    assert row(table)["time_spent"] == timedelta(minutes=2**31 - 1)
    assert row(table)["time_spent_queue"] == timedelta(seconds=2**31 - 1)
    assert {name for name, value in row(table, 3).items() if value is not None} == {"ticket_id"}
    told = [(problem.ticket_id, problem.member, problem.value) for problem in batch.problems]
    assert sorted(told) == [
        (3, "FieldProperties/c/FieldLength", 2**31),
        (4, "Priority", 2**31),
        (4, "TimeSpent", -(2**31) - 1),
        (4, "TimeSpentQueue", 2**80),
    ]
    assert not any(problem.fatal for problem in batch.problems)
    assert len(caplog.records) == 4
    batch.to_arrow(wire=True)
    assert len(batch.problems) == 4  # told once


def test_strict_raises_for_a_value_that_fits_no_column() -> None:
    batch = answered([{"TicketId": 1, "Priority": 2**31}], strict=True)
    for _ in range(2):
        with pytest.raises(TicketDecodeError, match="ticket 1, Priority: 2147483648 does not decode") as caught:
            batch.to_arrow()
        assert caught.value.batch is batch


def test_date_times_without_offset_are_columns_without_a_zone() -> None:
    sent = [{"TicketId": 1, "CreatedAt": "2024-11-15T09:30:00", "ClosedAt": "2024-11-15T09:30:00+01:00"}]
    batch = answered(sent, locale=Locale(time_zone="NO", offset=False))
    table = batch.to_arrow()
    assert table.schema.field("created_at").type == DataType.timestamp("us")
    assert row(table)["created_at"] == datetime(2024, 11, 15, 9, 30)
    assert row(table)["closed_at"] is None
    assert [(problem.member, problem.reason) for problem in batch.problems] == [
        ("ClosedAt", "comes with an offset, which Locale(offset=False) does not ask for")
    ]
    for zone in (None, ""):
        made = answered(sent[:0], [], locale=Locale(time_zone=zone, offset=zone == "")).to_arrow()
        assert (made.schema.field("created_at").type == DataType.timestamp("us")) == (zone is None)


def test_a_date_time_whose_zone_is_not_known_is_null_and_a_problem() -> None:
    sent = [{"TicketId": 1, "CreatedAt": "2024-11-15T09:30:00", "ClosedAt": "2024-11-15T09:30:00+01:00"}]
    batch = answered(sent, locale=Locale(time_zone="NO"))
    table = batch.to_arrow()
    assert row(table)["created_at"] is None
    assert row(table)["closed_at"] == datetime(2024, 11, 15, 8, 30, tzinfo=UTC)
    assert "Locale(offset=False)" in batch.problems[0].reason


def test_a_table_of_nothing_has_its_columns() -> None:
    empty = answered([], [])
    assert empty.to_arrow().shape == (0, len(FIELDS))
    some = answered([], [7], select=["Title"])
    assert some.to_arrow().column_names == ["ticket_id", "title"]
    again = pickle.loads(pickle.dumps(some))  # noqa: S301 - our own bytes
    assert again.to_arrow().schema == some.to_arrow().schema
    again = pickle.loads(pickle.dumps(empty))  # noqa: S301 - our own bytes
    assert again.to_arrow().schema == empty.to_arrow().schema
    assert TicketBatch[Ticket]([], []).to_arrow().shape == (0, len(FIELDS))
    assert TicketBatch(
        [1], [Own(ticket_id=1, title="x", **dict.fromkeys(Own.__struct_fields__[2:]))]
    ).to_arrow().shape == (
        1,
        6,
    )


def test_many_rows_are_in_order() -> None:
    sent = [{"TicketId": number, "Title": str(number)} for number in range(1, 1_302)]
    with SuperOffice(SITE, transport=transport(sent), batch_size=2_000) as client:
        table = client.tickets.get_many(range(1, 1_302)).to_arrow()
    assert table["ticket_id"].to_pylist() == list(range(1, 1_302))
    assert table["title"].to_pylist() == [str(number) for number in range(1, 1_302)]


def test_a_missing_extra_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arro3.core", None)
    said = r"a table needs its extra: pip install 'superoffice-sdk\[export\]'"
    with pytest.raises(MissingExtraError, match=said):
        answered([{"TicketId": 1}]).to_arrow()
    with SuperOffice(SITE, transport=transport([])) as client, pytest.raises(ImportError, match=said):
        client.tickets.stream([1]).to_arrow_batches()


def test_spark_names_its_extra_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingExtraError, match=r"Spark needs its extra: pip install 'superoffice-sdk\[spark\]'"):
        import superoffice.spark  # noqa: F401 - it must not come


def test_a_stream_gives_a_record_batch_for_each_call(client: SuperOffice) -> None:
    client = client.with_options(batch_size=4)
    ids = [1, 2, 3, 4, 77777, 77778, 77779, 77780, 5, 5, 77781]
    with client.tickets.stream(ids, select=["Title"]) as tickets:
        batches = tickets.to_arrow_batches(wire=True)
        found = list(batches)
    assert batches.schema.names == ["TicketId", "Title"]
    assert [batch["TicketId"].to_pylist() for batch in found] == [[1, 2, 3, 4], [5, 5]]
    assert list(tickets.missing) == [77777, 77778, 77779, 77780, 77781]


def test_a_stream_is_an_arrow_stream_that_waits_for_its_reader(client: SuperOffice) -> None:
    client = client.with_options(batch_size=2)
    with client.tickets.stream(range(1, 51), max_concurrency=1) as tickets:
        batches = tickets.to_arrow_batches()
        reader = RecordBatchReader.from_stream(batches)
        assert reader.schema == batches.schema
        assert reader.read_next_batch()["ticket_id"].to_pylist() == [1, 2]
        assert tickets.counts.received == 2
        assert reader.read_all()["ticket_id"].to_pylist() == list(range(3, 51))
        assert Table.from_arrow(tickets.to_arrow_batches()).num_rows == 0
    from arro3.core import Schema

    assert Schema.from_arrow(batches) == batches.schema


def test_what_fits_no_column_is_in_the_streams_account() -> None:
    sent = [{"TicketId": 1, "Priority": 2**31}]
    with SuperOffice(SITE, transport=transport(sent)) as client:
        with client.tickets.stream([1]) as tickets:
            assert [batch["priority"].to_pylist() for batch in tickets.to_arrow_batches()] == [[None]]
        assert [(problem.ticket_id, problem.member) for problem in tickets.problems] == [(1, "Priority")]
        assert tickets.counts.problems == 1
        with client.tickets.stream([1], strict=True) as tickets:
            batches = tickets.to_arrow_batches()
            with pytest.raises(TicketDecodeError):
                next(batches)
            assert list(batches) == []


def test_a_call_that_fails_raises_in_its_place_and_reading_goes_on() -> None:
    with (
        Faults(fine(), status(500), fine()) as faults,
        SuperOffice(faults.site, retries=0, batch_size=1, max_concurrency=1) as client,
        client.tickets.stream([1, 2, 1]) as tickets,
    ):
        batches = tickets.to_arrow_batches()
        assert next(batches).num_rows == 1
        with pytest.raises(InternalServerError):
            next(batches)
        assert next(batches).num_rows == 1
        assert list(batches) == []
        assert list(tickets.failed) == [2]


def test_an_arrow_reader_is_told_the_errors_sentence(client: SuperOffice) -> None:
    with client.tickets.stream([1, -5]) as tickets:
        reader = RecordBatchReader.from_stream(tickets.to_arrow_batches())
        with pytest.raises(Exception, match=r"ids\[1\]: -5 cannot be a ticket's id"):
            reader.read_all()
    with pytest.raises(Exception, match="the stream was left"):
        Table.from_arrow(tickets.to_arrow_batches())
    with pytest.raises(StreamClosedError):
        next(tickets.to_arrow_batches())


def test_an_async_stream_gives_record_batches(box: Sandbox, basic: BasicAuth) -> None:
    async def read() -> None:
        async with (
            AsyncSuperOffice(box.site, auth=basic, batch_size=2) as client,
            client.tickets.stream([1, 2, 77777, 77778, 3], select=["Title"]) as tickets,
        ):
            batches = tickets.to_arrow_batches()
            assert [batch["ticket_id"].to_pylist() async for batch in batches] == [[1, 2], [3]]
            assert list(tickets.missing) == [77777, 77778]

    asyncio.run(read())
