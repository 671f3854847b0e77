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
V = TypeVar('V', bound=Ticket | TicketView)

class AsyncTickets:

    def __init__(self, core: Core, sender: AsyncSender) -> None:
        ...

    @overload
    async def get(self, id: SupportsIndex, *, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> Ticket:
        ...

    @overload
    async def get(self, id: SupportsIndex, *, select: Iterable[TicketFieldName | Field | RawField], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> PartialTicket:
        ...

    @overload
    async def get(self, id: SupportsIndex, *, into: type[V], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> V:
        ...

    async def get(self, id: SupportsIndex, *, select: Iterable[TicketFieldName | Field | RawField] | None=None, into: type[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> Any:
        ...

    @overload
    async def get_many(self, ids: Iterable[SupportsIndex], *, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[Ticket]:
        ...

    @overload
    async def get_many(self, ids: Iterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[PartialTicket]:
        ...

    @overload
    async def get_many(self, ids: Iterable[SupportsIndex], *, into: type[V], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[V]:
        ...

    async def get_many(self, ids: Iterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField] | None=None, into: type[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[Any]:
        ...

    @overload
    def stream(self, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex], *, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> AsyncTicketStream[Ticket]:
        ...

    @overload
    def stream(self, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> AsyncTicketStream[PartialTicket]:
        ...

    @overload
    def stream(self, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex], *, into: type[V], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> AsyncTicketStream[V]:
        ...

    def stream(self, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField] | None=None, into: type[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> AsyncTicketStream[Any]:
        ...

    async def export(self, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex] | ArrowArray | ArrowStream, path: str | os.PathLike[str], *, format: FormatName | None=None, compression: str | None=None, csv_safe: bool=False, restart: bool=False, skip_failed: bool=False, progress: Callable[[ExportProgress], None] | None=None, select: Iterable[TicketFieldName | Field | RawField] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, max_concurrency: int | None=None) -> ExportResult:
        ...

    @asynccontextmanager
    async def raw(self, ids: Iterable[SupportsIndex], **options: Any) -> AsyncGenerator[Response]:
        ...
