"""A call for tickets, from what a user gave to requests, and from responses to a batch. No I/O."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, Generic, SupportsIndex, TypeVar

from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Response

from ._decode import NotTicketsError, Reader, read_tickets, reader_for
from ._error_responses import error_for_body, error_for_status, of_answer
from ._ids import ticket_id, ticket_ids
from .arrow import TableSpec
from .batch import HasTicketId, TicketBatch, not_found
from .errors import APIError, TicketDecodeError, TicketNotFoundError, name_ids
from .locale import Locale
from .problem import Problem
from .retries import RetryPolicy, Timeout
from .settings import ClientSettings, Headers, asks_for_offset, assumed_zone
from .transport.attempts import PreparedRequest

T = TypeVar("T", bound=HasTicketId)
E = TypeVar("E", bound=APIError)
log = logging.getLogger("superoffice")


class ReadPlan(Generic[T]):
    """How tickets are asked for and read, whichever they are: what a call and a stream are made of."""

    def __init__(
        self,
        core: ClientSettings,
        *,
        reader: Reader[T],
        locale: Locale | None,
        timeout: float | Timeout | None,
        retries: RetryPolicy | int | None,
        headers: Headers | None,
        strict: bool,
    ) -> None:
        self.core = core
        self.strict = strict
        self.reader = reader
        self._locale = core.locale_for(locale)
        self._options: dict[str, Any] = {"timeout": timeout, "retries": retries, "headers": headers}

    @property
    def zone(self) -> tzinfo | None:
        """The zone that an answer's date-times without offset stand in, where that is certain."""
        return assumed_zone(self._locale)

    @property
    def layout(self) -> TableSpec:
        """What a table of these tickets holds."""
        return TableSpec(self.reader.kind, self.zone, not asks_for_offset(self._locale), self.strict)

    def outgoing(self, ids: Sequence[int]) -> PreparedRequest:
        """Make the request for some tickets."""
        body = GetTicketsRequest(ticket_ids=list(ids))
        own = self.core.arguments(get_tickets, self._locale)
        request = get_tickets.build(body, select=self.reader.select, **own)
        slow, safe = get_tickets.slow_threshold, get_tickets.safe
        return self.core.outgoing(request, ids, slow=slow, safe=safe, **self._options)

    def read(self, part: PreparedRequest, response: Response) -> tuple[list[T], list[Problem]]:
        """Read the answer to a request; raises where it holds no tickets."""
        if response.status != 200:  # the one success that the document has
            raise error_for_status(response, part)
        try:
            return read_tickets(get_tickets.json(response), self.reader, self.zone, part.cleaner(response))
        except (NotTicketsError, ValueError) as error:
            raise error_for_body(response, error, part) from None

    def unreadable(self, batch: TicketBatch[T]) -> TicketDecodeError | None:
        """Give the error of a batch whose problems are more than it may have."""
        wrong = [problem for problem in batch.problems if self.strict or problem.fatal]
        return TicketDecodeError.of(wrong, batch) if wrong else None


class TicketCall(Generic[T]):
    """What is asked for, checked: everything that can be wrong with it is refused when it is made.

    A long list goes out in parts of the client's call size; `take` reads the answer to each.
    """

    def __init__(self, wanted: ReadPlan[T], ids: list[int]) -> None:
        self._wanted = wanted
        self._ids = ids
        self._tickets: list[T] = []
        self._problems: list[Problem] = []
        self._taken: list[int] = []
        self._answer: Response | None = None
        asked = list(dict.fromkeys(ids))  # what a repeated id yields is not documented, so each goes out once
        size = wanted.core.batch_size
        self._parts = [wanted.outgoing(asked[start : start + size]) for start in range(0, len(asked), size)]

    def parts(self) -> Iterator[PreparedRequest]:
        """Give the requests in which the ids are asked for."""
        return iter(self._parts)

    def take(self, part: PreparedRequest, response: Response) -> None:
        """Read the answer to a part; raises where it holds no tickets."""
        tickets, problems = self._wanted.read(part, response)
        self._answer = response
        self._tickets += tickets
        self._problems += problems
        self._taken += part.ids

    def failed(self, error: APIError) -> APIError:
        """Put what had already come on the error of a later part."""
        if self._taken:
            error.received = TicketBatch(self._taken, self._tickets, self._problems, layout=self._wanted.layout)
        return error

    def batch(self) -> TicketBatch[T]:
        """Put the parts together."""
        call, layout = self._which() if self._parts else None, self._wanted.layout
        batch = TicketBatch(self._ids, self._tickets, self._problems, call=call, layout=layout)
        warn_of_unexpected(batch)
        if (error := self._wanted.unreadable(batch)) is not None:
            raise self._told(error)
        return batch

    def only(self) -> T:
        """Give the one ticket that was asked for."""
        batch = self.batch()
        ticket = batch.by_id.get(self._ids[0])
        if ticket is None:
            raise self._told(TicketNotFoundError(not_found(self._ids, batch.problems), ids=self._ids))
        return ticket

    def _which(self) -> tuple[str, str, int]:
        last = self._parts[-1]
        return last.method, last.path, max(part.attempts for part in self._parts)

    def _told(self, error: E) -> E:
        """Add which call it was; a long list has no single answer."""
        if self._answer is not None and len(self._parts) == 1:
            return of_answer(error, self._answer, self._parts[0])
        return error.of_call(*self._which())


def warn_of_unexpected(batch: TicketBatch[Any]) -> None:
    """Log that a server sent tickets which nobody asked for, since what it does then is nowhere documented."""
    if batch.unexpected:
        named = name_ids(ticket.ticket_id for ticket in batch.unexpected)
        log.warning("the server sent what nobody asked for, which is left out: %s", named)


def read_plan(core: ClientSettings, *, select: Iterable[Any] | None, into: Any, **options: Any) -> ReadPlan[Any]:
    """Check what is asked of tickets."""
    return ReadPlan(core, reader=reader_for(select, into), **options)


def call_for_one(core: ClientSettings, id_: SupportsIndex, **options: Any) -> TicketCall[Any]:
    """Plan a call for one ticket."""
    return TicketCall(read_plan(core, **options), [ticket_id(id_)])


def call_for_many(core: ClientSettings, ids: Iterable[SupportsIndex], **options: Any) -> TicketCall[Any]:
    """Plan a call for several tickets."""
    return TicketCall(read_plan(core, **options), ticket_ids(ids))


def raw_request(
    core: ClientSettings,
    ids: Iterable[SupportsIndex],
    *,
    select: Iterable[Any] | None = None,
    locale: Locale | None = None,
    timeout: float | Timeout | None = None,
    retries: RetryPolicy | int | None = None,
    headers: Headers | None = None,
) -> PreparedRequest:
    """Make the one request of a raw call; an empty list is asked for too."""
    asked = ticket_ids(ids)
    request = get_tickets.build(
        GetTicketsRequest(ticket_ids=asked),
        select=reader_for(select, None).select,
        **core.arguments(get_tickets, core.locale_for(locale)),
    )
    slow, safe = get_tickets.slow_threshold, get_tickets.safe
    return core.outgoing(request, asked, timeout=timeout, retries=retries, headers=headers, slow=slow, safe=safe)
