"""`client.tickets`: reading tickets, sync and async over the same steps."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, SupportsIndex, TypeVar, overload

from superoffice_api.facts import TicketFieldName
from superoffice_api.models import Ticket
from superoffice_runtime import Response
from superoffice_runtime.fields import Field

from ._call import Call, call_for_many, call_for_one, raw_request, wanted_tickets
from ._core import Core, Headers
from ._send import SyncSender
from .batch import TicketBatch
from .errors import CallError
from .locale import Locale
from .partial import PartialTicket
from .retries import Retries, Timeout
from .select import RawField
from .view import TicketView

if TYPE_CHECKING:
    from ._id_column import ArrowArray, ArrowStream
    from .export import ExportProgress, ExportResult, FormatName
    from .stream import TicketStream

V = TypeVar("V", bound=Ticket | TicketView)


class Tickets:
    """Reads tickets. Reached as `client.tickets`."""

    def __init__(self, core: Core, sender: SyncSender) -> None:
        self._core = core
        self._sender = sender

    @overload
    def get(
        self,
        id: SupportsIndex,
        *,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> Ticket: ...

    @overload
    def get(
        self,
        id: SupportsIndex,
        *,
        select: Iterable[TicketFieldName | Field | RawField],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> PartialTicket: ...

    @overload
    def get(
        self,
        id: SupportsIndex,
        *,
        into: type[V],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> V: ...

    def get(
        self,
        id: SupportsIndex,  # noqa: A002 - the word that everybody knows
        *,
        select: Iterable[TicketFieldName | Field | RawField] | None = None,
        into: type[Any] | None = None,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> Any:
        """Read one ticket.

        Args:
            id: Its number, from 1 to 2147483647.
            select: Members to ask for, as names, fields of `TicketFields` or `RawField`; gives a `PartialTicket`.
            into: A `TicketView`, which asks for its own members alone, or a subclass of `Ticket`; gives that class.
            locale: Language and time zone of this call, over the client's.
            timeout: Seconds that the call may take, in place of the client's.
            retries: How often it goes out at most, in place of the client's.
            headers: Headers to add; None removes one.
            strict: Raise for any value that does not decode, in place of making its member None.

        Raises:
            InvalidIdError, UnknownFieldError, ProjectionError: What was given cannot be asked for; nothing was sent.
            TicketNotFoundError: It did not come back: unknown, deleted, or not readable.
            TicketDecodeError: A member that must have a value has none, or `strict` and a value does not decode.
            ResponseError, InvalidResponseError, TransportError: The call failed; their subclasses say how.

        Example:
            >>> client.tickets.get(1234).title
            'Cannot access customer portal - Login button not working'
        """
        call = call_for_one(
            self._core,
            id,
            select=select,
            into=into,
            locale=locale,
            timeout=timeout,
            retries=retries,
            headers=headers,
            strict=strict,
        )
        self._run(call)
        return call.only()

    @overload
    def get_many(
        self,
        ids: Iterable[SupportsIndex],
        *,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> TicketBatch[Ticket]: ...

    @overload
    def get_many(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Iterable[TicketFieldName | Field | RawField],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> TicketBatch[PartialTicket]: ...

    @overload
    def get_many(
        self,
        ids: Iterable[SupportsIndex],
        *,
        into: type[V],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> TicketBatch[V]: ...

    def get_many(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Iterable[TicketFieldName | Field | RawField] | None = None,
        into: type[Any] | None = None,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> TicketBatch[Any]:
        """Read several tickets, in calls of the client's call size; no ids, no call.

        Args:
            ids: Their numbers, in the order in which they shall come; repeated ones are asked for once.
            select: Members to ask for, as names, fields of `TicketFields` or `RawField`; gives `PartialTicket`s.
            into: A `TicketView`, which asks for its own members alone, or a subclass of `Ticket`; gives that class.
            locale: Language and time zone of this call, over the client's.
            timeout: Seconds that the call may take, in place of the client's.
            retries: How often it goes out at most, in place of the client's.
            headers: Headers to add; None removes one.
            strict: Raise for any value that does not decode, in place of noting it in the batch's `problems`.

        Raises:
            InvalidIdError, UnknownFieldError, ProjectionError: What was given cannot be asked for; nothing was sent.
            TicketDecodeError: A member that must have a value has none, or `strict` and a value does not decode.
            ResponseError, InvalidResponseError, TransportError: The call failed; their subclasses say how.

        Example:
            >>> batch = client.tickets.get_many([829, 439, 77777])
            >>> [ticket.ticket_id for ticket in batch], batch.missing
            ([829, 439], (77777,))
            >>> client.tickets.get_many([439], select=["PriorityName"], locale=Locale(language="en"))[0].priority_name
            'Medium'
        """
        call = call_for_many(
            self._core,
            ids,
            select=select,
            into=into,
            locale=locale,
            timeout=timeout,
            retries=retries,
            headers=headers,
            strict=strict,
        )
        self._run(call)
        return call.batch()

    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
        ordered: bool = True,
        max_concurrency: int | None = None,
    ) -> TicketStream[Ticket]: ...

    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Iterable[TicketFieldName | Field | RawField],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
        ordered: bool = True,
        max_concurrency: int | None = None,
    ) -> TicketStream[PartialTicket]: ...

    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        into: type[V],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
        ordered: bool = True,
        max_concurrency: int | None = None,
    ) -> TicketStream[V]: ...

    def stream(
        self,
        ids: Iterable[SupportsIndex],
        *,
        select: Iterable[TicketFieldName | Field | RawField] | None = None,
        into: type[Any] | None = None,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
        ordered: bool = True,
        max_concurrency: int | None = None,
    ) -> TicketStream[Any]:
        """Read any number of tickets while they are used: a context manager to iterate over, in bounded memory.

        A call asks for the client's call size of ids, and so many calls are under way at once as the client may have.
        How far ids are read ahead, and what is kept of what did not come, `TicketStream` says.

        Args:
            ids: Their numbers, from anything to iterate over, without end too. Each is asked for where it stands: one
                that is repeated within a call's ids goes out once and comes at each place, one that is repeated
                later goes out again.
            select: Members to ask for, as names, fields of `TicketFields` or `RawField`; gives `PartialTicket`s.
            into: A `TicketView`, which asks for its own members alone, or a subclass of `Ticket`; gives that class.
            locale: Language and time zone of these calls, over the client's.
            timeout: Seconds that each call may take, in place of the client's.
            retries: How often each goes out at most, in place of the client's.
            headers: Headers to add; None removes one.
            strict: Raise for any value that does not decode, in place of noting it in the stream's `problems`.
            ordered: Give tickets in the order of the ids. False gives each call's as soon as they come.
            max_concurrency: How many of its calls may be under way, where that shall be fewer than the client may have.

        Raises:
            UnknownFieldError, ProjectionError: What was given cannot be asked for; nothing was sent.
            ConfigurationError: `max_concurrency` is more than the client's.
            StreamClosedError: While it is read: that was not inside its `with` block.
            InvalidIdError: While it is read, after the tickets before it: an id is none; `position` is its place.
            TicketDecodeError: While it is read, in place of the tickets of a call: one has no value where it must have
                one, or `strict` and a value does not decode.
            ResponseError, InvalidResponseError, TransportError: While it is read, in place of the tickets of a call
                that failed.

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

        wanted = wanted_tickets(
            self._core,
            select=select,
            into=into,
            locale=locale,
            timeout=timeout,
            retries=retries,
            headers=headers,
            strict=strict,
        )
        return TicketStream(wanted, self._sender, ids, ordered=ordered, max_concurrency=max_concurrency)

    def export(
        self,
        ids: Iterable[SupportsIndex] | ArrowArray | ArrowStream,
        path: str | os.PathLike[str] | BinaryIO,
        *,
        format: FormatName | None = None,  # noqa: A002 - the word that everybody knows
        compression: str | None = None,
        csv_safe: bool = False,
        restart: bool = False,
        skip_failed: bool = False,
        progress: Callable[[ExportProgress], None] | None = None,
        select: Iterable[TicketFieldName | Field | RawField] | None = None,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        max_concurrency: int | None = None,
    ) -> ExportResult:
        """Export tickets to a file: Parquet, Arrow, CSV or JSON lines, any number of them, in bounded memory.

        Each id ends up once, with its ticket in the file or among those that did not come back, which
        `<path>.missing.txt` lists. A run that is stopped, however hard, goes on where it was when the same call is
        made again; the file has its name once it is whole.

        Args:
            ids: Their numbers, from anything to iterate over, or a column of a table by the Arrow C interface. One that
                is repeated is exported once. What can be iterated over again is checked and counted beforehand.
            path: The file; or an open binary one, which is written to as tickets come and cannot be resumed.
            format: `parquet`, `arrow`, `csv` or `jsonl`; else the path's ending says.
            compression: Of Parquet `zstd` (as a rule), `snappy`, `gzip`, `lz4`, `brotli` or `none`; of Arrow `zstd` (as
                a rule), `lz4` or `none`; of CSV and JSON lines `none`, or `gzip`, which an ending `.gz` stands for.
            csv_safe: Guard cells of CSV that a spreadsheet would run as formulas.
            restart: Throw away what an earlier run left, and begin anew; a finished file is replaced when the new one
                is whole. What began so and was stopped goes on, unless its ids come from an iterator.
            skip_failed: Leave out tickets for which calls fail for good, though others come, and say which: they are
                missing then, and `<path>.problems.txt` says why. Else the first one's error ends the run.
            progress: A function that is told after each call how far it has come; what it raises stops the export.
            select: Members to ask for; they are the columns.
            locale: Language and time zone of these calls, over the client's.
            timeout: Seconds that each call may take, in place of the client's.
            retries: How often each goes out at most, in place of the client's.
            headers: Headers to add; None removes one.
            max_concurrency: How many of its calls may be under way, where that shall be fewer than the client may have.

        Raises:
            UnknownFieldError, InvalidIdError: What was given cannot be asked for.
            ConfigurationError: File, format, compression or `max_concurrency` cannot be, or need the extra `export`.
            ExportRefusedError: Another run is at it, it was begun with something else, or a file is in its place.
            ExportError: A file cannot be written; what was written before is kept.
            ResponseError, InvalidResponseError, TransportError: A call failed; what came before is kept.

        Example:
            >>> result = client.tickets.export([829, 77777, 439], folder / "tickets.jsonl")
            >>> result.tickets, list(result.missing)
            (2, [77777])
        """
        from ._export import Export, run, run_into

        export = Export(
            self._core,
            self._sender,
            path=path,
            format=format,
            compression=compression,
            csv_safe=csv_safe,
            restart=restart,
            skip_failed=skip_failed,
            progress=progress,
            max_concurrency=max_concurrency,
            select=select,
            locale=locale,
            timeout=timeout,
            retries=retries,
            headers=headers,
        )
        if isinstance(path, str | os.PathLike):
            return run(export, ids)
        return run_into(export, ids, path)

    def _run(self, call: Call[Any]) -> None:
        for part in call.parts():
            try:
                call.take(part, self._sender.run(self._core.exchange(part), part))
            except CallError as error:
                raise call.failed(error) from error.__cause__

    @contextmanager
    def raw(self, ids: Iterable[SupportsIndex], **options: Any) -> Generator[Response]:
        """Ask for tickets in one call, and give the answer as it came, whatever its status.

        Takes `select`, `locale`, `timeout`, `retries` and `headers`. Raises `InvalidInputError` for what cannot be
        asked, `TransportError` where no answer came.

        >>> with client.tickets.raw([439], select=["Title"]) as response:
        ...     response.status, response.headers["content-type"]
        (200, 'application/json; charset=utf-8')
        """
        part = raw_request(self._core, ids, **options)
        yield self._sender.run(self._core.exchange(part), part)
