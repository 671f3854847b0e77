"""Tickets in Spark: a data source for PySpark 4, and a function for ids that stand in a DataFrame.

Needs the extra `spark`, on the driver and on each executor.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from inspect import signature
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from superoffice_api.facts import TicketFieldName

from ._decode import reader_for
from ._ids import MAX_ID, hint, id_in, ids_in_text, words
from .arrow import TableSpec
from .client import SuperOffice
from .errors import ConfigurationError, InvalidIdError, extra
from .locale import Locale
from .select import fields
from .settings import DEFAULT_BATCH_SIZE, DEFAULT_CALLS_PER_SECOND, DEFAULT_MAX_CONCURRENCY, checked_size
from .transport.rate_limit import RateLimiter

with extra("spark"):
    import pyarrow
    from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    from pyspark.sql.types import StructType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["TicketSource", "read_tickets"]

DEFAULT_PARTITIONS: Final = 5  # divides the calls a second that the service allows
_UTC: Final[Mapping[str, Any]] = {"timezone": "UTC"} if "timezone" in signature(to_arrow_schema).parameters else {}


@attrs.frozen(kw_only=True)
class Job:
    """The checked options. They go to the executors, with no secret; tasks share the calls a second."""

    site: str | None = None
    select: tuple[Any, ...] | None = None
    language: str | None = None
    client_factory: str | None = None
    partitions: int = DEFAULT_PARTITIONS
    calls_per_second: float = DEFAULT_CALLS_PER_SECOND
    batch_size: int = DEFAULT_BATCH_SIZE

    def __attrs_post_init__(self) -> None:
        reader_for(self.select, None)
        Locale(language=self.language)
        RateLimiter(self.calls_per_second)
        checked_size(self.partitions, "partitions")
        checked_size(self.batch_size, "batchSize")
        if self.client_factory is not None and not all(self.client_factory.partition(":")):
            raise ConfigurationError(
                f"clientFactory={self.client_factory!r} does not name a function; give module:function"
            )

    def schema(self) -> StructType:
        """Return the columns as Spark has them: texts plain, durations as intervals, descriptions as comments."""
        arrow = pyarrow.schema(TableSpec(reader_for(self.select, None).kind).schema(api_names=False))
        plain = pyarrow.schema([field.with_type(_spark_type(field.type)) for field in arrow])
        made = from_arrow_schema(plain, prefer_timestamp_ntz=True)
        for column, field in zip(made.fields, arrow, strict=True):
            column.metadata = {"comment": field.metadata[b"description"].decode()}
        return made

    def read(self, ids: Iterable[int], schema: StructType, tasks: int) -> Iterator[pyarrow.RecordBatch]:
        """Read tickets in one of N tasks; the schema's columns are asked for, and no others."""
        target = to_arrow_schema(schema, **_UTC)
        options: dict[str, Any] = {
            "calls_per_second": self.calls_per_second / tasks,
            "max_concurrency": ceil(DEFAULT_MAX_CONCURRENCY / tasks),
            "batch_size": self.batch_size,
            "locale": Locale(language=self.language),
        }
        if self.client_factory is None:
            client = SuperOffice.from_env(site=self.site, **options)
        else:
            module, _, name = self.client_factory.partition(":")
            given = getattr(import_module(module), name)(self.site)
            client = SuperOffice(**{"site": self.site, **given, **options})
        with client, client.tickets.stream(ids, select=fields(target.names)) as tickets:
            for batch in tickets.to_arrow_batches():
                yield pyarrow.record_batch(batch).select(target.names).cast(target)


def _spark_type(kind: pyarrow.DataType) -> pyarrow.DataType:
    if pyarrow.types.is_dictionary(kind):
        return kind.value_type
    return pyarrow.duration("us") if pyarrow.types.is_duration(kind) else kind


class TicketSource(DataSource):
    """Spark's data source `superoffice`; register it with `spark.dataSource.register(TicketSource)`.

    `load("ids.txt")` reads ids from a file of the driver's: text, in lines or between commas, semicolons and blanks, or
    JSON, a list of ids or objects with TicketId, also one in each line. The option `ids` names them, such as
    `"439,829"`. Each id is asked for once. Ids in a table are for `read_tickets`.
    Options:

    - `site`: The tenant's site; else each executor's `SUPEROFFICE_SITE`.
    - `select`: Fields to ask for, by API names or attributes, such as `"Title,OwnedByName"`. Spark does not hand a
      Python source the columns that a query needs; name them here, or with `.schema("ticket_id INT, title STRING")`.
    - `language`: SO-Language, a two-letter code.
    - `clientFactory`: `module:function`, what signs in where the executors' own environment does not. It takes the
      site, or None, and returns arguments for `SuperOffice`, `auth` among them.
    - `partitions`: How many tasks share the ids, 5 by default; more than run at once leave calls unused.
    - `callsPerSecond`: How many calls may start in any second, over all tasks and machines; 10 by default.
    - `batchSize`: How many ids a call asks for; 100 by default.

    No plan, UI or event log has credentials. A task that fails is run again and reads the same rows. Missing tickets
    have no row: `ids.join(tickets, "ticket_id", "left_anti")` has their ids. Values that do not decode are null, and
    warnings in the executor's log. Raises ConfigurationError, UnknownFieldError or InvalidIdError for what cannot be an
    option, a field or an id.

    Example:
            tickets = spark.read.format("superoffice").option("site", "https://crm.example.com").load("ids.txt")
    """

    @classmethod
    def name(cls) -> str:
        """Return the name for `format(...)`."""
        return "superoffice"

    def schema(self) -> StructType:
        """Return the columns that were selected."""
        return _job(self.options).schema()

    def reader(self, schema: StructType) -> DataSourceReader:
        """Return what plans and reads."""
        return _Reader(_job(self.options), schema, _ids(self.options.get("ids"), self.options.get("path")))


@attrs.frozen
class _Reader(DataSourceReader):
    job: Job
    schema: StructType
    ids: list[int]

    def partitions(self) -> Sequence[InputPartition]:
        tasks = min(self.job.partitions, ceil(len(self.ids) / self.job.batch_size)) or 1
        size = ceil(len(self.ids) / tasks)
        parts = [array("i", self.ids[at * size : (at + 1) * size]) for at in range(tasks)]
        return [InputPartition((ids, tasks)) for ids in parts]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        ids, tasks = partition.value
        return self.job.read(ids, self.schema, tasks)


_OPTIONS: Final = ("site", "select", "language", "clientFactory", "partitions", "callsPerSecond", "batchSize")
"""Names of the fields of `Job`, in their order."""


def _job(options: Mapping[str, str]) -> Job:
    fields: Sequence[Any] = attrs.fields(Job)
    known = {name.lower(): (name, field) for name, field in zip(_OPTIONS, fields, strict=True)}
    given: dict[str, Any] = {}
    for option, value in options.items():
        if option.lower() in ("ids", "path"):
            continue
        if option.lower() not in known:
            raise ConfigurationError(
                f"there is no option {option}; there are {', '.join(_OPTIONS)}, ids and path. Credentials are not"
                " among them: executors take them from their environment or a client factory, so no plan shows them"
            )
        name, field = known[option.lower()]
        try:
            given[field.name] = value if field.default is None else type(field.default)(value)
        except ValueError:
            raise ConfigurationError(f"{name}={value!r} is not a number") from None
    if "select" in given:
        given["select"] = tuple(name.strip() for name in given["select"].split(","))
    return Job(**given)


def _ids(listed: str | None, path: str | None) -> list[int]:
    if (listed is None) == (path is None):
        raise ConfigurationError("name the tickets by load(file) or by the option ids; a table is for read_tickets")
    if path is None:
        placed = words([str(listed)], "the option ids")
    else:
        placed = ids_in_text(BytesIO(Path(path).read_bytes()), path)
    found: dict[int, None] = {}
    for place, word in placed:
        if (number := id_in(word)) is None:
            wrong = f"{place}: {word[:40]!r} is not a ticket id{hint(word)}"
            raise InvalidIdError(f"{wrong}; ids are whole numbers from 1 to {MAX_ID}")
        found[number] = None
    return list(found)


def read_tickets(
    ids: DataFrame,
    *,
    column: str = "ticket_id",
    site: str | None = None,
    select: Iterable[TicketFieldName] | None = None,
    language: str | None = None,
    client_factory: str | None = None,
    partitions: int = DEFAULT_PARTITIONS,
    calls_per_second: float = DEFAULT_CALLS_PER_SECOND,
    batch_size: int = DEFAULT_BATCH_SIZE,
) -> DataFrame:
    """Read the tickets whose ids are in a column of a DataFrame, of any length, each once: nothing is collected.

    `TicketSource` describes the arguments, and what becomes of missing tickets. Raises ConfigurationError or
    UnknownFieldError where an argument cannot be used.

    Example:
            tickets = read_tickets(spark.table("changed"), column="id", select=["Title"])
    """
    job = Job(
        site=site,
        select=None if select is None else tuple(select),
        language=language,
        client_factory=client_factory,
        partitions=partitions,
        calls_per_second=calls_per_second,
        batch_size=batch_size,
    )
    schema = job.schema()

    def read(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return job.read((id_ for batch in batches for id_ in batch.column(0).to_pylist()), schema, partitions)

    return ids.select(column).dropna().distinct().repartition(partitions, column).mapInArrow(read, schema)
