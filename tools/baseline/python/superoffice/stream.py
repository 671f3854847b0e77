from __future__ import annotations
import inspect
import queue
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING, Self, SupportsIndex, TypeAlias, TypeVar
from ._call import Wanted
from ._line import StreamCounts, parts, parts_async
from ._plan import each_id
from ._send import SyncSender
from ._send_async import AsyncSender
from ._stop import Stop
from ._stream import Failing, Part, Stream, T
from .batch import TicketBatch
if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from arro3.core import RecordBatch, Schema
__all__ = ['ArrowBatches', 'AsyncTicketStream', 'StreamCounts', 'TicketStream']
R = TypeVar('R')
Ids: TypeAlias = Iterable[SupportsIndex] | AsyncIterable[SupportsIndex]

class TicketStream(Stream[T], Iterator[T]):

    def __init__(self, wanted: Wanted[T], sender: SyncSender, ids: Iterable[SupportsIndex], *, ordered: bool, max_concurrency: int | None, failing: Failing='raise') -> None:
        ...

    def __enter__(self) -> Self:
        ...

    def __exit__(self, *_: object) -> None:
        ...

    def __iter__(self) -> Self:
        ...

    def __next__(self) -> T:
        ...

    def batches(self) -> Iterator[TicketBatch[T]]:
        ...

    def to_arrow_batches(self, *, wire: bool=False) -> ArrowBatches:
        ...

class AsyncTicketStream(Stream[T], AsyncIterator[T]):

    def __init__(self, wanted: Wanted[T], sender: AsyncSender, ids: Ids, *, ordered: bool, max_concurrency: int | None, failing: Failing='raise') -> None:
        ...

    async def __aenter__(self) -> Self:
        ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        ...

    def __aiter__(self) -> Self:
        ...

    async def __anext__(self) -> T:
        ...

    def batches(self) -> AsyncIterator[TicketBatch[T]]:
        ...

    def to_arrow_batches(self, *, wire: bool=False) -> AsyncIterator[RecordBatch]:
        ...

class ArrowBatches(Iterator['RecordBatch']):

    def __init__(self, schema: Schema, following: Callable[[], RecordBatch | None]) -> None:
        self.schema = ...
        ...

    def __next__(self) -> RecordBatch:
        ...

    def __arrow_c_schema__(self) -> object:
        ...

    def __arrow_c_stream__(self, requested_schema: object | None=None) -> object:
        ...

class Each(AsyncIterator[R]):

    def __init__(self, following: Callable[[], Awaitable[R | None]]) -> None:
        ...

    def __aiter__(self) -> Self:
        ...

    async def __anext__(self) -> R:
        ...
