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
V = TypeVar('V', bound=Ticket | TicketView)

class Tickets:

    def __init__(self, core: Core, sender: SyncSender) -> None:
        ...

    @overload
    def get(self, id: SupportsIndex, *, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> Ticket:
        ...

    @overload
    def get(self, id: SupportsIndex, *, select: Iterable[TicketFieldName | Field | RawField], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> PartialTicket:
        ...

    @overload
    def get(self, id: SupportsIndex, *, into: type[V], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> V:
        ...

    def get(self, id: SupportsIndex, *, select: Iterable[TicketFieldName | Field | RawField] | None=None, into: type[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> Any:
        ...

    @overload
    def get_many(self, ids: Iterable[SupportsIndex], *, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[Ticket]:
        ...

    @overload
    def get_many(self, ids: Iterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[PartialTicket]:
        ...

    @overload
    def get_many(self, ids: Iterable[SupportsIndex], *, into: type[V], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[V]:
        ...

    def get_many(self, ids: Iterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField] | None=None, into: type[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False) -> TicketBatch[Any]:
        ...

    @overload
    def stream(self, ids: Iterable[SupportsIndex], *, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> TicketStream[Ticket]:
        ...

    @overload
    def stream(self, ids: Iterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> TicketStream[PartialTicket]:
        ...

    @overload
    def stream(self, ids: Iterable[SupportsIndex], *, into: type[V], locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> TicketStream[V]:
        ...

    def stream(self, ids: Iterable[SupportsIndex], *, select: Iterable[TicketFieldName | Field | RawField] | None=None, into: type[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, strict: bool=False, ordered: bool=True, max_concurrency: int | None=None) -> TicketStream[Any]:
        ...

    def export(self, ids: Iterable[SupportsIndex] | ArrowArray | ArrowStream, path: str | os.PathLike[str] | BinaryIO, *, format: FormatName | None=None, compression: str | None=None, csv_safe: bool=False, restart: bool=False, skip_failed: bool=False, progress: Callable[[ExportProgress], None] | None=None, select: Iterable[TicketFieldName | Field | RawField] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None, max_concurrency: int | None=None) -> ExportResult:
        ...

    @contextmanager
    def raw(self, ids: Iterable[SupportsIndex], **options: Any) -> Generator[Response]:
        ...
