"""Reading more tickets than fit into memory, in order, with an account of what did not come."""

from __future__ import annotations

import inspect
import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Self, SupportsIndex, TypeAlias, TypeVar, cast

import attrs

from superoffice_runtime import Response

from ._read_plan import ReadPlan, Received
from ._window import ReorderBuffer, StreamCounts, StreamTally, parts, parts_async
from .batch import HasTicketId, TicketBatch
from .errors import (
    APIError,
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    InvalidResponseError,
    ResponseTooLargeError,
    StreamClosedError,
    TicketDecodeError,
    check_given,
)
from .problem import Problem
from .settings import checked_size
from .transport.attempts import PreparedRequest
from .transport.cancel import CancelToken
from .transport.sync import SyncSender

if TYPE_CHECKING:
    from arro3.core import RecordBatch, Schema

    from .transport.asynchronous import AsyncSender

__all__ = ["ArrowBatches", "AsyncTicketStream", "StreamCounts", "TicketStream"]

R = TypeVar("R")
T = TypeVar("T", bound=HasTicketId)
Steps: TypeAlias = Generator[PreparedRequest, Response, R]
"""Yields each request that is to be sent, is sent its response or thrown its error, and returns what it all is for."""
OnFailure: TypeAlias = Literal["raise", "bisect", "skip"]
"""What a call that fails for good does: raises its error; is bisected down to a ticket that fails alone, which raises
it; or leaves such tickets out."""
log = logging.getLogger("superoffice")
_AHEAD = 2  # parts read for each call that may be under way: calls continue while an earlier one is waited for
_CLOSING = 5.0  # seconds that the clean-up of async ids may take once the reader has left
_DIVISIBLE: Final = InternalServerError, BadRequestError, InvalidResponseError, ResponseTooLargeError  # by some tickets


class Part(Generic[T]):
    """Some ids, the steps in which they are asked for, the request under way, and what came of it."""

    result: Response | BaseException

    def __init__(self, ids: list[int], steps: Steps[TicketBatch[T]]) -> None:
        self.ids = ids
        self.steps = steps
        self.request = next(steps)


@attrs.frozen
class _LeftOut(Problem):
    def __str__(self) -> str:
        return f"ticket {self.ticket_id} was left out: {self.reason}"


class Stream(Generic[T]):
    """The settings and the account of a stream, and what it does with what came. No I/O."""

    def __init__(
        self,
        plan: ReadPlan[T],
        sender: SyncSender | AsyncSender,
        ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex],
        *,
        ordered: bool = True,
        max_concurrency: int | None = None,
        failing: OnFailure = "raise",
    ) -> None:
        check_given(bool, "True or False", ordered=ordered)
        self._plan = plan
        self._sender: Any = sender
        self._ids: Any = ids
        self._failing = failing
        self._good: int | None = None  # a ticket that came
        self._concurrency = checked_concurrency(max_concurrency, sender.max_concurrency)
        self._line = ReorderBuffer[Part[T] | Exception](self._concurrency * _AHEAD, ordered=ordered)
        self._account = StreamTally()
        self._state = "not entered"
        self._rest: Iterator[T] = iter(())  # of the batch whose tickets are handed out one by one

    @property
    def missing(self) -> Sequence[int]:
        """Ids that were not found, in an `array` of 4 bytes each; it grows while the stream is read.

        An id that was given in several calls may stand here several times.
        """
        return self._account.missing

    @property
    def failed(self) -> Sequence[int]:
        """Ids of calls that failed for good, in an `array`; each such call has raised its error in its place."""
        return self._account.failed

    @property
    def problems(self) -> Sequence[Problem]:
        """Values that did not decode, the first 1,000 of them; `counts.problems` says how many there were."""
        return self._account.problems

    @property
    def counts(self) -> StreamCounts:
        """How far the stream has come; may be asked for at any time, from any thread."""
        return self._account.counts()

    def _enter(self) -> None:
        if self._state != "not entered":
            raise StreamClosedError("a stream is read once; ask client.tickets.stream(...) for another one")
        self._sender.check_open()
        self._state = "open"

    def _leave(self) -> None:
        self._state = "left"
        self._rest = iter(())

    def _check_open(self) -> None:
        if self._state != "open":
            raise StreamClosedError(f"the stream was {self._state}; read it inside its `with` block")

    def _take(self) -> Part[T] | None:
        part = self._line.take()
        if isinstance(part, Exception):
            raise part
        return part

    def _begin(self, ids: list[int]) -> tuple[int, Part[T]]:
        self._account.read += len(ids)
        part = Part(ids, self._steps(ids))
        self._account.begins(part.request)
        return self._line.begin(), part

    def _outcome(self, part: Part[T]) -> TicketBatch[T] | None:
        """Read what came of a part, and account for it; raises where it failed. None where more is to be sent."""
        self._account.ends(part.request)
        result = part.result
        try:
            if isinstance(result, StopIteration | StopAsyncIteration):  # which would end a loop as if all had come
                raise RuntimeError(f"a hook raised {type(result).__name__}") from result
            part.request = part.steps.throw(result) if isinstance(result, BaseException) else part.steps.send(result)
        except StopIteration as end:
            batch: TicketBatch[T] = end.value
            self._account.holds(batch)
            if self._good is None and batch:
                self._good = batch[0].ticket_id
            return batch
        except TicketDecodeError as error:
            self._account.holds(cast("TicketBatch[T]", error.batch))
            raise
        except BaseException:
            self._account.fails(part.ids)
            raise
        self._account.begins(part.request)
        return None

    def _steps(self, ids: list[int]) -> Steps[TicketBatch[T]]:
        received, failed = Received(self._plan), dict[int, APIError]()
        yield from self._ask(list(dict.fromkeys(ids)), received, failed)
        known = received.tickets[0].ticket_id if received.tickets else self._good
        if failed and known is not None:
            request = self._plan.request([known])
            self._plan.read(request, (yield request))  # raises where it is the server that fails
        elif len(failed) > 1:
            raise [*failed.values()][-1]
        for id_, error in failed.items():
            received.problems.append(_LeftOut(id_, None, None, str(error.args[0]), 0))
            log.warning("%s", received.problems[-1])
        return received.batch(ids, quiet=bool(self._account.handed_out.unexpected))

    def _ask(self, ids: list[int], received: Received[T], failed: dict[int, APIError]) -> Steps[None]:
        request = self._plan.request(ids)
        try:
            received.add(request, (yield request))
            return
        except _DIVISIBLE as wrong:
            if self._failing == "raise":
                raise
            error = wrong
        if half := len(ids) // 2:
            yield from self._ask(ids[:half], received, failed)
            yield from self._ask(ids[half:], received, failed)
        elif self._failing == "skip":
            failed[ids[0]] = error
        else:
            error.advice += "; or leave it out with skip_failed=True"
            raise error

    def _to_record_batch(self, batch: TicketBatch[T], *, api_names: bool) -> RecordBatch:
        known = len(batch.problems)
        try:
            [record] = batch.to_arrow(api_names=api_names).to_batches()
        finally:
            self._account.notes(batch.problems[known:])
        return record

    def __repr__(self) -> str:
        counts = self._account.counts()
        missing = f", {counts.missing} missing" if counts.missing else ""
        return f"<{type(self).__name__}, {self._state}, {counts.received} tickets so far{missing}>"


def checked_concurrency(given: int | None, most: int) -> int:
    """Check how many calls a stream may have under way."""
    if given is None:
        return most
    if checked_size(given, "max_concurrency") > most:
        raise ConfigurationError(f"max_concurrency={given} is more than the client's {most}; give it to the client")
    return given


class TicketStream(Stream[T], Iterator[T]):
    """Tickets that come while they are read, from `client.tickets.stream(...)`; for one `with` block and one reader.

    Iterate over it for tickets, or over `batches()` for a call's tickets at a time. While the reader is busy, calls
    that were begun continue, and no other begins: at most twice `max_concurrency` calls' worth of ids is read ahead,
    and their responses are kept. Leaving the block ends what is under way, waits for its threads and closes a generator
    of ids.

    A call that fails for good raises its `APIError` in its place. Reading on after that gives what comes next.

    >>> with client.tickets.stream(range(1, 40)) as tickets:
    ...     len(list(tickets)), tickets.counts.received
    (39, 39)
    """

    _sender: SyncSender
    _ids: Iterable[SupportsIndex]

    def __enter__(self) -> Self:
        from concurrent.futures import ThreadPoolExecutor

        self._enter()
        self._came = SimpleQueue[tuple[int, Part[T]]]()
        self._stop = CancelToken(self._sender.check_open)
        self._parts = parts(iter(self._ids), self._plan.settings.batch_size)
        self._pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="superoffice-stream")
        return self

    def __exit__(self, *_: object) -> None:
        if self._state == "open":
            self._stop.set()
            self._pool.shutdown(cancel_futures=True)
        self._leave()
        if inspect.isgenerator(self._ids):  # of which nothing may have been read yet
            self._ids.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while True:
            for ticket in self._rest:
                return ticket
            if (batch := self._next()) is None:
                raise StopIteration
            self._rest = iter(batch)

    def batches(self) -> Iterator[TicketBatch[T]]:
        """Return the tickets of a request at a time, each batch with its own `requested`, `missing` and `problems`.

        >>> with client.tickets.stream([829, 77777, 439]) as tickets:
        ...     [(len(batch), batch.missing) for batch in tickets.batches()]
        [(2, (77777,))]
        """
        return iter(self._next, None)

    def to_arrow_batches(self, *, api_names: bool = False) -> ArrowBatches:
        """Return an Arrow record batch of each request's tickets, with the columns of `TicketBatch.to_arrow`.

        What comes is to iterate over, and is an Arrow stream too: pyarrow, polars, duckdb and others read it as they
        need it, without a copy. Calls of which no ticket came are left out. `api_names` names columns by their API
        names. Raises `MissingExtraError` without the extra `export`.

        >>> with client.tickets.stream(range(1, 31), select=["Title"]) as tickets:
        ...     [batch.num_rows for batch in tickets.to_arrow_batches()]
        [30]
        """
        made = partial(self._to_record_batch, api_names=api_names)
        return ArrowBatches(self._plan.layout.schema(api_names=api_names), map(made, filter(None, self.batches())))

    def _next(self) -> TicketBatch[T] | None:
        self._check_open()
        while True:
            while not self._came.empty():
                self._line.came(*self._came.get())
            read = self._line.has_room and self._read()  # one for each that is taken, even where that is there already
            if (part := self._take()) is not None:
                while (batch := self._outcome(part)) is None:
                    self._send(part)
                return batch
            if self._line.idle:
                return None
            if not read:
                self._line.came(*self._came.get())

    def _read(self) -> bool:
        """Read a part of the ids and have it asked for; False where there is none."""
        try:
            ids = next(self._parts, None)
        except Exception as error:
            self._line.came(self._line.begin(), error)  # which has its place after all that was asked for
            return True
        if ids is not None:
            self._pool.submit(self._call, *self._begin(ids))
        return ids is not None

    def _call(self, number: int, part: Part[T]) -> None:
        self._send(part)
        self._came.put((number, part))

    def _send(self, part: Part[T]) -> None:
        part.request.stop = self._stop
        try:
            part.result = self._sender.run(self._plan.settings.attempts(part.request), part.request)
        except BaseException as error:  # whatever it is, the reader waits for it
            part.result = error


class AsyncTicketStream(Stream[T], AsyncIterator[T]):
    """Tickets that come while they are read, from the async client's `tickets.stream(...)`.

    As `TicketStream`, with `async with` and `async for`, on asyncio or trio. The ids may come from an async iterable
    too; they are read, and calls begin, in the background, as far ahead as there.

    >>> async def titles(client: AsyncSuperOffice) -> list[str | None]:
    ...     async with client.tickets.stream([829, 439]) as tickets:
    ...         return [ticket.title async for ticket in tickets]
    """

    _sender: AsyncSender
    _ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex]

    async def __aenter__(self) -> Self:
        import anyio

        self._enter()
        ids, size = self._ids, self._plan.settings.batch_size
        if isinstance(ids, AsyncIterable):
            self._parts = parts_async(aiter(ids), size)
        else:
            self._parts = _without_waiting(parts(iter(ids), size))
        self._fed = False  # whether all ids were read
        self._changed = anyio.Event()
        self._slots = anyio.Semaphore(self._concurrency)
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._feed)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import anyio

        self._leave()
        if isinstance(error, anyio.get_cancelled_exc_class()):
            await self._tasks.__aexit__(kind, error, trace)
        else:  # a reader's own error is not the group's, which would wrap it
            self._tasks.cancel_scope.cancel()
            await self._tasks.__aexit__(None, None, None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for ticket in self._rest:
                return ticket
            if (batch := await self._next()) is None:
                raise StopAsyncIteration
            self._rest = iter(batch)

    def batches(self) -> AsyncIterator[TicketBatch[T]]:
        """Return the tickets of a request at a time, as `TicketStream.batches` does."""
        return Each(self._next)

    def to_arrow_batches(self, *, api_names: bool = False) -> AsyncIterator[RecordBatch]:
        """Return record batches as `TicketStream.to_arrow_batches` does, to iterate over alone: Arrow has no async."""
        self._plan.layout.schema(api_names=api_names)  # raises at once where the extra is missing

        async def following() -> RecordBatch | None:
            while (batch := await self._next()) is not None:
                if batch:
                    return self._to_record_batch(batch, api_names=api_names)
            return None

        return Each(following)

    async def _next(self) -> TicketBatch[T] | None:
        self._check_open()
        while (part := self._take()) is None:
            if self._fed and self._line.idle:
                return None
            await self._change()
            self._check_open()
        self._changed.set()  # there is room again
        while (batch := self._outcome(part)) is None:
            await self._send(part)
        return batch

    async def _change(self) -> None:
        import anyio

        if self._changed.is_set():
            self._changed = anyio.Event()
        await self._changed.wait()

    async def _feed(self) -> None:
        import anyio

        try:
            async for ids in self._parts:
                begun = self._begin(ids)
                await self._slots.acquire()
                self._tasks.start_soon(self._call, *begun)
                while not self._line.has_room:
                    await self._change()
        except Exception as error:
            self._line.came(self._line.begin(), error)  # which has its place after all that was asked for
        finally:
            with anyio.move_on_after(_CLOSING, shield=True):
                await self._parts.aclose()
        self._fed = True
        self._changed.set()

    async def _call(self, number: int, part: Part[T]) -> None:
        await self._send(part)
        self._slots.release()
        self._line.came(number, part)
        self._changed.set()

    async def _send(self, part: Part[T]) -> None:
        try:
            part.result = await self._sender.run(self._plan.settings.attempts(part.request), part.request)
        except Exception as error:
            part.result = error


class ArrowBatches(Iterator["RecordBatch"]):
    """Record batches that come while they are read, from `TicketStream.to_arrow_batches()`; an Arrow stream as well.

    A call that fails raises its error here, and reading on gives what comes next. Who reads it as an Arrow stream gets
    the error's sentence in an error of its own, and the stream ends there.
    """

    def __init__(self, schema: Schema, batches: Iterator[RecordBatch]) -> None:
        self.schema = schema
        self._batches = batches

    def __next__(self) -> RecordBatch:
        return next(self._batches)

    def __arrow_c_schema__(self) -> object:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        from arro3.core import RecordBatchReader

        return RecordBatchReader.from_batches(self.schema, self).__arrow_c_stream__(requested_schema)


async def _without_waiting(values: Generator[R]) -> AsyncGenerator[R]:
    with closing(values):
        for value in values:
            yield value


class Each(AsyncIterator[R]):
    """Iterates over what an async function gives, until it gives None."""

    def __init__(self, following: Callable[[], Awaitable[R | None]]) -> None:
        self._following = following

    async def __anext__(self) -> R:
        if (found := await self._following()) is None:
            raise StopAsyncIteration
        return found
