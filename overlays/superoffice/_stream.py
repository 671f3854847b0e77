"""What the sync and the async stream share: nothing here waits or sends."""

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
from .errors import ConfigurationError, StreamClosedError

if TYPE_CHECKING:
    from arro3.core import RecordBatch

T = TypeVar("T", bound=HasTicketId)
_AHEAD = 2  # parts read for each call that may be under way: calls go on while an earlier one is waited for


class Part:
    """Some ids, the call that asks for them, and what came of it."""

    __slots__ = ("ids", "out", "result")
    result: Response | BaseException

    def __init__(self, ids: list[int], out: Outgoing) -> None:
        self.ids = ids
        self.out = out


class Stream(Generic[T]):
    """The settings and the account of a stream, and what it does with what came."""

    def __init__(self, wanted: Wanted[T], sender: Sender, *, ordered: bool, max_concurrency: int | None) -> None:
        self._wanted = wanted
        self._layout = wanted.layout
        self._concurrency = _checked(max_concurrency, sender.max_concurrency)
        self._line = Line[Part | Exception](self._concurrency * _AHEAD, ordered=ordered)
        self._account = Account()
        self._size = wanted.core.call_size
        self._state = "not entered"
        self._rest: Iterator[T] = iter(())  # of the batch whose tickets are handed out one by one

    @property
    def missing(self) -> Sequence[int]:
        """Ids that did not come back, in an `array` of 4 bytes each; it grows while the stream is read.

        An id that was given in several calls may stand here several times.
        """
        return self._account.missing

    @property
    def failed(self) -> Sequence[int]:
        """Ids of calls that failed for good, in an `array`; each such call has raised its error in its place."""
        return self._account.failed

    @property
    def problems(self) -> Sequence[Problem]:
        """Values that did not decode, the first 1,000 of them; `counts.problems` says how many there were."""
        return self._account.problems

    @property
    def counts(self) -> StreamCounts:
        """How far the stream has come; may be asked for at any time, from any thread."""
        return self._account.counts()

    def _enter(self, sender: Sender) -> None:
        if self._state != "not entered":
            raise StreamClosedError("a stream is read once; ask client.tickets.stream(...) for another one")
        sender.check_open()
        self._state = "open"

    def _check_open(self) -> None:
        if self._state != "open":
            raise StreamClosedError(f"the stream was {self._state}; read it inside its `with` block")

    def _begin(self, ids: list[int]) -> tuple[int, Part]:
        """Make the call for a part; what a repeated id yields is not documented, so each goes out once."""
        part = Part(ids, self._wanted.outgoing(list(dict.fromkeys(ids))))
        self._account.begins(part.out)
        return self._line.begin(), part

    def _end(self, error: Exception) -> None:
        """The ids end with an error, which has its place after all that was asked for."""
        self._line.came(self._line.begin(), error)

    def _batch(self, part: Part | Exception) -> TicketBatch[T]:
        """Read what came of a part, and account for it; raises where it failed."""
        if isinstance(part, Exception):
            raise part
        out = part.out
        self._account.ends(out)
        try:
            if isinstance(part.result, BaseException):
                raise _raisable(part.result)
            tickets, problems = self._wanted.read(out, part.result)
        except BaseException:
            self._account.fails(part.ids)
            raise
        call = out.method, out.path, out.attempts
        batch = TicketBatch(part.ids, tickets, problems, call=call, layout=self._layout)
        self._account.holds(batch)
        if (error := self._wanted.unreadable(batch)) is not None:
            raise error.of_call(out.method, out.path, out.attempts).of_answer(part.result)
        return batch

    def _to_record_batch(self, batch: TicketBatch[T], *, wire: bool) -> RecordBatch:
        """Make a call's tickets a record batch, and account for what does not fit."""
        record, odd = batch._to_record_batch(wire=wire)
        self._account.notes(odd)
        return record

    def __repr__(self) -> str:
        counts = self._account.counts()
        missing = f", {counts.missing} missing" if counts.missing else ""
        return f"<{type(self).__name__}, {self._state}, {counts.received} tickets so far{missing}>"


def _checked(given: int | None, most: int) -> int:
    """Check how many calls a stream may have under way."""
    if given is None:
        return most
    if checked_size(given, "max_concurrency") > most:
        raise ConfigurationError(f"max_concurrency={given} is more than the client's {most}; give it to the client")
    return given


def _raisable(error: BaseException) -> BaseException:
    """Keep an error from ending a loop as if nothing had happened."""
    if isinstance(error, StopIteration | StopAsyncIteration):
        wrapped = RuntimeError(f"a hook raised {type(error).__name__}")
        wrapped.__cause__ = error
        return wrapped
    return error
