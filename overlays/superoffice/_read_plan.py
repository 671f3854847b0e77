"""From what is asked of tickets to requests, and from responses to tickets: the engine of every call. No I/O."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from datetime import tzinfo
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from superoffice_api.api.ticket.get_tickets import build, get_tickets
from superoffice_api.models import GetTicketsRequest
from superoffice_runtime import Model, Operation, Request, Response, xml_items
from superoffice_runtime.media import essence

from ._decode import NotTicketsError, Reader, read_tickets
from ._error_responses import error_for_body, error_for_status, error_info, of_answer
from .arrow import TableSpec
from .batch import HasTicketId, TicketBatch, not_found
from .errors import (
    PERHAPS_DONE,
    APIError,
    InvalidInputError,
    TicketDecodeError,
    TicketNotFoundError,
    check_given,
    name_ids,
)
from .locale import Locale
from .problem import Problem
from .retries import RetryPolicy, Timeout
from .settings import ClientSettings, Headers, as_retries, asks_for_offset, assumed_zone
from .transport.attempts import PreparedRequest, cleaner_of, may_be_done

R = TypeVar("R")
T = TypeVar("T", bound=HasTicketId)
Steps: TypeAlias = Generator[PreparedRequest, Response, R]
"""Yields each request that is to be sent, is sent its response or thrown its error, and returns what it all is for."""
Read: TypeAlias = tuple[PreparedRequest, Response]
log = logging.getLogger("superoffice")
_SAID = {"error": "Error", "error_type": "ErrorType", "error_message": "ErrorMessage", "message": "Message"}


class ReadPlan(Generic[T]):
    """How tickets are asked for and read, whichever they are. One plan serves any number of requests."""

    def __init__(
        self,
        settings: ClientSettings,
        reader: Reader[T],
        *,
        locale: Locale | None = None,
        timeout: float | Timeout | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Headers | None = None,
        strict: bool = False,
    ) -> None:
        check_given(bool, "True or False", strict=strict)
        self.settings = settings
        self.reader = reader
        self.locale = settings.locale_for(locale)
        self.zone: tzinfo | None = assumed_zone(self.locale)
        self.layout = TableSpec(reader.kind, self.zone, not asks_for_offset(self.locale), strict)
        self._preferred = settings.preferred(get_tickets, self.locale)
        self._options: dict[str, Any] = {
            "timeout": None if timeout is None else Timeout.of(timeout),
            "retries": None if retries is None else as_retries(retries),
            "headers": settings.checked_headers(headers),
        }

    def request(self, ids: Sequence[int]) -> PreparedRequest:
        """Return the request for some tickets."""
        request = build(GetTicketsRequest(ticket_ids=list(ids)), select=self.reader.select)
        return self.settings.prepare(get_tickets, request, self._preferred, ids, **self._options)

    def ask(self, ids: Sequence[int]) -> Steps[tuple[list[T], list[Problem], Read]]:
        """Ask for some tickets in one request, each once."""
        request = self.request(ids)
        response = yield request
        if response.status != 200:  # the one success that the OpenAPI document has
            raise error_for_status(response, request)
        try:
            clean = request.cleaner(response)
            tickets, problems = read_tickets(
                get_tickets.json(response), self.reader, self.zone, clean, xml_items(response)
            )
        except (NotTicketsError, ValueError) as error:
            raise error_for_body(response, error, request) from None
        return tickets, problems, (request, response)

    def ask_all(self, ids: Sequence[int]) -> Steps[TicketBatch[T]]:
        """Ask for tickets in requests of the client's batch size, one after another."""
        asked, size = list(dict.fromkeys(ids)), self.settings.batch_size  # what a repeated id yields is not documented
        tickets: list[T] = []
        problems: list[Problem] = []
        sent: list[PreparedRequest] = []
        response: Response | None = None
        for start in range(0, len(asked), size):
            try:
                came, odd, (request, response) = yield from self.ask(asked[start : start + size])
            except APIError as error:
                if sent:
                    error.received = self._batch(asked[:start], tickets, problems, sent)
                raise
            tickets += came
            problems += odd
            sent.append(request)
        return self.batch(ids, tickets, problems, sent, response)

    def ask_one(self, id_: int) -> Steps[T]:
        """Ask for one ticket; raises `TicketNotFoundError`."""
        tickets, problems, (request, response) = yield from self.ask([id_])
        batch = self.batch([id_], tickets, problems, [request], response)
        if (ticket := batch.by_id.get(id_)) is None:
            raise of_answer(TicketNotFoundError(not_found([id_], batch.problems), ids=[id_]), response, request)
        return ticket

    def batch(
        self,
        ids: Sequence[int],
        tickets: Sequence[T],
        problems: Sequence[Problem],
        sent: Sequence[PreparedRequest],
        response: Response | None,
        *,
        quiet: bool = False,
    ) -> TicketBatch[T]:
        """Return the batch of what came; raises `TicketDecodeError` where its problems are more than it may have."""
        batch = self._batch(ids, tickets, problems, sent)
        if batch.unexpected and not quiet:  # what a server does then is not documented
            warn_of_unexpected(batch)
        if wrong := [problem for problem in batch.problems if self.layout.strict or problem.fatal]:
            error = TicketDecodeError.of(wrong, batch)
            if len(sent) == 1 and response is not None:  # several have no single response
                raise of_answer(error, response, sent[0])
            raise error.of_call(*_call_of(sent))
        return batch

    def _batch(
        self, ids: Sequence[int], tickets: Sequence[T], problems: Sequence[Problem], sent: Sequence[PreparedRequest]
    ) -> TicketBatch[T]:
        clean = cleaner_of(sent)
        call = _call_of(sent) if sent else None
        return TicketBatch(ids, tickets, problems, call=call, layout=self.layout, clean=clean)


def _call_of(sent: Sequence[PreparedRequest]) -> tuple[str, str, int]:
    """Return method, path and attempts of requests, for errors."""
    return sent[-1].method, sent[-1].path, max(request.attempts for request in sent)


def warn_of_unexpected(batch: TicketBatch[Any]) -> None:
    """Log that a server sent tickets which nobody asked for, or several that differ for one id."""
    asked = frozenset(batch.requested)
    unasked = [ticket.ticket_id for ticket in batch.unexpected if ticket.ticket_id not in asked]
    others = [ticket.ticket_id for ticket in batch.unexpected if ticket.ticket_id in asked]
    for ids, said in (
        (unasked, "that nobody asked for, which are left out"),
        (others, "that differ for the same ids, of which the last are taken"),
    ):
        if ids:
            log.warning("the server sent tickets %s: %s", said, name_ids(ids))


def prepare_any(settings: ClientSettings, operation: Operation[Any], request: Request) -> PreparedRequest:
    """Return the request of any operation; raises `InvalidInputError` for one that cannot be sent."""
    check_given(Operation, "one of superoffice_api.api", InvalidInputError, operation=operation)
    check_given(Request, "what the operation's build() returns", InvalidInputError, request=request)
    try:
        if isinstance(request.body, msgspec.Struct):  # a type checker may not have looked at its fields
            msgspec.convert(msgspec.to_builtins(request.body), type(request.body))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{operation.name} cannot be called with that: {error}") from error
    return settings.prepare(operation, request, settings.preferred(operation, settings.locale))


def read_any(operation: Operation[R], prepared: PreparedRequest, response: Response, accepts: Sequence[str]) -> R:
    """Read an operation's result; raises the error that a response without one stands for."""
    if not 200 <= response.status < 300:
        error = error_for_status(response, prepared)
        if response.status == 404:
            error.advice = "check the site's address, and whether there is what the call asked for"
        elif response.status >= 500 and not prepared.safe and may_be_done(response):
            error.advice = PERHAPS_DONE
        raise error
    try:
        value = operation.decode(response)
        _check(value, response, accepts)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise error_for_body(response, error, prepared, f"the result of {operation.name}") from None
    return value


def _check(value: object, response: Response, accepts: Sequence[str]) -> None:
    """Raise ValueError for an error or a page that decodes: an object of which nothing is required takes any."""
    if isinstance(value, bytes):
        given = essence(response.headers.get("content-type", ""))
        if given.endswith(("json", "xml", "html")) and given not in accepts:
            raise ValueError(f"it is {given}, not {' or '.join(accepts)}")
    elif isinstance(value, Model | dict):
        info = error_info(response)
        said = {_SAID[name] for name in _SAID if getattr(info, name, None)}
        if isinstance(value, dict):  # any name may stand in one, so a single one tells nothing
            errs = "Error" in said and len(said) > 1
        else:
            errs = bool(said - set(value.__struct_encode_fields__))
        if errs:
            raise msgspec.ValidationError("it is an error")
