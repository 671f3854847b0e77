from __future__ import annotations
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from inspect import signature
from math import ceil
from typing import TYPE_CHECKING, Any, Final
import attrs
from superoffice_api.facts import TicketFieldName
from ._client import DEFAULT_CALL_SIZE, DEFAULT_CALLS_PER_SECOND, DEFAULT_MAX_CONCURRENCY, SuperOffice
from ._core import checked_size
from ._extras import extra
from ._id_text import id_in, words
from ._layout import Layout
from ._plan import MAX_ID
from ._reader import reader_for
from .errors import ConfigurationError, InvalidIdError
from .locale import Locale
from .retries import RateLimiter
from .select import FIELDS
with extra('spark'):
    import pyarrow
    from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    from pyspark.sql.types import StructField, StructType
if TYPE_CHECKING:
    from pyspark.sql import DataFrame
__all__ = ['TicketSource', 'read_tickets']
DEFAULT_PARTITIONS: Final = 5

@attrs.frozen(kw_only=True)
class Job:
    site: str | None = None
    select: tuple[str, ...] | None = None
    language: str | None = None
    keeper: str | None = None
    partitions: int = DEFAULT_PARTITIONS
    calls_per_second: float = DEFAULT_CALLS_PER_SECOND
    call_size: int = DEFAULT_CALL_SIZE

    def __attrs_post_init__(self) -> None:
        ...

    def schema(self) -> StructType:
        ...

    def read(self, ids: Iterable[int], schema: StructType, tasks: int) -> Iterator[pyarrow.RecordBatch]:
        ...

class TicketSource(DataSource):

    @classmethod
    def name(cls) -> str:
        ...

    def schema(self) -> StructType:
        ...

    def reader(self, schema: StructType) -> DataSourceReader:
        ...

@attrs.frozen
class _Part(InputPartition):
    ids: array[int]
    tasks: int

class _Reader(DataSourceReader):

    def __init__(self, job: Job, schema: StructType, ids: list[int]) -> None:
        ...

    def partitions(self) -> Sequence[InputPartition]:
        ...

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        ...

def read_tickets(ids: DataFrame, *, column: str='ticket_id', site: str | None=None, select: Iterable[TicketFieldName] | None=None, language: str | None=None, keeper: str | None=None, partitions: int=DEFAULT_PARTITIONS, calls_per_second: float=DEFAULT_CALLS_PER_SECOND, call_size: int=DEFAULT_CALL_SIZE) -> DataFrame:
    ...
