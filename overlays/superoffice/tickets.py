"""`client.tickets`: reading tickets, sync and async over the same steps."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, SupportsIndex, TypeAlias, TypeVar, Unpack, overload

from superoffice_api.models import Ticket
from superoffice_runtime import Response

from ._decode import WHOLE, reader_for
from ._ids import each_id, ticket_id, ticket_ids
from ._read_plan import ReadPlan, Received
from .batch import APIResponse, TicketBatch
from .select import Select
from .settings import CallOptions, ClientSettings, SendOptions, StreamOptions, check_options, shows_options
from .transport.attempts import PreparedRequest
from .transport.sync import SyncSender
from .views import PartialTicket, TicketView

if TYPE_CHECKING:
    from ._ids import ArrowArray, ArrowStream
    from .export.result import ExportProgress, ExportResult, FormatName
    from .stream import AsyncTicketStream, TicketStream
    from .transport.asynchronous import AsyncSender

S = TypeVar("S", SyncSender, "AsyncSender")
V = TypeVar("V", bound=Ticket | TicketView)
Ids: TypeAlias = Iterable[SupportsIndex] | AsyncIterable[SupportsIndex]


class _ReadOptions(CallOptions, total=False):
    select: Select | None
    into: type[Any] | None


class _Tickets(Generic[S]):
    def __init__(self, settings: ClientSettings, sender: S) -> None:
        self._settings = settings
        self._sender: S = sender
        self._default_plan = lru_cache(64)(partial(ReadPlan[Any], settings))  # one for each class or selection

    def _plan(
        self, method: str, given: Mapping[str, Any], known: type = _ReadOptions, select: Select | None = None
    ) -> ReadPlan[Any]:
        if not given and select is None:
            return self._default_plan(WHOLE)
        check_options(f"{type(self).__name__}.{method}", known, given)
        options = dict(given)
        reader = reader_for(options.pop("select", select), options.pop("into", None))
        return ReadPlan(self._settings, reader, **options) if options else self._default_plan(reader)


class Tickets(_Tickets[SyncSender]):
    """Reads tickets. Reached as `client.tickets`."""

    @overload
    def get(self, id: SupportsIndex, **options: Unpack[CallOptions]) -> Ticket: ...
    @overload
    def get(self, id: SupportsIndex, *, select: Select, **options: Unpack[CallOptions]) -> PartialTicket: ...
    @overload
    def get(self, id: SupportsIndex, *, into: type[V], **options: Unpack[CallOptions]) -> V: ...
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    def get(self, id: SupportsIndex, **options: Unpack[_ReadOptions]) -> Any:  # noqa: A002 - the word that everybody knows
        """Read one ticket.

        Args:
            id: Its number, from 1 to 2147483647.
            select: Fields to ask for: `["title", "CreatedAt"]`, by attribute or API name, fields of `TicketFields` or
                `RawField`s; `fields()` takes names known at run time. Returns a `PartialTicket`.
            into: A `TicketView`, whose own fields are asked for, or a subclass of `Ticket`, to return.
            locale: Language and time zone, over the client's.
            timeout: Seconds that the call may take, in place of the client's.
            retries: How often it is retried at most, 0 for never, in place of the client's.
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
        plan = self._plan("get", options)
        request = plan.request([ticket_id(id)])
        return plan.read_one(request, self._send(request))

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
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    def get_many(self, ids: Iterable[SupportsIndex], **options: Unpack[_ReadOptions]) -> TicketBatch[Any]:
        """Read several tickets, in requests of the client's batch size, one after another. Without ids none is sent.

        Args:
            ids: Their numbers, in the order of the result; repeated ones are asked for once.
            strict: Raise for any value that does not decode, in place of noting it in the batch's `problems`.

        Other options, and errors but `TicketNotFoundError`, are those of `get`; a failed call's error has what came
        before it as `received`.

        Example:
            >>> batch = client.tickets.get_many([829, 439, 77777])
            >>> [ticket.ticket_id for ticket in batch], batch.missing
            ([829, 439], (77777,))
        """
        plan = self._plan("get_many", options)
        numbers = ticket_ids(ids)
        with Received(plan) as received:
            for request in plan.requests(numbers):
                received.add(request, self._send(request))
        return received.batch(numbers)

    @overload
    def stream(self, ids: Iterable[SupportsIndex], **options: Unpack[StreamOptions]) -> TicketStream[Ticket]: ...
    @overload
    def stream(
        self, ids: Iterable[SupportsIndex], *, select: Select, **options: Unpack[StreamOptions]
    ) -> TicketStream[PartialTicket]: ...
    @overload
    def stream(
        self, ids: Iterable[SupportsIndex], *, into: type[V], **options: Unpack[StreamOptions]
    ) -> TicketStream[V]: ...
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[_ReadOptions],
    ) -> TicketStream[Any]:
        """Read any number of tickets while they are used: a context manager to iterate over, in bounded memory.

        Each request has the client's batch size of ids, and as many are under way as the client's `max_concurrency`.
        `TicketStream` says how far ids are read ahead, and what it knows of missing ones.

        Args:
            ids: Their numbers, from anything to iterate over, without end too. One that is repeated within a request
                is sent once and comes at each place; one that is repeated later is sent again.
            ordered: Return tickets in the order of the ids. With False, those of each request as soon as they come.
            max_concurrency: How many of its requests may be under way, where it is fewer than the client's.
            strict: Raise for any value that does not decode, in place of noting it in the stream's `problems`.

        Other options are those of `get`, for each request.

        Raises:
            UnknownFieldError, ProjectionError, ConfigurationError: What was given cannot be; nothing was sent.
            StreamClosedError: While it is read: that was not inside its `with` block.
            InvalidIdError: While it is read, after the tickets before it: an id is not valid; `position` is its place.
            TicketDecodeError, APIError: While it is read, in place of the tickets of a request; as in `get`.

        Example:
            >>> with client.tickets.stream([829, 77777, 439]) as tickets:
            ...     [ticket.ticket_id for ticket in tickets], list(tickets.missing)
            ([829, 439], [77777])
        """
        from .stream import TicketStream

        plan = self._plan("stream", options)
        several = each_id(ids, "stream")
        return TicketStream(plan, self._sender, several, ordered=ordered, max_concurrency=max_concurrency)

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
        api_names: bool | None = None,
        restart: bool = False,
        skip_failed: bool = False,
        progress: Callable[[ExportProgress], None] | None = None,
        max_concurrency: int | None = None,
        **options: Unpack[SendOptions],
    ) -> ExportResult:
        """Export tickets to a file: Parquet, Arrow, CSV or JSON lines, any number of them, in bounded memory.

        Each id ends up once: its ticket is in the file, or it is missing and in `<path>.missing.txt`. A run that is
        stopped, however hard, resumes when the same call is made again; an old file is replaced once the new is whole.

        Args:
            ids: Their numbers, from anything to iterate over, or a column of a table by the Arrow C interface. One that
                is repeated is exported once. What can be iterated over again is checked and counted beforehand.
            path: The file; or an open binary one, which is written to as tickets come and cannot be resumed.
            format: `parquet`, `arrow`, `csv` or `jsonl`; by default the path's extension decides.
            compression: Of Parquet `zstd` (default), `snappy`, `gzip`, `lz4`, `brotli` or `none`; of Arrow `zstd`
                (default), `lz4` or `none`; of CSV and JSON lines `none`, or `gzip` (default where it ends in `.gz`).
            csv_safe: Guard cells of CSV that a spreadsheet would run as formulas.
            api_names: True names columns and fields as the API does, `OwnedByName`, and False as attributes,
                `owned_by_name`; by default JSON lines have API names, and tables attributes.
            restart: Throw away what a stopped run left, and start again.
            skip_failed: Leave out tickets for which requests fail for good while others succeed: they are missing, and
                `<path>.problems.txt` says why. By default the first one's error ends the run.
            progress: A function that is called after each request; what it raises stops the export.
            select: Fields to ask for; they are the columns.
            max_concurrency: How many of its requests may be under way, where it is fewer than the client's.

        Other options are those of `get`, for each request.

        Raises:
            UnknownFieldError, InvalidIdError: What was given cannot be asked for.
            ConfigurationError: File, format, compression or `max_concurrency` cannot be, or need the extra `export`.
            ExportRefusedError: Another run is busy with it, it began with other arguments, or `path` is not a file.
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
            self._plan("export", options, SendOptions, select),
            self._sender,
            path=path,
            format=format,
            compression=compression,
            csv_safe=csv_safe,
            api_names=api_names,
            restart=restart,
            skip_failed=skip_failed,
            progress=progress,
            max_concurrency=max_concurrency,
        )
        if isinstance(path, str | os.PathLike):
            return run(export, ids)
        return run_into(export, ids, path)

    @overload
    def raw(self, ids: Iterable[SupportsIndex], **options: Unpack[CallOptions]) -> APIResponse[Ticket]: ...
    @overload
    def raw(
        self, ids: Iterable[SupportsIndex], *, select: Select, **options: Unpack[CallOptions]
    ) -> APIResponse[PartialTicket]: ...
    @overload
    def raw(self, ids: Iterable[SupportsIndex], *, into: type[V], **options: Unpack[CallOptions]) -> APIResponse[V]: ...
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    def raw(self, ids: Iterable[SupportsIndex], **options: Unpack[_ReadOptions]) -> APIResponse[Any]:
        """Ask for tickets in one request, and return the response as it came, whatever its status.

        Its `parse()` reads it as `get_many` would. Options are those of `get_many`. Raises `InvalidInputError` for what
        cannot be asked for, and `APIConnectionError` where no response came.

        >>> response = client.tickets.raw([439], select=["Title"])
        >>> response.status_code, response.headers["content-type"], response.parse()[0].ticket_id
        (200, 'application/json; charset=utf-8', 439)
        """
        plan = self._plan("raw", options)
        request = plan.request(ticket_ids(ids, "raw"))
        return plan.raw(request, self._send(request))

    def _send(self, prepared: PreparedRequest) -> Response:
        return self._sender.run(self._settings.attempts(prepared), prepared)


class AsyncTickets(_Tickets["AsyncSender"]):
    """Reads tickets without blocking. Reached as `client.tickets`.

    >>> async def title(client: AsyncSuperOffice) -> str | None:
    ...     return (await client.tickets.get(439)).title
    """

    @overload
    async def get(self, id: SupportsIndex, **options: Unpack[CallOptions]) -> Ticket: ...
    @overload
    async def get(self, id: SupportsIndex, *, select: Select, **options: Unpack[CallOptions]) -> PartialTicket: ...
    @overload
    async def get(self, id: SupportsIndex, *, into: type[V], **options: Unpack[CallOptions]) -> V: ...
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    async def get(self, id: SupportsIndex, **options: Unpack[_ReadOptions]) -> Any:  # noqa: A002 - the word that everybody knows
        """Read one ticket; arguments and errors as in `Tickets.get`."""
        plan = self._plan("get", options)
        request = plan.request([ticket_id(id)])
        return plan.read_one(request, await self._send(request))

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
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    async def get_many(self, ids: Iterable[SupportsIndex], **options: Unpack[_ReadOptions]) -> TicketBatch[Any]:
        """Read several tickets; arguments and errors as in `Tickets.get_many`."""
        plan = self._plan("get_many", options)
        numbers = ticket_ids(ids)
        with Received(plan) as received:
            for request in plan.requests(numbers):
                received.add(request, await self._send(request))
        return received.batch(numbers)

    @overload
    def stream(self, ids: Ids, **options: Unpack[StreamOptions]) -> AsyncTicketStream[Ticket]: ...
    @overload
    def stream(
        self, ids: Ids, *, select: Select, **options: Unpack[StreamOptions]
    ) -> AsyncTicketStream[PartialTicket]: ...
    @overload
    def stream(self, ids: Ids, *, into: type[V], **options: Unpack[StreamOptions]) -> AsyncTicketStream[V]: ...
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    def stream(
        self,
        ids: Ids,
        *,
        ordered: bool = True,
        max_concurrency: int | None = None,
        **options: Unpack[_ReadOptions],
    ) -> AsyncTicketStream[Any]:
        """Read any number of tickets while they are used; arguments and errors as in `Tickets.stream`."""
        from .stream import AsyncTicketStream

        plan = self._plan("stream", options)
        several = ids if isinstance(ids, AsyncIterable) else each_id(ids, "stream")
        return AsyncTicketStream(plan, self._sender, several, ordered=ordered, max_concurrency=max_concurrency)

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
        api_names: bool | None = None,
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
            self._plan("export", options, SendOptions, select),
            self._sender,
            path=path,
            format=format,
            compression=compression,
            csv_safe=csv_safe,
            api_names=api_names,
            restart=restart,
            skip_failed=skip_failed,
            progress=progress,
            max_concurrency=max_concurrency,
        )
        return await run_async(export, ids)

    @overload
    async def raw(self, ids: Iterable[SupportsIndex], **options: Unpack[CallOptions]) -> APIResponse[Ticket]: ...
    @overload
    async def raw(
        self, ids: Iterable[SupportsIndex], *, select: Select, **options: Unpack[CallOptions]
    ) -> APIResponse[PartialTicket]: ...
    @overload
    async def raw(
        self, ids: Iterable[SupportsIndex], *, into: type[V], **options: Unpack[CallOptions]
    ) -> APIResponse[V]: ...
    @shows_options(_ReadOptions, reader_for, ReadPlan)
    async def raw(self, ids: Iterable[SupportsIndex], **options: Unpack[_ReadOptions]) -> APIResponse[Any]:
        """Ask once, and return the response as it came; arguments and errors as in `Tickets.raw`."""
        plan = self._plan("raw", options)
        request = plan.request(ticket_ids(ids, "raw"))
        return plan.raw(request, await self._send(request))

    async def _send(self, prepared: PreparedRequest) -> Response:
        return await self._sender.run(self._settings.attempts(prepared), prepared)
