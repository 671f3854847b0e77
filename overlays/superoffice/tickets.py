"""`client.tickets`: reading tickets, sync and async over the same steps."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, SupportsIndex, TypeAlias, TypeVar, Unpack, cast, overload

from superoffice_api.facts import TicketFieldName
from superoffice_api.models import Ticket
from superoffice_runtime import Response
from superoffice_runtime.fields import Field

from ._decode import reader_for
from ._ids import ticket_id, ticket_ids
from ._read_plan import ReadPlan, Steps
from .batch import TicketBatch
from .errors import APIError
from .select import RawField
from .settings import CallOptions, ClientSettings, SendOptions, check_options, shows_options
from .transport.attempts import PreparedRequest
from .transport.sync import SyncSender
from .views import PartialTicket, TicketView

if TYPE_CHECKING:
    from ._ids import ArrowArray, ArrowStream
    from .export.result import ExportProgress, ExportResult, FormatName
    from .stream import AsyncTicketStream, TicketStream
    from .transport.asynchronous import AsyncSender

R = TypeVar("R")
S = TypeVar("S", SyncSender, "AsyncSender")
V = TypeVar("V", bound=Ticket | TicketView)
Ids: TypeAlias = Iterable[SupportsIndex] | AsyncIterable[SupportsIndex]
Select: TypeAlias = Iterable[TicketFieldName | Field | RawField]
_PLANS = 64  # of calls without options, one for each class or selection


class _Tickets(Generic[S]):
    """What both have in common."""

    def __init__(self, settings: ClientSettings, sender: S) -> None:
        self._settings = settings
        self._sender: S = sender
        self._default_plan = lru_cache(_PLANS)(partial(ReadPlan[Any], settings))

    def _plan(self, method: str, select: Select | None, into: Any, options: Mapping[str, object]) -> ReadPlan[Any]:
        """Check what a method was given."""
        reader = reader_for(select, into)
        if not options:
            return self._default_plan(reader)
        known = CallOptions if method in ("get", "get_many", "stream") else SendOptions
        check_options(f"{type(self).__name__}.{method}", known, options)
        return ReadPlan(self._settings, reader, **cast("CallOptions", options))


class Tickets(_Tickets[SyncSender]):
    """Reads tickets. Reached as `client.tickets`."""

    @overload
    def get(self, id: SupportsIndex, **options: Unpack[CallOptions]) -> Ticket: ...
    @overload
    def get(self, id: SupportsIndex, *, select: Select, **options: Unpack[CallOptions]) -> PartialTicket: ...
    @overload
    def get(self, id: SupportsIndex, *, into: type[V], **options: Unpack[CallOptions]) -> V: ...
    @shows_options(CallOptions, ReadPlan)
    def get(
        self,
        id: SupportsIndex,  # noqa: A002 - the word that everybody knows
        *,
        select: Select | None = None,
        into: type[Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> Any:
        """Read one ticket.

        Args:
            id: Its number, from 1 to 2147483647.
            select: Fields to ask for: names, fields of `TicketFields` or `RawField`s. Returns a `PartialTicket`.
            into: A `TicketView`, whose own fields are asked for, or a subclass of `Ticket`, to return.
            locale: Language and time zone, over the client's.
            timeout: Seconds that the call may take, in place of the client's.
            retries: How often it is sent at most, in place of the client's.
            headers: Headers to add; None removes one.
            strict: Raise for any value that does not decode, in place of making its field None.

        Raises:
            InvalidIdError, UnknownFieldError, ProjectionError: What was given cannot be asked for; nothing was sent.
            TicketNotFoundError: It is unknown, deleted, or not readable.
            TicketDecodeError: A field that must have a value has none, or `strict` and a value does not decode.
            APIStatusError, InvalidResponseError, APIConnectionError: The call failed; the subclass says how.

        Example:
            >>> client.tickets.get(1234).title
            'Cannot access customer portal - Login button not working'
        """
        return self._run(self._plan("get", select, into, options).ask_one(ticket_id(id)))

    @overload
    def get_many(self, ids: Iterable[SupportsIndex], **options: Unpack[CallOptions]) -> TicketBatch[Ticket]: ...
    @overload
    def get_many(
        self, ids: Iterable[SupportsIndex], *, select: Select, **options: Unpack[CallOptions]
    ) -> TicketBatch[PartialTicket]: ...
    @overload
    def get_many(
        self, ids: Iterable[SupportsIndex], *, into: type[V], **options: Unpack[CallOptions]
    ) -> TicketBatch[V]: ...
    @shows_options(CallOptions, ReadPlan)
    def get_many(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Select | None = None,
        into: type[Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> TicketBatch[Any]:
        """Read several tickets, in requests of the client's batch size, one after another. Without ids none is sent.

        Args:
            ids: Their numbers, in the order of the result; repeated ones are asked for once.
            select: Fields to ask for: names, fields of `TicketFields` or `RawField`s. Returns `PartialTicket`s.
            into: A `TicketView`, whose own fields are asked for, or a subclass of `Ticket`, to return.
            locale: Language and time zone, over the client's.
            timeout: Seconds that the call may take, in place of the client's.
            retries: How often it is sent at most, in place of the client's.
            headers: Headers to add; None removes one.
            strict: Raise for any value that does not decode, in place of noting it in the batch's `problems`.

        Raises:
            InvalidIdError, UnknownFieldError, ProjectionError: What was given cannot be asked for; nothing was sent.
            TicketDecodeError: A field that must have a value has none, or `strict` and a value does not decode.
            APIStatusError, InvalidResponseError, APIConnectionError: The call failed; the subclass says how.

        Example:
            >>> batch = client.tickets.get_many([829, 439, 77777])
            >>> [ticket.ticket_id for ticket in batch], batch.missing
            ([829, 439], (77777,))
            >>> client.tickets.get_many([439], select=["PriorityName"], locale=Locale(language="en"))[0].priority_name
            'Medium'
        """
        return self._run(self._plan("get_many", select, into, options).ask_all(ticket_ids(ids)))

    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[CallOptions],
    ) -> TicketStream[Ticket]: ...
    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Select,
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[CallOptions],
    ) -> TicketStream[PartialTicket]: ...
    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        into: type[V],
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[CallOptions],
    ) -> TicketStream[V]: ...
    @shows_options(CallOptions, ReadPlan)
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Select | None = None,
        into: type[Any] | None = None,
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[CallOptions],
    ) -> TicketStream[Any]:
        """Read any number of tickets while they are used: a context manager to iterate over, in bounded memory.

        Each request has the client's batch size of ids, and as many are under way as the client's `max_concurrency`.
        `TicketStream` says how far ids are read ahead, and what it knows of missing ones.

        Args:
            ids: Their numbers, from anything to iterate over, without end too. One that is repeated within a request
                is sent once and comes at each place; one that is repeated later is sent again.
            select: Fields to ask for: names, fields of `TicketFields` or `RawField`s. Returns `PartialTicket`s.
            into: A `TicketView`, whose own fields are asked for, or a subclass of `Ticket`, to return.
            locale: Language and time zone, over the client's.
            timeout: Seconds that each call may take, in place of the client's.
            retries: How often each is sent at most, in place of the client's.
            headers: Headers to add; None removes one.
            strict: Raise for any value that does not decode, in place of noting it in the stream's `problems`.
            ordered: Return tickets in the order of the ids. With False, those of each request as soon as they come.
            max_concurrency: How many of its requests may be under way, where it is fewer than the client's.

        Raises:
            UnknownFieldError, ProjectionError: What was given cannot be asked for; nothing was sent.
            ConfigurationError: `max_concurrency` is more than the client's.
            StreamClosedError: While it is read: that was not inside its `with` block.
            InvalidIdError: While it is read, after the tickets before it: an id is not valid; `position` is its place.
            TicketDecodeError: While it is read, in place of a request's tickets: a field that must have a value has
                none, or `strict` and a value does not decode.
            APIStatusError, InvalidResponseError, APIConnectionError: While it is read, in place of the tickets of a
                request that failed.

        Example:
            >>> with client.tickets.stream([829, 77777, 439]) as tickets:
            ...     for ticket in tickets:
            ...         print(ticket.ticket_id)
            829
            439
            >>> list(tickets.missing)
            [77777]
        """
        from .stream import TicketStream

        plan = self._plan("stream", select, into, options)
        return TicketStream(plan, self._sender, ids, ordered=ordered, max_concurrency=max_concurrency)

    @shows_options(SendOptions, ReadPlan)
    def export(
        self,
        ids: Iterable[SupportsIndex] | ArrowArray | ArrowStream,
        path: str | os.PathLike[str] | BinaryIO,
        *,
        select: Select | None = None,
        format: FormatName | None = None,  # noqa: A002 - the word that everybody knows
        compression: str | None = None,
        csv_safe: bool = False,
        restart: bool = False,
        skip_failed: bool = False,
        progress: Callable[[ExportProgress], None] | None = None,
        max_concurrency: int | None = None,
        **options: Unpack[SendOptions],
    ) -> ExportResult:
        """Export tickets to a file: Parquet, Arrow, CSV or JSON lines, any number of them, in bounded memory.

        Each id ends up once: its ticket is in the file, or it is missing and in `<path>.missing.txt`. A run that is
        stopped, however hard, resumes when the same call is made again; the file has its name once it is whole.

        Args:
            ids: Their numbers, from anything to iterate over, or a column of a table by the Arrow C interface. One that
                is repeated is exported once. What can be iterated over again is checked and counted beforehand.
            path: The file; or an open binary one, which is written to as tickets come and cannot be resumed.
            format: `parquet`, `arrow`, `csv` or `jsonl`; by default the path's extension decides.
            compression: Of Parquet `zstd` (default), `snappy`, `gzip`, `lz4`, `brotli` or `none`; of Arrow `zstd`
                (default), `lz4` or `none`; of CSV and JSON lines `none`, or `gzip` (default where it ends in `.gz`).
            csv_safe: Guard cells of CSV that a spreadsheet would run as formulas.
            restart: Delete what an earlier run left, and start again; a finished file is replaced when the new one is
                whole. Such a run resumes too when it was stopped, unless its ids come from an iterator.
            skip_failed: Leave out tickets for which requests fail for good while others succeed: they are missing, and
                `<path>.problems.txt` says why. By default the first one's error ends the run.
            progress: A function that is called after each request; what it raises stops the export.
            select: Fields to ask for; they are the columns.
            locale: Language and time zone, over the client's.
            timeout: Seconds that each call may take, in place of the client's.
            retries: How often each is sent at most, in place of the client's.
            headers: Headers to add; None removes one.
            max_concurrency: How many of its requests may be under way, where it is fewer than the client's.

        Raises:
            UnknownFieldError, InvalidIdError: What was given cannot be asked for.
            ConfigurationError: File, format, compression or `max_concurrency` cannot be, or need the extra `export`.
            ExportRefusedError: Another run is busy with it, it began with other arguments, or a file is in its place.
            ExportError: A file cannot be written; what was written before is kept.
            APIStatusError, InvalidResponseError, APIConnectionError: A call failed; what came before is kept.

        Example:
            >>> result = client.tickets.export([829, 77777, 439], folder / "tickets.jsonl")
            >>> result.tickets, list(result.missing)
            (2, [77777])
        """
        from .export.job import Export
        from .export.run import run, run_into

        export = Export(
            self._plan("export", select, None, options),
            self._sender,
            path=path,
            format=format,
            compression=compression,
            csv_safe=csv_safe,
            restart=restart,
            skip_failed=skip_failed,
            progress=progress,
            max_concurrency=max_concurrency,
        )
        if isinstance(path, str | os.PathLike):
            return run(export, ids)
        return run_into(export, ids, path)

    @shows_options(SendOptions, ReadPlan)
    def raw(
        self, ids: Iterable[SupportsIndex], *, select: Select | None = None, **options: Unpack[SendOptions]
    ) -> AbstractContextManager[Response]:
        """Ask for tickets in one request, and return the response as it came, whatever its status.

        Options are those of `get`, without `into` and `strict`. Raises `InvalidInputError` for what cannot be asked
        for, and `APIConnectionError` where no response came.

        >>> with client.tickets.raw([439], select=["Title"]) as response:
        ...     response.status, response.headers["content-type"]
        (200, 'application/json; charset=utf-8')
        """
        return self._raw(self._plan("raw", select, None, options).request(ticket_ids(ids)))

    @contextmanager
    def _raw(self, prepared: PreparedRequest) -> Generator[Response]:
        yield self._sender.run(self._settings.attempts(prepared), prepared)

    def _run(self, steps: Steps[R]) -> R:
        """Send each request that the steps ask for, one after another."""
        response: Any = None
        while True:
            try:
                prepared = steps.send(response)
            except StopIteration as end:
                result: R = end.value
                return result
            try:
                response = self._sender.run(self._settings.attempts(prepared), prepared)
            except APIError as error:
                steps.throw(error)  # which raises it again, with what came before it
                raise  # pragma: no cover - no step continues after an error


class AsyncTickets(_Tickets["AsyncSender"]):
    """Reads tickets without blocking. Reached as `client.tickets`.

    >>> import asyncio
    >>> async def names() -> list[str | None]:
    ...     async with AsyncSuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
    ...         return [ticket.owned_by_name for ticket in await client.tickets.get_many([439, 829])]
    >>> len(asyncio.run(names()))
    2
    """

    @overload
    async def get(self, id: SupportsIndex, **options: Unpack[CallOptions]) -> Ticket: ...
    @overload
    async def get(self, id: SupportsIndex, *, select: Select, **options: Unpack[CallOptions]) -> PartialTicket: ...
    @overload
    async def get(self, id: SupportsIndex, *, into: type[V], **options: Unpack[CallOptions]) -> V: ...
    @shows_options(CallOptions, ReadPlan)
    async def get(
        self,
        id: SupportsIndex,  # noqa: A002 - the word that everybody knows
        *,
        select: Select | None = None,
        into: type[Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> Any:
        """Read one ticket; arguments and errors as in `Tickets.get`."""
        return await self._run(self._plan("get", select, into, options).ask_one(ticket_id(id)))

    @overload
    async def get_many(self, ids: Iterable[SupportsIndex], **options: Unpack[CallOptions]) -> TicketBatch[Ticket]: ...
    @overload
    async def get_many(
        self, ids: Iterable[SupportsIndex], *, select: Select, **options: Unpack[CallOptions]
    ) -> TicketBatch[PartialTicket]: ...
    @overload
    async def get_many(
        self, ids: Iterable[SupportsIndex], *, into: type[V], **options: Unpack[CallOptions]
    ) -> TicketBatch[V]: ...
    @shows_options(CallOptions, ReadPlan)
    async def get_many(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Select | None = None,
        into: type[Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> TicketBatch[Any]:
        """Read several tickets; arguments and errors as in `Tickets.get_many`."""
        return await self._run(self._plan("get_many", select, into, options).ask_all(ticket_ids(ids)))

    @overload
    def stream(
        self, ids: Ids, *, ordered: bool = True, max_concurrency: int | None = None, **options: Unpack[CallOptions]
    ) -> AsyncTicketStream[Ticket]: ...
    @overload
    def stream(
        self,
        ids: Ids,
        *,
        select: Select,
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncTicketStream[PartialTicket]: ...
    @overload
    def stream(
        self,
        ids: Ids,
        *,
        into: type[V],
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncTicketStream[V]: ...
    @shows_options(CallOptions, ReadPlan)
    def stream(
        self,
        ids: Ids,
        *,
        select: Select | None = None,
        into: type[Any] | None = None,
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncTicketStream[Any]:
        """Read any number of tickets while they are used; arguments and errors as in `Tickets.stream`."""
        from .stream import AsyncTicketStream

        plan = self._plan("stream", select, into, options)
        return AsyncTicketStream(plan, self._sender, ids, ordered=ordered, max_concurrency=max_concurrency)

    @shows_options(SendOptions, ReadPlan)
    async def export(
        self,
        ids: Ids | ArrowArray | ArrowStream,
        path: str | os.PathLike[str],
        *,
        select: Select | None = None,
        format: FormatName | None = None,  # noqa: A002 - the word that everybody knows
        compression: str | None = None,
        csv_safe: bool = False,
        restart: bool = False,
        skip_failed: bool = False,
        progress: Callable[[ExportProgress], None] | None = None,
        max_concurrency: int | None = None,
        **options: Unpack[SendOptions],
    ) -> ExportResult:
        """Export tickets to a file; arguments and errors as in `Tickets.export`, but an open file is not taken.

        The disk is written to in threads. `progress` is called in the event loop, and is not awaited.
        """
        from .export.job import Export
        from .export.run import run_async

        export = Export(
            self._plan("export", select, None, options),
            self._sender,
            path=path,
            takes_file=False,
            format=format,
            compression=compression,
            csv_safe=csv_safe,
            restart=restart,
            skip_failed=skip_failed,
            progress=progress,
            max_concurrency=max_concurrency,
        )
        return await run_async(export, ids)

    @shows_options(SendOptions, ReadPlan)
    def raw(
        self, ids: Iterable[SupportsIndex], *, select: Select | None = None, **options: Unpack[SendOptions]
    ) -> AbstractAsyncContextManager[Response]:
        """Ask once, and return the response as it came; arguments and errors as in `Tickets.raw`."""
        return self._raw(self._plan("raw", select, None, options).request(ticket_ids(ids)))

    @asynccontextmanager
    async def _raw(self, prepared: PreparedRequest) -> AsyncGenerator[Response]:
        yield await self._sender.run(self._settings.attempts(prepared), prepared)

    async def _run(self, steps: Steps[R]) -> R:
        """Send each request that the steps ask for, one after another."""
        response: Any = None
        while True:
            try:
                prepared = steps.send(response)
            except StopIteration as end:
                result: R = end.value
                return result
            try:
                response = await self._sender.run(self._settings.attempts(prepared), prepared)
            except APIError as error:
                steps.throw(error)  # which raises it again, with what came before it
                raise  # pragma: no cover - no step continues after an error
