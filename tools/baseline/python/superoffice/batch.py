from __future__ import annotations
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from html import escape
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, Protocol, SupportsIndex, TypeVar, overload
import attrs
from superoffice_api.models import Ticket
from ._layout import Layout
from .errors import MissingTicketsError, TicketDecodeError, name_ids
if TYPE_CHECKING:
    from arro3.core import Table

class HasTicketId(Protocol):

    @property
    def ticket_id(self) -> int:
        ...

    def to_dict(self, *, wire: bool=False) -> dict[str, object]:
        ...
T = TypeVar('T', bound=HasTicketId)
TICKET_ID: Callable[[HasTicketId], int] = attrgetter('ticket_id')
T_co = TypeVar('T_co', bound=HasTicketId, covariant=True)

@attrs.frozen
class Problem:
    ticket_id: int | None
    member: str | None
    value: object
    reason: str
    position: int
    fatal: bool = False

    def __str__(self) -> str:
        ...

class TicketBatch(Sequence[T_co], Generic[T_co]):

    def __init__(self, requested: Sequence[int], tickets: Sequence[T_co], problems: Sequence[Problem]=(), *, call: tuple[str, str, int] | None=None, layout: Layout | None=None) -> None:
        self.requested = ...
        self.problems = ...
        self.unreadable = ...
        self.missing: tuple[int, ...] = ...
        self.unexpected: tuple[T_co, ...] = ...
        self.missing = ...
        self.unexpected = ...
        ...

    @cached_property
    def by_id(self) -> Mapping[int, T_co]:
        ...

    def aligned(self) -> list[T_co | None]:
        ...

    def raise_for_missing(self) -> None:
        ...

    def to_dicts(self, *, wire: bool=False) -> list[dict[str, object]]:
        ...

    def to_arrow(self, *, wire: bool=False) -> Table:
        ...

    @overload
    def __getitem__(self, index: SupportsIndex) -> T_co:
        ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]:
        ...

    def __getitem__(self, index: SupportsIndex | slice) -> T_co | Sequence[T_co]:
        ...

    def __len__(self) -> int:
        ...

    def __iter__(self) -> Iterator[T_co]:
        ...

    def __eq__(self, other: object) -> bool:
        ...

    def __getstate__(self) -> dict[str, object]:
        ...

    def __hash__(self) -> int:
        ...

    def __repr__(self) -> str:
        ...
