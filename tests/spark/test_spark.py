"""The data source on a real local Spark. In a session of its own: PySpark is 480 MB and needs Java 17."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from superoffice import ConfigurationError, InvalidIdError, UnknownFieldError
from superoffice.spark import TicketSource, read_tickets
from superoffice_sandbox import Sandbox

IDS = [1234, 829, 439, *range(1, 31)]


def read(spark: SparkSession, **options: Any) -> Any:
    return spark.read.format("superoffice").options(**options)


def asked(box: Sandbox, since: int) -> list[Any]:
    """Give what came to the sandbox since then."""
    return list(box.requests)[since:]


def test_tickets_come_in_the_documents_types(spark: SparkSession) -> None:
    tickets = read(spark, ids=",".join(map(str, IDS)), callSize=10).load()
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
    file.write_text("439\n\n 829 \n77777\n")
    tickets = read(spark, select="Title").load(str(file))
    assert {row.ticket_id for row in tickets.collect()} == {439, 829}
    ids = spark.createDataFrame([(439,), (829,), (77777,)], "ticket_id INT")
    assert [row.ticket_id for row in ids.join(tickets, "ticket_id", "left_anti").collect()] == [77777]


def test_ids_come_from_a_table(spark: SparkSession, box: Sandbox) -> None:
    since = len(list(box.requests))
    ids = spark.createDataFrame([(number,) for number in [*range(1, 31), 1, 2, None, 77777]], "id INT")
    tickets = read_tickets(ids, column="id", select=["Title", "CreatedAt", "TimeToReply"], partitions=2, call_size=10)
    rows = tickets.collect()
    assert sorted(row.ticket_id for row in rows) == list(range(1, 31))
    assert {type(row.time_to_reply) for row in rows} == {timedelta}
    numbers = [number for request in asked(box, since) for number in json.loads(request.body)["TicketIds"]]
    assert sorted(numbers) == [*range(1, 31), 77777]  # each once


def test_a_task_that_is_run_again_gives_the_same_rows(spark: SparkSession) -> None:
    tickets = read(spark, ids=",".join(map(str, IDS)), callSize=5, partitions=3).load()
    first, second = tickets.collect(), tickets.collect()
    assert first == second
    assert tickets.rdd.getNumPartitions() == 3


def test_partitions_share_ids_and_calls_a_second() -> None:
    source = TicketSource({"ids": ",".join(map(str, range(1, 26))), "callSize": "5", "partitions": "3"})
    parts = source.reader(StructType()).partitions()
    assert [list(part.ids) for part in parts] == [list(range(1, 10)), list(range(10, 19)), list(range(19, 26))]
    few = TicketSource({"ids": "1,2,3", "callSize": "2", "partitions": "8"}).reader(StructType()).partitions()
    assert [list(part.ids) for part in few] == [[1, 2], [3]]
    (none,) = TicketSource({"ids": ""}).reader(StructType()).partitions()
    assert list(none.ids) == []


def test_tasks_together_keep_to_the_calls_a_second(spark: SparkSession, box: Sandbox) -> None:
    since = len(list(box.requests))
    start = time.monotonic()
    options = {"callSize": 1, "partitions": 2, "callsPerSecond": 4, "select": "Title"}
    assert read(spark, ids=",".join(map(str, range(1, 17))), **options).load().count() == 16
    # Eight calls in each of two tasks, two a second: the last cannot begin before three seconds are over.
    assert time.monotonic() - start >= 3
    assert len(asked(box, since)) == 16


KEEPER = """
from superoffice import BasicAuth

def signs_in(site):
    assert site.startswith("http://127.0.0.1:")
    return {"auth": BasicAuth("somebody", "else")}
"""


def test_a_keeper_signs_in_where_the_task_runs(spark: SparkSession, box: Sandbox, tmp_path: Path) -> None:
    module = tmp_path / "our_keeper.py"
    module.write_text(KEEPER)
    spark.sparkContext.addPyFile(str(module))
    tickets = read(spark, ids="439", site=box.site, keeper="our_keeper:signs_in").load()
    with pytest.raises(Exception, match="did not accept the sign-in"):  # the environment's would have been
        tickets.collect()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"ids": "1", "password": "x"}, ConfigurationError, "there is no option password; .* Credentials are none"),
        ({"ids": "1", "partitions": "many"}, ConfigurationError, "partitions='many' is no number"),
        ({"ids": "1", "partitions": "0"}, ConfigurationError, "partitions=0 is no whole number over 0"),
        ({"ids": "1", "callsPerSecond": "0"}, ConfigurationError, "calls_per_second"),
        ({"ids": "1", "callSize": "0"}, ConfigurationError, "callSize=0"),
        ({"ids": "1", "keeper": "mine"}, ConfigurationError, "names no function"),
        ({"ids": "1", "language": "english"}, ConfigurationError, "no ISO 639-1 code"),
        ({"ids": "1", "select": "Titel"}, UnknownFieldError, "did you mean 'Title'"),
        ({"ids": "1,x"}, InvalidIdError, "place 2: 'x' is no ticket's id"),
        ({"ids": "0"}, InvalidIdError, "place 1: '0' is no ticket's id"),
        ({}, ConfigurationError, "say which tickets"),
        ({"ids": "1", "path": "x"}, ConfigurationError, "say which tickets"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(options: dict[str, str], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        TicketSource(options).reader(TicketSource(options).schema())


def test_a_file_with_a_bad_line_is_refused_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("439\nx\n")
    with pytest.raises(InvalidIdError, match="line 2: 'x' is no ticket's id"):
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
