from __future__ import annotations
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from functools import lru_cache
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar
import msgspec
from msgspec.structs import force_setattr
from superoffice_api.dates import settle_ticket_dates
from superoffice_api.models import Ticket
from superoffice_runtime import Model
from .batch import HasTicketId
from .errors import InvalidInputError, ProjectionError
from .partial import partial_type
from .select import FIELDS, selected_paths
from .view import TicketView, view_paths
T = TypeVar('T', bound=HasTicketId)

class Reader(Generic[T]):
    __slots__ = ('decode', 'decode_one', 'kind', 'select', 'settle')

    def __init__(self, kind: type[T], select: tuple[str, ...] | None, decode: Callable[[bytes], list[T]], settle: Callable[[Sequence[T], tzinfo | None], bool]) -> None:
        self.kind = ...
        self.select = ...
        self.decode = ...
        self.decode_one: Callable[[bytes | msgspec.Raw], T] = ...
        self.settle = ...
        ...
WHOLE: Final = Reader(Ticket, None, msgspec.json.Decoder(list[Ticket]).decode, _settle_whole)

def reader_for(select: Iterable[Any] | None, into: Any) -> Reader[Any]:
    ...

def allows_none(kind: Any) -> bool:
    ...
