"""`client.tickets` of the async client: reading tickets without blocking."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar, overload

from superoffice_api.facts import TicketFieldName
from superoffice_api.models import Ticket
from superoffice_runtime import Response
from superoffice_runtime.fields import Field

from ._call import Call, call_for_many, call_for_one, raw_request, wanted_tickets
from ._core import Core, Headers
from ._send_async import AsyncSender
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
    from .stream import AsyncTicketStream

V = TypeVar("V", bound=Ticket | TicketView)


class AsyncTickets:
    """Reads tickets without blocking. Reached as `client.tickets`.

    >>> import asyncio
    >>> async def names() -> list[str | None]:
    ...     async with AsyncSuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client:
    ...         return [ticket.owned_by_name for ticket in await client.tickets.get_many([439, 829])]
    >>> len(asyncio.run(names()))
    2
    """

    def __init__(self, core: Core, sender: AsyncSender) -> None:
        self._core = core
        self._sender = sender

    @overload
    async def get(
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
    async def get(
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
    async def get(
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

    async def get(
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
        """Read one ticket; arguments and errors as in `Tickets.get`."""
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
        await self._run(call)
        return call.only()

    @overload
    async def get_many(
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
    async def get_many(
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
    async def get_many(
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

    async def get_many(
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
        """Read several tickets; arguments and errors as in `Tickets.get_many`."""
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
        await self._run(call)
        return call.batch()

    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex],
        *,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
        ordered: bool = True,
        max_concurrency: int | None = None,
    ) -> AsyncTicketStream[Ticket]: ...

    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex],
        *,
        select: Iterable[TicketFieldName | Field | RawField],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
        ordered: bool = True,
        max_concurrency: int | None = None,
    ) -> AsyncTicketStream[PartialTicket]: ...

    @overload
    def stream(
        self,
        ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex],
        *,
        into: type[V],
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: Retries | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
        ordered: bool = True,
        max_concurrency: int | None = None,
    ) -> AsyncTicketStream[V]: ...

    def stream(
        self,
        ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex],
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
    ) -> AsyncTicketStream[Any]:
        """Read any number of tickets while they are used; arguments and errors as in `Tickets.stream`."""
        from .stream import AsyncTicketStream

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
        return AsyncTicketStream(wanted, self._sender, ids, ordered=ordered, max_concurrency=max_concurrency)

    async def export(
        self,
        ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex] | ArrowArray | ArrowStream,
        path: str | os.PathLike[str],
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
        """Export tickets to a file; arguments and errors as in `Tickets.export`, but an open file is not taken.

        The disk is written to in threads. `progress` is called in the event loop, and is not awaited.
        """
        from ._export import Export, run_async

        export = Export(
            self._core,
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
            select=select,
            locale=locale,
            timeout=timeout,
            retries=retries,
            headers=headers,
        )
        return await run_async(export, ids)

    async def _run(self, call: Call[Any]) -> None:
        for part in call.parts():
            try:
                call.take(part, await self._sender.run(self._core.exchange(part), part))
            except CallError as error:
                raise call.failed(error) from error.__cause__

    @asynccontextmanager
    async def raw(self, ids: Iterable[SupportsIndex], **options: Any) -> AsyncGenerator[Response]:
        """Ask once, and give the answer as it came; arguments and errors as in `Tickets.raw`."""
        part = raw_request(self._core, ids, **options)
        yield await self._sender.run(self._core.exchange(part), part)
