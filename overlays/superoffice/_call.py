"""A call for tickets, from what a user gave to requests, and from responses to a batch. No I/O."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, Generic, SupportsIndex, TypeVar

from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Response, xml_items

from ._answers import of_answer, refused, unreadable
from ._core import Core, Headers, as_retries, asks_for_offset, assumed_zone
from ._decode import NotTicketsError, read_tickets
from ._exchange import Outgoing, cleaner_of
from ._layout import Layout
from ._plan import ticket_id, ticket_ids
from ._reader import Reader, reader_for
from .batch import HasTicketId, Problem, TicketBatch, not_found
from .errors import CallError, TicketDecodeError, TicketNotFoundError, check_given, name_ids
from .locale import Locale
from .retries import Retries, Timeout

T = TypeVar("T", bound=HasTicketId)
E = TypeVar("E", bound=CallError)
log = logging.getLogger("superoffice")


class Wanted(Generic[T]):
    """How tickets are asked for and read, whichever they are: what a call and a stream are made of."""

    def __init__(
        self,
        core: Core,
        *,
        reader: Reader[T],
        locale: Locale | None,
        timeout: float | Timeout | None,
        retries: Retries | int | None,
        headers: Headers | None,
        strict: bool,
    ) -> None:
        check_given(bool, "True or False", strict=strict)
        core.check_own(headers)
        self.core = core
        self.strict = strict
        self.reader = reader
        self._locale = core.locale_for(locale)
        self._options: dict[str, Any] = {
            "timeout": None if timeout is None else Timeout.of(timeout),
            "retries": None if retries is None else as_retries(retries),
            "headers": headers,
        }

    @property
    def zone(self) -> tzinfo | None:
        """The zone that an answer's date-times without offset stand in, where that is certain."""
        return assumed_zone(self._locale)

    @property
    def layout(self) -> Layout:
        """What a table of these tickets holds."""
        return Layout(self.reader.kind, self.zone, not asks_for_offset(self._locale), self.strict)

    def outgoing(self, ids: Sequence[int]) -> Outgoing:
        """Make the request for some tickets."""
        body = GetTicketsRequest(ticket_ids=list(ids))
        own = self.core.arguments(get_tickets, self._locale)
        request = get_tickets.build(body, select=self.reader.select, **own)
        slow, safe = get_tickets.slow_threshold, get_tickets.safe
        return self.core.outgoing(request, ids, slow=slow, safe=safe, **self._options)

    def read(self, part: Outgoing, response: Response) -> tuple[list[T], list[Problem]]:
        """Read the answer to a request; raises where it holds no tickets."""
        if response.status != 200:  # the one success that the document has
            raise refused(response, part)
        try:
            return read_tickets(
                get_tickets.json(response), self.reader, self.zone, part.cleaner(response), xml_items(response)
            )
        except (NotTicketsError, ValueError) as error:
            raise unreadable(response, error, part) from None

    def unreadable(self, batch: TicketBatch[T]) -> TicketDecodeError | None:
        """Give the error of a batch whose problems are more than it may have."""
        wrong = [problem for problem in batch.problems if self.strict or problem.fatal]
        return TicketDecodeError.of(wrong, batch) if wrong else None


class Call(Generic[T]):
    """What is asked for, checked: everything that can be wrong with it is refused when it is made.

    A long list goes out in parts of the client's call size; `take` reads the answer to each.
    """

    def __init__(self, wanted: Wanted[T], ids: list[int]) -> None:
        self._wanted = wanted
        self._ids = ids
        self._tickets: list[T] = []
        self._problems: list[Problem] = []
        self._taken: list[int] = []
        self._answer: Response | None = None
        asked = list(dict.fromkeys(ids))  # what a repeated id yields is not documented, so each goes out once
        size = wanted.core.call_size
        self._parts = [wanted.outgoing(asked[start : start + size]) for start in range(0, len(asked), size)]

    def parts(self) -> Iterator[Outgoing]:
        """Give the requests in which the ids are asked for."""
        return iter(self._parts)

    def take(self, part: Outgoing, response: Response) -> None:
        """Read the answer to a part; raises where it holds no tickets."""
        tickets, problems = self._wanted.read(part, response)
        self._answer = response
        self._tickets += tickets
        self._problems += problems
        self._taken += part.ids

    def failed(self, error: CallError) -> CallError:
        """Put what had already come on the error of a later part."""
        if self._taken:
            layout, clean = self._wanted.layout, cleaner_of(self._parts)
            error.received = TicketBatch(self._taken, self._tickets, self._problems, layout=layout, clean=clean)
        return error

    def batch(self) -> TicketBatch[T]:
        """Put the parts together."""
        call, layout = self._which() if self._parts else None, self._wanted.layout
        clean = cleaner_of(self._parts)
        batch = TicketBatch(self._ids, self._tickets, self._problems, call=call, layout=layout, clean=clean)
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
    asked = frozenset(batch.requested) if batch.unexpected else frozenset[int]()
    unasked = [ticket.ticket_id for ticket in batch.unexpected if ticket.ticket_id not in asked]
    others = [ticket.ticket_id for ticket in batch.unexpected if ticket.ticket_id in asked]
    if unasked:
        log.warning("the server sent what nobody asked for, which is left out: %s", name_ids(unasked))
    if others:
        said = "the server sent tickets that differ from others with the same ids, of which the last are taken: %s"
        log.warning(said, name_ids(others))


def wanted_tickets(core: Core, *, select: Iterable[Any] | None, into: Any, **options: Any) -> Wanted[Any]:
    """Check what is asked of tickets."""
    return Wanted(core, reader=reader_for(select, into), **options)


def call_for_one(core: Core, id_: SupportsIndex, **options: Any) -> Call[Any]:
    """Plan a call for one ticket."""
    return Call(wanted_tickets(core, **options), [ticket_id(id_)])


def call_for_many(core: Core, ids: Iterable[SupportsIndex], **options: Any) -> Call[Any]:
    """Plan a call for several tickets."""
    return Call(wanted_tickets(core, **options), ticket_ids(ids))


def raw_request(
    core: Core,
    ids: Iterable[SupportsIndex],
    *,
    select: Iterable[Any] | None = None,
    locale: Locale | None = None,
    timeout: float | Timeout | None = None,
    retries: Retries | int | None = None,
    headers: Headers | None = None,
) -> Outgoing:
    """Make the one request of a raw call; an empty list is asked for too."""
    asked = ticket_ids(ids)
    request = get_tickets.build(
        GetTicketsRequest(ticket_ids=asked),
        select=reader_for(select, None).select,
        **core.arguments(get_tickets, core.locale_for(locale)),
    )
    slow, safe = get_tickets.slow_threshold, get_tickets.safe
    return core.outgoing(request, asked, timeout=timeout, retries=retries, headers=headers, slow=slow, safe=safe)
