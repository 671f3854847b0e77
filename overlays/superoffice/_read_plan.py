"""From ids to requests, and from responses to tickets: what every call does but sending. No I/O."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from math import inf
from typing import Any, Generic, Self, TypeVar

import msgspec

from superoffice_api.api.ticket.get_tickets import build, get_tickets
from superoffice_api.models import ErrorInfo, GetTicketsRequest
from superoffice_runtime import Model, Operation, Request, Response, json_content, xml_items
from superoffice_runtime.media import essence

from ._decode import Bounds, Reader, read_tickets
from ._error_responses import error_for_body, error_for_status, of_answer
from .arrow import TableSpec
from .batch import APIResponse, HasTicketId, TicketBatch, not_found
from .errors import (
    PERHAPS_DONE,
    APIError,
    APITimeoutError,
    InvalidInputError,
    TicketDecodeError,
    TicketNotFoundError,
    check_given,
    name_ids,
)
from .locale import Locale
from .problem import Problem
from .retries import RetryPolicy, Timeout
from .settings import ClientSettings, Headers, as_retries
from .transport.attempts import PreparedRequest, may_be_done
from .transport.redaction import Cleaner

R = TypeVar("R")
T = TypeVar("T", bound=HasTicketId)
log = logging.getLogger("superoffice")


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
        zone, with_offset = self.locale.time_zone, self.locale.offset is True and self.locale.time_zone is not None
        self.zone = UTC if with_offset and str(zone).upper() in ("UTC", "1") else None  # of date-times without offset
        self.layout = TableSpec(reader.kind, self.zone, not with_offset, strict)
        self._preferred = settings.preferred(get_tickets, self.locale)
        self._options: dict[str, Any] = {
            "timeout": None if timeout is None else Timeout.of(timeout),
            "retries": None if retries is None else as_retries(retries),
            "headers": settings.checked_headers(headers),
        }

    def request(self, ids: Sequence[int]) -> PreparedRequest:
        request = build(GetTicketsRequest(ticket_ids=list(ids)), select=self.reader.select)
        largest = Bounds(len(ids)).bytes
        return self.settings.prepare(get_tickets, request, self._preferred, ids, largest=largest, **self._options)

    def requests(self, ids: Iterable[int]) -> Iterator[PreparedRequest]:
        asked, size = list(dict.fromkeys(ids)), self.settings.batch_size  # what a repeated id yields is not documented
        for start in range(0, len(asked), size):
            yield self.request(asked[start : start + size])

    def read(self, request: PreparedRequest, response: Response) -> tuple[list[T], list[Problem]]:
        if response.status_code != 200:  # the one success that the OpenAPI document has
            raise error_for_status(response, request)
        bounds, clean, written = Bounds(len(request.ids)), request.cleaner(response), xml_items(response)
        try:
            if written:
                bounds.check(response)
            return read_tickets(
                get_tickets.json(response),
                self.reader,
                self.zone,
                bounds,
                ends=request.ends,
                clean=clean,
                written=written,
            )
        except TimeoutError:
            late = APITimeoutError("the response could not be read within the time allowed", ids=request.ids)
            raise late.of_call(request.method, request.path, request.attempts) from None
        except ValueError as error:
            raise error_for_body(response, error, request) from None

    def read_batch(self, request: PreparedRequest, response: Response) -> TicketBatch[T]:
        received = Received(self)
        received.add(request, response)
        return received.batch(request.ids)

    def raw(self, request: PreparedRequest, response: Response) -> APIResponse[T]:
        came = response.status_code, response.headers, response.content
        request.ends = inf  # it is read when the user wishes
        return APIResponse(*came, lambda: self.read_batch(request, response))

    def read_one(self, request: PreparedRequest, response: Response) -> T:
        """Return the ticket of a request for one; raises `TicketNotFoundError`."""
        batch = self.read_batch(request, response)
        if batch:
            return batch[0]
        error = TicketNotFoundError(not_found(request.ids, batch.problems), ids=request.ids)
        raise of_answer(error, response, request)


class Received(Generic[T]):
    """What the requests of a call have received so far; an error that ends its `with` block is given it."""

    def __init__(self, plan: ReadPlan[T]) -> None:
        self.tickets: list[T] = []
        self.problems: list[Problem] = []
        self._plan = plan
        self._sent: list[PreparedRequest] = []
        self._response: Response | None = None  # of a single request: several have no single one
        self._attempts = 0  # of the request that took most

    def add(self, request: PreparedRequest, response: Response) -> None:
        tickets, problems = self._plan.read(request, response)
        self.tickets += tickets
        self.problems += problems
        self._response = None if self._sent else response
        self._sent.append(request)
        self._attempts = max(self._attempts, request.attempts)

    def batch(self, ids: Sequence[int], *, quiet: bool = False) -> TicketBatch[T]:
        """Return the batch of what came; raises `TicketDecodeError` where its problems are more than it may have."""
        batch = self._batch(ids)
        if batch.unexpected and not quiet:  # what a server does then is not documented
            _warn_of_unexpected(batch)
        if wrong := [problem for problem in self.problems if self._plan.layout.strict or problem.fatal]:
            error = TicketDecodeError.of(wrong, batch)
            if self._response is not None:
                raise of_answer(error, self._response, self._sent[0])
            raise error.of_call(self._sent[-1].method, self._sent[-1].path, self._attempts)
        return batch

    def _batch(self, ids: Sequence[int]) -> TicketBatch[T]:
        call = (self._sent[-1].method, self._sent[-1].path, self._attempts) if self._sent else None
        sent = self._sent
        clean = Cleaner(lambda: {secret for request in sent for secret in request.secrets(None)})
        return TicketBatch(ids, self.tickets, self.problems, call=call, layout=self._plan.layout, clean=clean)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, APIError) and self._sent:
            error.received = self._batch([id_ for request in self._sent for id_ in request.ids])


def _warn_of_unexpected(batch: TicketBatch[Any]) -> None:
    asked = frozenset(batch.requested)
    for was_asked, said in (
        (False, "that nobody asked for, which are left out"),
        (True, "that differ for the same ids, of which the last are taken"),
    ):
        if ids := [ticket.ticket_id for ticket in batch.unexpected if (ticket.ticket_id in asked) is was_asked]:
            log.warning("the server sent tickets %s: %s", said, name_ids(ids))


def prepare_any(settings: ClientSettings, operation: Operation[Any], request: Request) -> PreparedRequest:
    """Return the request of any operation; raises `InvalidInputError` for one that cannot be sent."""
    check_given(Operation, "one of superoffice_api.api", InvalidInputError, operation=operation)
    check_given(Request, "what the operation's build() returns", InvalidInputError, request=request)
    ids = request.body.ticket_ids if isinstance(request.body, GetTicketsRequest) else ()
    largest = Bounds(len(ids)).bytes if ids else None
    return settings.prepare(operation, request, settings.preferred(operation, settings.locale), ids, largest=largest)


def read_any(operation: Operation[R], prepared: PreparedRequest, response: Response, accepts: Sequence[str]) -> R:
    """Read an operation's result; raises the error that a response without one stands for."""
    if not 200 <= response.status_code < 300:
        error = error_for_status(response, prepared)
        if response.status_code == 404:
            error.advice = "check the site's address, and whether there is what the call asked for"
        elif response.status_code >= 500 and not prepared.safe and may_be_done(response):
            error.advice = PERHAPS_DONE
        raise error
    try:
        if prepared.ids:
            Bounds(len(prepared.ids)).check(response)
        value = operation.decode(response)
        _check(value, response, accepts)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise error_for_body(response, error, prepared, f"the result of {operation.name}") from None
    return value


def _check(value: object, response: Response, accepts: Sequence[str]) -> None:
    if isinstance(value, bytes):
        given = essence(response.headers.get("content-type", ""))
        if given.endswith(("json", "xml", "html")) and given not in accepts:
            raise ValueError(f"it is {given}, not {' or '.join(accepts)}")
    elif isinstance(value, Model | dict):
        said = _error_members(response)
        # Any name may stand in a dictionary, so that a single one tells nothing.
        if said.difference(value.__struct_encode_fields__) if isinstance(value, Model) else said > {"Error"}:
            raise ValueError("it is an error")


def _error_members(response: Response) -> set[str]:
    from superoffice_api.shapes import SHAPES

    try:
        info = msgspec.json.decode(json_content(response, "ErrorInfo", lambda: SHAPES), type=ErrorInfo)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return set()
    return {wire for wire, value in info.to_dict(api_names=True).items() if value}
