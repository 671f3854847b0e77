from __future__ import annotations
import logging
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeAlias, TypeVar
import attrs
from superoffice_runtime import Response
from ._call import Wanted
from ._core import checked_size
from ._exchange import Outgoing
from ._http import Sender
from ._line import Account, Line, StreamCounts
from .batch import HasTicketId, Problem, TicketBatch
from .errors import CallError, ConfigurationError, InvalidResponseError, RequestRejectedError, ResponseTooLargeError, ServerError, StreamClosedError, TicketDecodeError
if TYPE_CHECKING:
    from arro3.core import RecordBatch
T = TypeVar('T', bound=HasTicketId)
Failing: TypeAlias = Literal['raise', 'divide', 'skip']
log = logging.getLogger('superoffice')

class Part:
    __slots__ = ('ids', 'out', 'result')
    result: Response | BaseException

    def __init__(self, ids: list[int], out: Outgoing) -> None:
        self.ids = ...
        self.out = ...
        ...

@attrs.frozen
class _LeftOut(Problem):

    def __str__(self) -> str:
        ...

class Stream(Generic[T]):

    def __init__(self, wanted: Wanted[T], sender: Sender, *, ordered: bool, max_concurrency: int | None, failing: Failing) -> None:
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
