from __future__ import annotations
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, Generic, SupportsIndex, TypeVar
from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Response
from ._answers import refused, unreadable
from ._core import Core, Headers, asks_for_offset, assumed_zone
from ._decode import NotTicketsError, read_tickets
from ._exchange import Outgoing
from ._layout import Layout
from ._plan import ticket_id, ticket_ids
from ._reader import Reader, reader_for
from .batch import HasTicketId, Problem, TicketBatch
from .errors import CallError, TicketDecodeError, TicketNotFoundError, name_ids
from .locale import Locale
from .retries import Retries, Timeout
T = TypeVar('T', bound=HasTicketId)
E = TypeVar('E', bound=CallError)

class Wanted(Generic[T]):

    def __init__(self, core: Core, *, reader: Reader[T], locale: Locale | None, timeout: float | Timeout | None, retries: Retries | int | None, headers: Headers | None, strict: bool) -> None:
        self.core = ...
        self.strict = ...
        self.reader = ...
        ...

    @property
    def zone(self) -> tzinfo | None:
        ...

    @property
    def layout(self) -> Layout:
        ...

    def outgoing(self, ids: Sequence[int]) -> Outgoing:
        ...

    def read(self, part: Outgoing, response: Response) -> tuple[list[T], list[Problem]]:
        ...

    def unreadable(self, batch: TicketBatch[T]) -> TicketDecodeError | None:
        ...

class Call(Generic[T]):

    def __init__(self, wanted: Wanted[T], ids: list[int]) -> None:
        ...

    def parts(self) -> Iterator[Outgoing]:
        ...

    def take(self, part: Outgoing, response: Response) -> None:
        ...

    def failed(self, error: CallError) -> CallError:
        ...

    def batch(self) -> TicketBatch[T]:
        ...

    def only(self) -> T:
        ...

def wanted_tickets(core: Core, *, select: Iterable[Any] | None, into: Any, **options: Any) -> Wanted[Any]:
    ...

def call_for_one(core: Core, id_: SupportsIndex, **options: Any) -> Call[Any]:
    ...

def call_for_many(core: Core, ids: Iterable[SupportsIndex], **options: Any) -> Call[Any]:
    ...

def raw_request(core: Core, ids: Iterable[SupportsIndex], *, select: Iterable[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None) -> Outgoing:
    ...
