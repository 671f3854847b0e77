from __future__ import annotations
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar
from superoffice_runtime import Response
from ._call import Wanted
from ._core import checked_size
from ._exchange import Outgoing
from ._http import Sender
from ._line import Account, Line, StreamCounts
from .batch import HasTicketId, Problem, TicketBatch
from .errors import ConfigurationError, StreamClosedError, TicketDecodeError
if TYPE_CHECKING:
    from arro3.core import RecordBatch
T = TypeVar('T', bound=HasTicketId)

class Part:
    __slots__ = ('ids', 'out', 'result')
    result: Response | BaseException

    def __init__(self, ids: list[int], out: Outgoing) -> None:
        self.ids = ...
        self.out = ...
        ...

class Stream(Generic[T]):

    def __init__(self, wanted: Wanted[T], sender: Sender, *, ordered: bool, max_concurrency: int | None) -> None:
        ...

    @property
    def missing(self) -> Sequence[int]:
        ...

    @property
    def failed(self) -> Sequence[int]:
        ...

    @property
    def problems(self) -> Sequence[Problem]:
        ...

    @property
    def counts(self) -> StreamCounts:
        ...

    def __repr__(self) -> str:
        ...
