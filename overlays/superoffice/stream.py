"""Reading more tickets than fit into memory, in order, with an account of what did not come."""

from __future__ import annotations

import inspect
import logging
import queue
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
from types import TracebackType
from typing import TYPE_CHECKING, Final, Generic, Literal, Self, SupportsIndex, TypeAlias, TypeVar, cast

import attrs

from superoffice_runtime import Response

from ._ids import each_id
from ._read_plan import ReadPlan, Steps
from ._window import ReorderBuffer, StreamCounts, StreamTally, parts, parts_async
from .batch import HasTicketId, TicketBatch, cleaner_for
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
from .transport.asynchronous import AsyncSender
from .transport.attempts import PreparedRequest
from .transport.call import told
from .transport.cancel import CancelToken
from .transport.http import Sender
from .transport.sync import SyncSender

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from arro3.core import RecordBatch, Schema


T = TypeVar("T", bound=HasTicketId)
OnFailure: TypeAlias = Literal["raise", "bisect", "skip"]
"""What a call that fails for good does: raises its error; is bisected down to a ticket that fails alone, which raises
it; or leaves such tickets out."""
log = logging.getLogger("superoffice")
_AHEAD = 2  # parts read for each call that may be under way: calls continue while an earlier one is waited for
_DIVISIBLE: Final = (
    InternalServerError,
    BadRequestError,
    InvalidResponseError,
    ResponseTooLargeError,
)  # by some tickets


class Part(Generic[T]):
    """Some ids, the steps in which they are asked for, the request under way, and what came of it."""

    __slots__ = ("ids", "request", "result", "steps")
    result: Response | BaseException

    def __init__(self, ids: list[int], steps: Steps[TicketBatch[T]]) -> None:
        self.ids = ids
        self.steps = steps
        self.request = next(steps)


@attrs.frozen
class _LeftOut(Problem):
    """A ticket that was left out, since a call for it alone failed too."""

    def __str__(self) -> str:
        return f"ticket {self.ticket_id} was left out: {self.reason}"


class Stream(Generic[T]):
    """The settings and the account of a stream, and what it does with what came."""

    def __init__(
        self, plan: ReadPlan[T], sender: Sender, *, ordered: bool, max_concurrency: int | None, failing: OnFailure
    ) -> None:
        check_given(bool, "True or False", ordered=ordered)
        self._plan = plan
        self._failing = failing
        self._good: int | None = None  # a ticket that came
        self._layout = plan.layout
        self._concurrency = checked_concurrency(max_concurrency, sender.max_concurrency)
        self._line = ReorderBuffer[Part[T] | Exception](self._concurrency * _AHEAD, ordered=ordered)
        self._account = StreamTally()
        self._size = plan.settings.batch_size
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

    def _enter(self, sender: Sender) -> None:
        if self._state != "not entered":
            raise StreamClosedError("a stream is read once; ask client.tickets.stream(...) for another one")
        sender.check_open()
        self._state = "open"

    def _check_open(self) -> None:
        if self._state != "open":
            raise StreamClosedError(f"the stream was {self._state}; read it inside its `with` block")

    def _leave(self) -> None:
        """Hand out nothing more."""
        self._state = "left"
        self._rest = iter(())

    def _begin(self, ids: list[int]) -> tuple[int, Part[T]]:
        """Make the request for a part, which gets a place in the line."""
        part = Part(ids, self._steps(ids))
        self._account.begins(part.request)
        return self._line.begin(), part

    def _end(self, error: Exception) -> None:
        """The ids end with an error, which has its place after all that was asked for."""
        self._line.came(self._line.begin(), error)

    def _steps(self, ids: list[int]) -> Steps[TicketBatch[T]]:
        """Ask for some ids, in halves where that is wanted and the whole of them fails."""
        try:
            tickets, problems, (request, response) = yield from self._plan.ask(list(dict.fromkeys(ids)))
            sent = [request]
        except _DIVISIBLE as error:
            if self._failing == "raise":
                raise
            tickets, problems, sent = yield from self._divided(ids, error)
            response = None
        return self._plan.batch(ids, tickets, problems, sent, response, quiet=bool(self._account.unexpected))

    def _outcome(self, part: Part[T] | Exception) -> TicketBatch[T] | None:
        """Read what came of a part, and account for it; raises where it failed. None where more is to be sent."""
        if isinstance(part, Exception):
            raise part
        self._account.ends(part.request)
        try:
            if isinstance(part.result, BaseException):
                part.request = part.steps.throw(_raisable(part.result))
            else:
                part.request = part.steps.send(part.result)
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

    def _divided(self, ids: list[int], error: APIError) -> Steps[tuple[list[T], list[Problem], list[PreparedRequest]]]:
        """Ask in halves for the tickets of a request that failed, down to those that fail alone.

        These are left out where that is wanted and another ticket still comes: else it is the server that fails.
        """
        tickets: list[T] = []
        problems: list[Problem] = []
        sent: list[PreparedRequest] = []
        failed: dict[int, APIError] = {}
        whole = list(dict.fromkeys(ids))
        waiting = [whole]
        while waiting:
            some = waiting.pop()
            if some is not whole:
                try:
                    came, odd, (request, _) = yield from self._plan.ask(some)
                except _DIVISIBLE as wrong:
                    error = wrong
                else:
                    tickets += came
                    problems += odd
                    sent.append(request)
                    continue
            if len(some) > 1:
                waiting += some[len(some) // 2 :], some[: len(some) // 2]
            elif self._failing == "skip":
                failed[some[0]] = error
            else:
                error.advice += "; or leave it out with skip_failed=True (--skip-failed)"
                raise error
        known = tickets[0].ticket_id if tickets else self._good
        if failed and known is not None:
            yield from self._plan.ask([known])
        elif len(failed) > 1:
            raise error
        for id_, why in failed.items():
            problems.append(_LeftOut(id_, None, None, str(why.args[0]), 0))
            log.warning("%s", problems[-1])
        return tickets, problems, sent

    def _to_record_batch(self, batch: TicketBatch[T], *, wire: bool) -> RecordBatch:
        """Make a call's tickets a record batch, and account for what does not fit."""
        record, found = self._layout.record_batch(batch, wire=wire)
        odd = told(found, cleaner_for([batch]))
        self._account.notes(odd)
        if odd and self._layout.strict:
            raise TicketDecodeError.of(odd, batch)
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


def _raisable(error: BaseException) -> BaseException:
    """Keep an error from ending a loop as if nothing had happened."""
    if isinstance(error, StopIteration | StopAsyncIteration):
        wrapped = RuntimeError(f"a hook raised {type(error).__name__}")
        wrapped.__cause__ = error
        return wrapped
    return error


__all__ = ["ArrowBatches", "AsyncTicketStream", "StreamCounts", "TicketStream"]

R = TypeVar("R")
Ids: TypeAlias = Iterable[SupportsIndex] | AsyncIterable[SupportsIndex]
_CLOSING = 5.0  # seconds that the clean-up of async ids may take once the reader has left


class TicketStream(Stream[T], Iterator[T]):
    """Tickets that come while they are read, from `client.tickets.stream(...)`; for one `with` block and one reader.

    Iterate over it for tickets, or over `batches()` for a call's tickets at a time. While the reader is busy, calls
    that were begun continue, and no other begins: at most twice `max_concurrency` calls' worth of ids is read ahead,
    and their responses are kept. Leaving the block ends what is under way, waits for its threads and closes a generator
    of ids.

    A call that fails for good raises its `APIError` in its place. Reading on after that gives what comes next.

    >>> with client.tickets.stream(range(1, 40)) as tickets:
    ...     numbers = [ticket.ticket_id for ticket in tickets]
    ...     tickets.counts.received
    39
    """

    def __init__(
        self,
        plan: ReadPlan[T],
        sender: SyncSender,
        ids: Iterable[SupportsIndex],
        *,
        ordered: bool,
        max_concurrency: int | None,
        failing: OnFailure = "raise",
    ) -> None:
        super().__init__(plan, sender, ordered=ordered, max_concurrency=max_concurrency, failing=failing)
        self._sender = sender
        self._ids = each_id(ids, "stream")
        self._came: queue.SimpleQueue[tuple[int, Part[T]]] = queue.SimpleQueue()
        self._stop = CancelToken(sender.check_open)
        self._parts: Generator[list[int]] | None = None
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        from concurrent.futures import ThreadPoolExecutor

        self._enter(self._sender)
        self._parts = parts(iter(self._ids), self._size)
        self._pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="superoffice-stream")
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        self._stop.set()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if inspect.isgenerator(self._ids):  # of which nothing may have been read yet
            self._ids.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while True:
            for ticket in self._rest:
                return ticket
            batch = self._next()
            if batch is None:
                raise StopIteration
            self._rest = iter(batch)

    def batches(self) -> Iterator[TicketBatch[T]]:
        """Return the tickets of a request at a time, each batch with its own `requested`, `missing` and `problems`.

        >>> with client.tickets.stream([829, 77777, 439]) as tickets:
        ...     [(len(batch), batch.missing) for batch in tickets.batches()]
        [(2, (77777,))]
        """
        while (batch := self._next()) is not None:
            yield batch

    def to_arrow_batches(self, *, wire: bool = False) -> ArrowBatches:
        """Return an Arrow record batch of each request's tickets, with the columns of `TicketBatch.to_arrow`.

        What comes is to iterate over, and is an Arrow stream too: pyarrow, polars, duckdb and others read it as they
        need it, without a copy. Calls of which no ticket came are left out. Needs the extra `export`.

        Args:
            wire: Name columns by their API names, in place of attributes.

        Raises:
            MissingExtraError: The extra is not installed.

        Example:
            >>> with client.tickets.stream(range(1, 31), select=["Title"]) as tickets:
            ...     batches = tickets.to_arrow_batches()
            ...     batches.schema.names, [batch.num_rows for batch in batches]
            (['ticket_id', 'title'], [30])
        """

        def following() -> RecordBatch | None:
            while (batch := self._next()) is not None:
                if batch:
                    return self._to_record_batch(batch, wire=wire)
            return None

        return ArrowBatches(self._layout.schema(wire=wire), following)

    def _next(self) -> TicketBatch[T] | None:
        """Wait for the next batch; None at the end."""
        while True:
            self._check_open()
            while not self._came.empty():
                self._arrive()
            read = self._line.has_room and self._read()  # one for each that is taken, even where that is there already
            if (part := self._line.take()) is not None:
                while (batch := self._outcome(part)) is None:
                    self._ask(cast("Part[T]", part))
                return batch
            if read:
                continue
            if self._line.idle:
                return None
            self._arrive()

    def _arrive(self) -> None:
        number, part = self._came.get()
        self._line.came(number, part)

    def _read(self) -> bool:
        """Read a part of the ids and have it asked for; False where there is none."""
        if self._parts is None or self._pool is None:
            return False
        try:
            ids = next(self._parts, None)
        except Exception as error:
            self._end(error)
            ids = None
        if ids is None:
            self._parts = None
            return False
        self._account.read += len(ids)
        self._pool.submit(self._call, *self._begin(ids))
        return True

    def _call(self, number: int, part: Part[T]) -> None:
        self._ask(part)
        self._came.put((number, part))

    def _ask(self, part: Part[T]) -> None:
        part.request.stop = self._stop
        try:
            part.result = self._sender.run(self._plan.settings.attempts(part.request), part.request)
        except BaseException as error:  # whatever it is, the reader waits for it
            part.result = error


class AsyncTicketStream(Stream[T], AsyncIterator[T]):
    """Tickets that come while they are read, from the async client's `tickets.stream(...)`.

    As `TicketStream`, with `async with` and `async for`, on asyncio or trio. The ids may come from an async iterable
    too; they are read, and calls begin, in the background, as far ahead as there.

    >>> import asyncio
    >>> async def ids() -> list[int]:
    ...     async with AsyncSuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
    ...         async with client.tickets.stream([829, 77777, 439]) as tickets:
    ...             return [ticket.ticket_id async for ticket in tickets]
    >>> asyncio.run(ids())
    [829, 439]
    """

    def __init__(
        self,
        plan: ReadPlan[T],
        sender: AsyncSender,
        ids: Ids,
        *,
        ordered: bool,
        max_concurrency: int | None,
        failing: OnFailure = "raise",
    ) -> None:
        super().__init__(plan, sender, ordered=ordered, max_concurrency=max_concurrency, failing=failing)
        self._sender = sender
        self._ids = ids if isinstance(ids, AsyncIterable) else each_id(ids, "stream")
        self._fed = False  # whether all ids were read

    async def __aenter__(self) -> Self:
        import anyio

        self._enter(self._sender)
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
            batch = await self._next()
            if batch is None:
                raise StopAsyncIteration
            self._rest = iter(batch)

    def batches(self) -> AsyncIterator[TicketBatch[T]]:
        """Return the tickets of a request at a time, each batch with its own `requested`, `missing` and `problems`."""
        return Each(self._next)

    def to_arrow_batches(self, *, wire: bool = False) -> AsyncIterator[RecordBatch]:
        """Return the tickets of a request at a time as an Arrow record batch, as `TicketStream.to_arrow_batches` does.

        Arrow's own streams wait without async, so this is to iterate over alone.

        Raises:
            MissingExtraError: The extra is not installed.
        """
        self._layout.schema(wire=wire)  # raises at once where the extra is missing

        async def following() -> RecordBatch | None:
            while (batch := await self._next()) is not None:
                if batch:
                    return self._to_record_batch(batch, wire=wire)
            return None

        return Each(following)

    async def _next(self) -> TicketBatch[T] | None:
        """Wait for the next batch; None at the end."""
        while True:
            self._check_open()
            if (part := self._line.take()) is not None:
                self._tell()  # there is room again
                while (batch := self._outcome(part)) is None:
                    await self._ask(cast("Part[T]", part))
                return batch
            if self._fed and self._line.idle:
                return None
            await self._change()

    def _tell(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()

    async def _change(self) -> None:
        import anyio

        if self._changed.is_set():
            self._changed = anyio.Event()
        await self._changed.wait()

    async def _feed(self) -> None:
        """Read the ids, as far as there is room, and begin their calls."""
        import anyio

        read = _read(self._ids, self._size)
        try:
            while True:
                while not self._line.has_room:
                    await self._change()
                ids = await anext(read, None)
                if ids is None:
                    break
                self._account.read += len(ids)
                await self._slots.acquire()
                self._tasks.start_soon(self._call, *self._begin(ids))
        except Exception as error:
            self._end(error)
        finally:
            with anyio.move_on_after(_CLOSING, shield=True):
                await read.aclose()
        self._fed = True
        self._tell()

    async def _call(self, number: int, part: Part[T]) -> None:
        await self._ask(part)
        self._slots.release()
        self._line.came(number, part)
        self._tell()

    async def _ask(self, part: Part[T]) -> None:
        try:
            part.result = await self._sender.run(self._plan.settings.attempts(part.request), part.request)
        except Exception as error:
            part.result = error


class ArrowBatches(Iterator["RecordBatch"]):
    """Record batches that come while they are read, from `TicketStream.to_arrow_batches()`; an Arrow stream as well.

    A call that fails raises its error here, and reading on gives what comes next. Who reads it as an Arrow stream gets
    the error's sentence in an error of its own, and the stream ends there.

    >>> with client.tickets.stream([439, 829]) as tickets:
    ...     sum(batch.num_rows for batch in tickets.to_arrow_batches())
    2
    """

    def __init__(self, schema: Schema, following: Callable[[], RecordBatch | None]) -> None:
        self.schema = schema
        self._following = following

    def __next__(self) -> RecordBatch:
        if (found := self._following()) is None:
            raise StopIteration
        return found

    def __arrow_c_schema__(self) -> object:
        """Return the schema for another Arrow library."""
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the batches for another Arrow library, which reads them as it needs them."""
        from arro3.core import RecordBatchReader

        return RecordBatchReader.from_batches(self.schema, self).__arrow_c_stream__(requested_schema)


async def _read(ids: Ids, size: int) -> AsyncGenerator[list[int]]:
    """Cut ids of either kind into parts."""
    if isinstance(ids, AsyncIterable):
        inner = parts_async(aiter(ids), size)
        try:
            async for part in inner:
                yield part
        finally:
            await inner.aclose()
    else:
        with closing(parts(iter(ids), size)) as sync:
            for part in sync:
                yield part


class Each(AsyncIterator[R]):
    """Iterates over what an async function gives, until it gives None."""

    def __init__(self, following: Callable[[], Awaitable[R | None]]) -> None:
        self._following = following

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        if (found := await self._following()) is None:
            raise StopAsyncIteration
        return found
