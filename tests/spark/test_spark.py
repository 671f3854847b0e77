"""The data source on a real local Spark. In a session of its own: PySpark is 480 MB and needs Java 17."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from superoffice import ConfigurationError, InvalidIdError, UnknownFieldError
from superoffice.spark import TicketSource, read_tickets
from superoffice_sandbox import Sandbox

from ..support.faults import Faults, Visit, answer

IDS = [1234, 829, 439, *range(1, 31)]


def read(spark: SparkSession, **options: Any) -> Any:
    return spark.read.format("superoffice").options(**options)


def asked(box: Sandbox, since: int) -> list[Any]:
    """Return what came to the sandbox since then."""
    return list(box.requests)[since:]


def test_tickets_come_in_the_documents_types(spark: SparkSession) -> None:
    tickets = read(spark, ids=",".join(map(str, IDS)), batchSize=10).load()
    kinds = {field.name: field.dataType.simpleString() for field in tickets.schema}
    assert len(kinds) == 65
    assert kinds["created_at"] == "timestamp"
    assert kinds["time_to_reply"] == "interval day to second"
    assert kinds["base_status"] == "string"
    assert kinds["field_properties"].startswith("map<string,struct<")
    assert tickets.schema["time_to_reply"].metadata["comment"].startswith("Minutes from creation")
    assert not tickets.schema["ticket_id"].nullable
    rows = {row.ticket_id: row for row in tickets.collect()}
    assert sorted(rows) == sorted(IDS)
    sample = rows[1234]
    assert sample.created_at.astimezone(UTC) == datetime(2024, 11, 15, 8, 30, tzinfo=UTC)
    assert sample.time_to_reply == timedelta(hours=2)
    assert sample.table_right is None
    assert sample.field_properties["fieldName"].field_length == 252
    assert rows[829].table_right.mask == "Select, Update"


def test_selected_columns_alone_are_asked_for(spark: SparkSession, box: Sandbox) -> None:
    since = len(list(box.requests))
    tickets = read(spark, ids="439, 829", SELECT="Title, OwnedByName", language="en").load()
    assert tickets.columns == ["ticket_id", "title", "owned_by_name"]
    assert tickets.filter("ticket_id = 439").collect()[0].owned_by_name == "KL"
    given = spark.read.format("superoffice").schema("title STRING, ticket_id INT").option("ids", "439")
    ((title, number),) = given.load().collect()
    assert (type(title), number) == (str, 439)
    first, *_, last = asked(box, since)
    assert "TicketId,Title,OwnedByName" in first.query
    assert first.headers["so-language"] == "en"
    assert last.query.endswith("TicketId,Title")


def test_ids_come_from_a_file(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("\ufeff439\n\n 829; 439\n77777,439\n", encoding="utf-8")
    tickets = read(spark, select="Title").load(str(file))
    assert sorted(row.ticket_id for row in tickets.collect()) == [439, 829]  # each once
    ids = spark.createDataFrame([(439,), (829,), (77777,)], "ticket_id INT")
    assert [row.ticket_id for row in ids.join(tickets, "ticket_id", "left_anti").collect()] == [77777]


def test_ids_come_from_a_table(spark: SparkSession, box: Sandbox) -> None:
    since = len(list(box.requests))
    ids = spark.createDataFrame([(number,) for number in [*range(1, 31), 1, 2, None, 77777]], "id INT")
    tickets = read_tickets(ids, column="id", select=["Title", "CreatedAt", "TimeToReply"], partitions=2, batch_size=10)
    rows = tickets.collect()
    assert sorted(row.ticket_id for row in rows) == list(range(1, 31))
    assert {type(row.time_to_reply) for row in rows} == {timedelta}
    numbers = [number for request in asked(box, since) for number in json.loads(request.body)["TicketIds"]]
    assert sorted(numbers) == [*range(1, 31), 77777]  # each once


def by_source(spark: SparkSession, ids: list[int], size: int) -> Any:
    options = {"batchSize": size, "partitions": 1, "callsPerSecond": 1, "select": "Title"}
    return read(spark, ids=",".join(map(str, ids)), **options).load()


def by_table(spark: SparkSession, ids: list[int], size: int) -> Any:
    table = spark.createDataFrame([(number,) for number in ids], "ticket_id INT")
    return read_tickets(table, select=["Title"], partitions=1, batch_size=size, calls_per_second=1)


@pytest.mark.parametrize("made", [by_source, by_table])
def test_a_task_that_fails_after_some_rows_gives_each_once(
    made: Callable[[SparkSession, list[int], int], Any], spark: SparkSession, box: Sandbox
) -> None:
    tickets = made(spark, list(range(1, 11)), 5)
    since = len(list(box.requests))
    box.fault(delay=0)  # of the first call, whose rows come
    box.fault(status=401)
    rows = tickets.collect()
    assert sorted(row.ticket_id for row in rows) == list(range(1, 11))
    assert [request.status_code for request in asked(box, since)] == [200, 401, 200, 200]


def test_partitions_share_ids_and_calls_a_second() -> None:
    source = TicketSource({"ids": ",".join(map(str, range(1, 26))), "batchSize": "5", "partitions": "3"})
    parts = source.reader(StructType()).partitions()
    assert [list(part.value[0]) for part in parts] == [list(range(1, 10)), list(range(10, 19)), list(range(19, 26))]
    few = TicketSource({"ids": "1,2,3", "batchSize": "2", "partitions": "8"}).reader(StructType()).partitions()
    assert [list(part.value[0]) for part in few] == [[1, 2], [3]]
    (none,) = TicketSource({"ids": ""}).reader(StructType()).partitions()
    assert list(none.value[0]) == []


async def gives_tickets(visit: Visit) -> None:
    tickets = [{"TicketId": number, "Title": ""} for number in json.loads(visit.body)["TicketIds"]]
    await visit.send(answer(json.dumps(tickets).encode()))


def test_tasks_together_keep_to_the_calls_a_second(spark: SparkSession) -> None:
    with Faults(gives_tickets) as server:
        options = {"site": server.site, "batchSize": 1, "partitions": 2, "callsPerSecond": 4, "select": "Title"}
        tickets = read(spark, ids=",".join(map(str, range(1, 21))), **options).load()
        assert tickets.rdd.getNumPartitions() == 2
        assert tickets.count() == 20
        numbers = [json.loads(body)["TicketIds"][0] for body in server.bodies]
        came = dict(zip(numbers, server.arrivals, strict=True))
    for task in (range(1, 11), range(11, 21)):
        # Ten calls, two a second: the last begins four seconds after the first, and after two if tasks did not share.
        times = [came[number] for number in task]
        assert max(times) - min(times) >= 3


KEEPER = """
from superoffice import BasicAuth

def signs_in(site):
    assert site.startswith("http://127.0.0.1:")
    return {"auth": BasicAuth("somebody", "else")}
"""


def test_a_client_factory_signs_in_where_the_task_runs(spark: SparkSession, box: Sandbox, tmp_path: Path) -> None:
    module = tmp_path / "our_factory.py"
    module.write_text(KEEPER)
    spark.sparkContext.addPyFile(str(module))
    tickets = read(spark, ids="439", site=box.site, clientFactory="our_factory:signs_in").load()
    with pytest.raises(Exception, match="did not accept the credentials"):  # the environment's would have been
        tickets.collect()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"ids": "1", "password": "x"}, ConfigurationError, "there is no option password; .* Credentials are not"),
        ({"ids": "1", "partitions": "many"}, ConfigurationError, "partitions='many' is not a number"),
        ({"ids": "1", "partitions": "0"}, ConfigurationError, "partitions=0 is not a whole number over 0"),
        ({"ids": "1", "callsPerSecond": "0"}, ConfigurationError, "calls_per_second"),
        ({"ids": "1", "batchSize": "0"}, ConfigurationError, "batchSize=0"),
        ({"ids": "1", "clientFactory": "mine"}, ConfigurationError, "does not name a function"),
        ({"ids": "1", "language": "english"}, ConfigurationError, "not an ISO 639-1 code"),
        ({"ids": "1", "select": "Titel"}, UnknownFieldError, "did you mean 'Title'"),
        ({"ids": "1,x"}, InvalidIdError, "the option ids, line 1: 'x' is not a ticket id"),
        ({"ids": "0"}, InvalidIdError, "'0' is not a ticket id; ids are whole numbers from 1"),
        ({"ids": "1_000"}, InvalidIdError, "'1_000' is not a ticket id"),
        ({"ids": "\uff14\uff13\uff19"}, InvalidIdError, "is not a ticket id"),  # full-width digits
        ({}, ConfigurationError, "name the tickets"),
        ({"ids": "1", "path": "x"}, ConfigurationError, "name the tickets"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(options: dict[str, str], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        TicketSource(options).reader(TicketSource(options).schema())


def test_a_file_with_a_bad_line_is_refused_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("439\nx\n")
    with pytest.raises(InvalidIdError, match=r"ids\.txt, line 2: 'x' is not a ticket id"):
        TicketSource({"path": str(file)}).reader(StructType())
    file.write_bytes("439 \xe5\n".encode("latin-1"))
    with pytest.raises(InvalidIdError, match="is not text in UTF-8"):
        TicketSource({"path": str(file)}).reader(StructType())


def test_no_secret_is_in_a_plan_or_in_what_the_ui_shows(
    spark: SparkSession, box: Sandbox, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = read(spark, ids="439", select="Title").load()
    table = read_tickets(spark.createDataFrame([(829,)], "ticket_id INT"), select=["Title"])
    for frame in (tickets, table):
        frame.explain(extended=True)
        assert frame.count() == 1
    shown = capsys.readouterr().out
    assert "superoffice" in shown
    events = "".join(file.read_text(errors="replace") for file in log.rglob("*") if file.is_file())
    assert "SparkListenerSQLExecutionStart" in events
    assert box.password not in shown
    assert box.password not in events
