"""A call for tickets, from what a user gave to requests, and from responses to a batch. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, SupportsIndex, TypeVar

from superoffice_api.api.ticket.get_tickets import get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Response

from ._answers import refused, unreadable
from ._core import Core, Headers, assumed_zone
from ._decode import NotTicketsError, read_tickets
from ._exchange import Outgoing
from ._plan import ticket_id, ticket_ids
from ._reader import Reader, reader_for
from .batch import HasTicketId, Problem, TicketBatch
from .errors import CallError, TicketDecodeError, TicketNotFoundError, name_ids
from .locale import Locale
from .retries import Retries, Timeout

T = TypeVar("T", bound=HasTicketId)
E = TypeVar("E", bound=CallError)


class Call(Generic[T]):
    """What is asked for, checked: everything that can be wrong with it is refused when it is made.

    A long list goes out in parts of the client's call size; `take` reads the answer to each.
    """

    def __init__(
        self,
        core: Core,
        ids: list[int],
        *,
        reader: Reader[T],
        locale: Locale | None,
        timeout: float | Timeout | None,
        retries: Retries | int | None,
        headers: Headers | None,
        strict: bool,
    ) -> None:
        self._core = core
        self._ids = ids
        self._reader = reader
        self._locale = core.locale_for(locale)
        self._strict = strict
        self._tickets: list[T] = []
        self._problems: list[Problem] = []
        self._taken: list[int] = []
        self._answer: Response | None = None
        asked = list(dict.fromkeys(ids))  # what a repeated id yields is not documented, so each goes out once
        size = core.call_size
        self._parts = [
            self._outgoing(asked[start : start + size], timeout=timeout, retries=retries, headers=headers)
            for start in range(0, len(asked), size)
        ]

    def _outgoing(self, ids: Sequence[int], **options: Any) -> Outgoing:
        body = GetTicketsRequest(ticket_ids=list(ids))
        own = self._core.arguments(get_tickets, self._locale)
        request = get_tickets.build(body, select=self._reader.select, **own)
        return self._core.outgoing(request, ids, slow=get_tickets.slow_threshold, safe=get_tickets.safe, **options)

    def parts(self) -> Iterator[Outgoing]:
        """Give the requests in which the ids are asked for."""
        return iter(self._parts)

    def take(self, part: Outgoing, response: Response) -> None:
        """Read the answer to a part; raises where it holds no tickets."""
        if response.status != 200:
            raise refused(response, part.ids).of_call(part.method, part.path, part.attempts)
        try:
            content = get_tickets.json(response)
            tickets, problems = read_tickets(content, self._reader, assumed_zone(self._locale))
        except (NotTicketsError, ValueError) as error:
            raise unreadable(response, error, part.ids).of_call(part.method, part.path, part.attempts) from None
        self._answer = response
        self._tickets += tickets
        self._problems += problems
        self._taken += part.ids

    def failed(self, error: CallError) -> CallError:
        """Put what had already come on the error of a later part."""
        if self._taken:
            error.received = TicketBatch(self._taken, self._tickets, self._problems)
        return error

    def batch(self) -> TicketBatch[T]:
        """Put the parts together."""
        batch = TicketBatch(self._ids, self._tickets, self._problems)
        wrong = [problem for problem in self._problems if self._strict or problem.fatal]
        if wrong:
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            ids = dict.fromkeys(p.ticket_id for p in wrong if p.ticket_id is not None)
            raise self._told(TicketDecodeError(f"{wrong[0]}{more}", ids=ids, problems=wrong, batch=batch))
        return batch

    def only(self) -> T:
        """Give the one ticket that was asked for."""
        ticket = self.batch().by_id.get(self._ids[0])
        if ticket is None:
            said = f"{name_ids(self._ids)} did not come back: unknown, deleted, or not readable for this user"
            raise self._told(TicketNotFoundError(said, ids=self._ids))
        return ticket

    def _told(self, error: E) -> E:
        """Add which call it was; a long list has no single answer."""
        last = self._parts[-1]
        error.of_call(last.method, last.path, max(part.attempts for part in self._parts))
        return error.of_answer(self._answer) if self._answer is not None and len(self._parts) == 1 else error


def call_for_one(
    core: Core, id_: SupportsIndex, *, select: Iterable[Any] | None, into: Any, **options: Any
) -> Call[Any]:
    """Plan a call for one ticket."""
    return Call(core, [ticket_id(id_)], reader=reader_for(select, into), **options)


def call_for_many(
    core: Core, ids: Iterable[SupportsIndex], *, select: Iterable[Any] | None, into: Any, **options: Any
) -> Call[Any]:
    """Plan a call for several tickets."""
    return Call(core, ticket_ids(ids), reader=reader_for(select, into), **options)


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
