"""What the sync and the async stream share: nothing here waits or sends."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeAlias, TypeVar

import attrs

from superoffice_runtime import Response

from ._answers import of_answer
from ._call import Wanted, warn_of_unexpected
from ._core import checked_size
from ._exchange import Outgoing
from ._http import Sender
from ._line import Account, Line, StreamCounts
from .batch import HasTicketId, Problem, TicketBatch, cleaner_for
from .errors import (
    CallError,
    ConfigurationError,
    InvalidResponseError,
    RequestRejectedError,
    ResponseTooLargeError,
    ServerError,
    StreamClosedError,
    TicketDecodeError,
    check_given,
)

if TYPE_CHECKING:
    from arro3.core import RecordBatch

T = TypeVar("T", bound=HasTicketId)
Failing: TypeAlias = Literal["raise", "divide", "skip"]
"""What a call that fails for good does: raises its error; is divided down to a ticket that fails alone, which raises
it; or leaves such tickets out."""
log = logging.getLogger("superoffice")
_AHEAD = 2  # parts read for each call that may be under way: calls go on while an earlier one is waited for
_DIVISIBLE: Final = (ServerError, RequestRejectedError, InvalidResponseError, ResponseTooLargeError)  # by some tickets


class Part:
    """Some ids, the call that asks for them, and what came of it."""

    __slots__ = ("ids", "out", "result")
    result: Response | BaseException

    def __init__(self, ids: list[int], out: Outgoing) -> None:
        self.ids = ids
        self.out = out


@attrs.frozen
class _LeftOut(Problem):
    """A ticket that was left out, since a call for it alone failed too."""

    def __str__(self) -> str:
        return f"ticket {self.ticket_id} was left out: {self.reason}"


class Stream(Generic[T]):
    """The settings and the account of a stream, and what it does with what came."""

    def __init__(
        self, wanted: Wanted[T], sender: Sender, *, ordered: bool, max_concurrency: int | None, failing: Failing
    ) -> None:
        check_given(bool, "True or False", ordered=ordered)
        self._wanted = wanted
        self._failing = failing
        self._good: int | None = None  # a ticket that came
        self._layout = wanted.layout
        self._concurrency = checked_concurrency(max_concurrency, sender.max_concurrency)
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

    def _leave(self) -> None:
        """Hand out nothing more."""
        self._state = "left"
        self._rest = iter(())

    def _begin(self, ids: list[int]) -> tuple[int, Part]:
        """Make the call for a part, which gets a place in the line."""
        part = self._part(ids)
        return self._line.begin(), part

    def _part(self, ids: list[int]) -> Part:
        """Make the call for some ids; what a repeated one yields is not documented, so each goes out once."""
        part = Part(ids, self._wanted.outgoing(list(dict.fromkeys(ids))))
        self._account.begins(part.out)
        return part

    def _end(self, error: Exception) -> None:
        """The ids end with an error, which has its place after all that was asked for."""
        self._line.came(self._line.begin(), error)

    def _outcome(self, part: Part | Exception) -> Generator[Part, None, TicketBatch[T]]:
        """Read what came of a part, and account for it; raises where it failed. Yields parts to be asked for."""
        if isinstance(part, Exception):
            raise part
        try:
            try:
                tickets, problems = self._answer(part)
            except _DIVISIBLE as error:
                if self._failing == "raise":
                    raise
                tickets, problems = yield from self._divided(part.ids, error)
        except BaseException:
            self._account.fails(part.ids)
            raise
        out = part.out
        batch = TicketBatch(
            part.ids,
            tickets,
            problems,
            call=(out.method, out.path, out.attempts),
            layout=self._layout,
            clean=out.cleaner(),
        )
        if not self._account.unexpected:  # of more of them, the counts tell
            warn_of_unexpected(batch)
        self._account.holds(batch)
        if (wrong := self._wanted.unreadable(batch)) is not None:
            wrong.of_call(out.method, out.path, out.attempts)
            raise (
                of_answer(wrong, part.result, out) if isinstance(part.result, Response) else wrong
            )  # exports take its batch
        if self._good is None and batch:
            self._good = batch[0].ticket_id
        return batch

    def _answer(self, part: Part) -> tuple[list[T], list[Problem]]:
        """Read what came of a call; raises where it failed."""
        self._account.ends(part.out)
        if isinstance(part.result, BaseException):
            raise _raisable(part.result)
        return self._wanted.read(part.out, part.result)

    def _divided(self, ids: list[int], error: CallError) -> Generator[Part, None, tuple[list[T], list[Problem]]]:
        """Ask in halves for the tickets of a call that failed, down to those that fail alone.

        These are left out where that is wanted and another ticket still comes: else it is the server that fails.
        """
        tickets: list[T] = []
        problems: list[Problem] = []
        failed: dict[int, CallError] = {}
        waiting = [ids]
        while waiting:
            some = waiting.pop()
            if some is not ids:
                yield (half := self._part(some))
                try:
                    came, odd = self._answer(half)
                except _DIVISIBLE as wrong:
                    error = wrong
                else:
                    tickets += came
                    problems += odd
                    continue
            if len(some) > 1:
                waiting += some[len(some) // 2 :], some[: len(some) // 2]
            elif self._failing == "skip":
                failed[some[0]] = error
            else:
                error.advice += "; or leave it out with skip_failed=True (--skip-failed)"
                raise error
        known = tickets[0].ticket_id if tickets else self._good
        if failed and known is not None:
            yield (again := self._part([known]))
            self._answer(again)
        elif len(failed) > 1:
            raise error
        for id_, why in failed.items():
            problems.append(_LeftOut(id_, None, None, str(why.args[0]), 0))
            log.warning("%s", problems[-1])
        return tickets, problems

    def _to_record_batch(self, batch: TicketBatch[T], *, wire: bool) -> RecordBatch:
        """Make a call's tickets a record batch, and account for what does not fit."""
        record, odd = self._layout.record_batch(batch, wire=wire, clean=cleaner_for([batch]))
        self._account.notes(odd)
        if odd and self._layout.strict:
            raise TicketDecodeError.of(odd, batch)
        return record

    def __repr__(self) -> str:
        counts = self._account.counts()
        missing = f", {counts.missing} missing" if counts.missing else ""
        return f"<{type(self).__name__}, {self._state}, {counts.received} tickets so far{missing}>"


def checked_concurrency(given: int | None, most: int) -> int:
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
