from __future__ import annotations
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, SupportsIndex, TypeVar
from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Response
from ._answers import not_tickets, refused
from ._core import Core, Headers, assumed_zone
from ._decode import NotTicketsError, read_tickets
from ._exchange import Outgoing
from ._plan import ticket_id, ticket_ids
from ._reader import Reader, reader_for
from .batch import HasTicketId, Problem, TicketBatch
from .errors import CallError, TicketDecodeError, TicketNotFoundError, name_ids
from .locale import Locale
from .retries import Retries, Timeout
T = TypeVar('T', bound=HasTicketId)
E = TypeVar('E', bound=CallError)

class Call(Generic[T]):

    def __init__(self, core: Core, ids: list[int], *, reader: Reader[T], locale: Locale | None, timeout: float | Timeout | None, retries: Retries | int | None, headers: Headers | None, strict: bool) -> None:
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

def call_for_one(core: Core, id_: SupportsIndex, *, select: Iterable[Any] | None, into: Any, **options: Any) -> Call[Any]:
    ...

def call_for_many(core: Core, ids: Iterable[SupportsIndex], *, select: Iterable[Any] | None, into: Any, **options: Any) -> Call[Any]:
    ...

def raw_request(core: Core, ids: Iterable[SupportsIndex], *, select: Iterable[Any] | None=None, locale: Locale | None=None, timeout: float | Timeout | None=None, retries: Retries | int | None=None, headers: Headers | None=None) -> Outgoing:
    ...
