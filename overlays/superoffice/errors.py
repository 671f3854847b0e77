"""The errors of the SDK: one tree, each saying what happened, to which ids, and what to do.

SuperOfficeError
├── ConfigurationError            a client that cannot work
│   ├── ClientClosedError         a client used after it was closed
│   ├── MissingExtraError         something whose extra is not installed
│   ├── NoKeyringError            no keyring to keep sign-ins in
│   └── StreamClosedError         a stream read outside its `with` block
├── InvalidInputError             a call that cannot be asked; nothing was sent
│   ├── InvalidIdError, UnknownFieldError, ProjectionError
├── NotSelectedError              a member was read that had not been asked for
├── ExportError                   an export's files could not be read or written; what it has is kept
│   └── ExportRefusedError        an export that would lose or mix something; nothing was changed
└── CallError                     a call went out and did not succeed
    ├── SignInError               no sign-in came about, so the call itself was not sent or stayed refused
    ├── TenantError               a tenant that cannot be called
    │   └── TenantUnavailableError    ... now, but later
    ├── TransportError            no whole answer
    │   ├── ConnectionFailedError     no connection
    │   │   └── TlsError              ... that is secure
    │   ├── CallTimeoutError, ConnectionBrokenError, ResponseTooLargeError
    ├── ResponseError             an answer with another status than 200
    │   ├── AuthenticationError (401), PermissionDeniedError (403), EndpointNotFoundError (404)
    │   ├── MediaTypeError (406, 415), WrongHostError (421), RateLimitedError (429)
    │   └── RequestRejectedError (other 3xx and 4xx), ServerError (5xx)
    ├── InvalidResponseError      a 200 that holds no tickets
    │   ├── ErrorInSuccessError   ... but an error of the server's
    │   └── TicketDecodeError     ... or a ticket that cannot be read
    └── MissingTicketsError       tickets that did not come back
        └── TicketNotFoundError   the one that was asked for
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from datetime import datetime

    from superoffice_runtime import Response

    from .batch import Problem, TicketBatch

PERHAPS_DONE = "it may have been carried out all the same, so it was not repeated; look before you try again"
_CORRELATION = ("x-correlation-id", "correlation-id", "x-request-id", "request-id", "traceparent")


def name_ids(ids: Iterable[int], limit: int = 5) -> str:
    """Name ids in a sentence, the first few of many.

    >>> name_ids([439]), name_ids(range(1, 9))
    ('ticket 439', 'tickets 1, 2, 3, 4, 5 and 3 more')
    """
    listed = list(ids)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return f"ticket{'s' if len(listed) != 1 else ''} {', '.join(map(str, listed[:limit]))}{more}"


class SuperOfficeError(Exception):
    """Whatever the SDK raises on purpose."""


class ConfigurationError(SuperOfficeError, ValueError):
    """A client was set up in a way that cannot work; nothing was sent."""


class NoKeyringError(ConfigurationError):
    """This machine has no keyring that could be used, as a server has none."""


class ClientClosedError(ConfigurationError):
    """A client was used after it had been closed."""


class StreamClosedError(ConfigurationError):
    """A stream was read before or after its `with` block, or entered twice."""


class MissingExtraError(ConfigurationError, ImportError):
    """Something was used that needs an extra of this package; the sentence has the command that installs it."""


class InvalidInputError(SuperOfficeError, ValueError):
    """A call was given something that cannot be asked for; nothing was sent."""


class InvalidIdError(InvalidInputError):
    """Something given as a ticket's id is none; it was not sent.

    `position` is its place among the ids that were given, from 0; None where a single one was.
    """

    position: int | None = None

    def at(self, position: int) -> Self:
        """Add its place; returns the same error."""
        self.position = position
        self.args = (f"ids[{position}]: {self.args[0]}",)
        return self


class UnknownFieldError(InvalidInputError):
    """Something selected or projected is no member of Ticket; nothing was sent."""


class ProjectionError(InvalidInputError, TypeError):
    """A class given as `into=`, or a `TicketView` being made, does not fit the tickets of the document."""


class NotSelectedError(SuperOfficeError, AttributeError):
    """A member was read that had not been asked for."""


class ExportError(SuperOfficeError):
    """A file of an export could not be read or written; what was written before is kept, and the same call goes on."""


class ExportRefusedError(ExportError, ValueError):
    """An export was not begun, since it would lose or mix something; nothing was sent or changed.

    Another run is at it; it was begun with other ids, members, format, site or language; or a file is in its place.
    """


class CallError(SuperOfficeError):
    """A call went out and did not succeed.

    Attributes:
        ids: The tickets it asked for.
        advice: What to do next; it ends the error's sentence too.
        method: The HTTP method, None where it was not yet known.
        path: The path below the site, with the query.
        attempts: How often the call went out.
        received: What had already come of the same `get_many`, None where it was a single call.
        correlation: The answer's headers by which the server's operators find the call in their logs.
        response: The server's answer, where there was one. It may hold people's data, so it is in no text of the error,
            no copy and no pickle.
    """

    advice: str = "try again"
    method: str | None = None
    path: str | None = None
    attempts: int = 1
    received: TicketBatch[Any] | None = None
    _status: int | None = None
    response: Response | None = None

    def __init__(self, message: str, *, ids: Iterable[int] = (), advice: str | None = None) -> None:
        if advice is not None:
            self.advice = advice
        super().__init__(message)
        self.ids = tuple(ids)
        self.correlation: Mapping[str, str] = {}

    def __str__(self) -> str:
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"{self.args[0]}{tries}{_asked(self.ids)}; {self.advice}"

    @property
    def status(self) -> int | None:
        """The HTTP status, where there was an answer."""
        return self._status

    def of_call(self, method: str, path: str, attempts: int) -> Self:
        """Add which call it was; returns the same error."""
        self.method, self.path, self.attempts = method, path, attempts
        return self

    def of_answer(self, response: Response) -> Self:
        """Add the server's answer; returns the same error."""
        self.response, self._status = response, response.status
        self.correlation = {name: response.headers[name] for name in _CORRELATION if name in response.headers}
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args, {**self.__dict__, "response": None})


def _asked(ids: Sequence[int]) -> str:
    return f" (asked for {name_ids(ids)})" if ids else ""


def _rebuilt(kind: type[CallError], args: tuple[Any, ...], state: dict[str, Any]) -> CallError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class SignInError(CallError):
    """The sign-in could not be renewed: what gives it failed, which is this error's cause.

    Every call that waited for that renewal raises it; the next call tries again.
    """

    advice = "look at the error's cause, and sign in anew if it stays"


class TenantError(CallError):
    """A tenant cannot be called: its state says so, or where it is could not be found out. The call was not sent.

    `state` is the state service's own word, None where it gave none.
    """

    advice = "check the context identifier and the environment, and ask SuperOffice about the tenant"
    state: str | None = None


class TenantUnavailableError(TenantError):
    """A tenant cannot be called now; its state passes.

    `try_after` is the moment from which trying again is sensible.
    """

    advice = "try again later"
    try_after: datetime | None = None


class TransportError(CallError):
    """The server could not be reached, or no whole answer came.

    `repeatable` says whether trying again can help; `sent` whether the call may have reached the server, which may
    then have carried it out.
    """

    repeatable: bool = True
    sent: bool = True
    advice = "check the network and try again"


class ConnectionFailedError(TransportError):
    """No connection to the site could be made."""

    sent = False
    advice = "check the site's address, the network and any proxy"


class TlsError(ConnectionFailedError):
    """The site's certificate was not accepted, or no secure connection came about."""

    repeatable = False
    advice = "check the site's certificate; behind a corporate proxy, install truststore or set SSL_CERT_FILE"


class CallTimeoutError(TransportError, TimeoutError):
    """The answer did not come in time."""

    advice = "ask for fewer tickets a call, or give a longer timeout="


class ConnectionBrokenError(TransportError):
    """The connection broke before the whole answer had come."""

    advice = "try again; the call only reads"


class ResponseTooLargeError(TransportError):
    """The answer grew past the largest size that is accepted."""

    repeatable = False
    advice = "ask for fewer tickets a call or select fewer members, or allow more with max_response_bytes="


class ResponseError(CallError):
    """The server answered with a failure.

    `status` is the HTTP status; `error_type`, `server_message` and `error_source` are the server's own words where it
    gave any.
    """

    advice = "look at the server's message"
    error_type: str | None = None
    server_message: str | None = None
    error_source: str | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._status or 0


class AuthenticationError(ResponseError):
    """The server did not accept the sign-in (401)."""

    advice = "check auth= and, online, app_token="


class PermissionDeniedError(ResponseError):
    """The user who signed in may not do this (403)."""

    advice = "ask an administrator for the right to read tickets, or sign in as another user"


class EndpointNotFoundError(ResponseError):
    """The site has no such endpoint (404)."""

    advice = "check the site's address, up to but not including /api"


class MediaTypeError(ResponseError):
    """The server does not speak the media type that was asked for (406) or sent (415)."""

    advice = "use another accept= or content_type=; JSON is what every server speaks"


class WrongHostError(ResponseError):
    """The tenant is not on this host any more (421)."""

    advice = "look up the tenant's present address, or give the client a Tenant, which does so by itself"


class RateLimitedError(ResponseError):
    """The server asks for fewer calls (429). `retry_after` is for how many seconds, if it said."""

    advice = "lower calls_per_second=, or wait"
    retry_after: float | None = None


class RequestRejectedError(ResponseError):
    """The server did not take the request, with a status that has no class of its own."""


class ServerError(ResponseError):
    """The server failed (5xx)."""

    advice = "try again later; if it stays, tell the server's operators"


class InvalidResponseError(CallError):
    """The server answered with success, but not with tickets: null, an error, HTML, or what cannot be read."""

    advice = "look at the error's response"
    error_type: str | None = None
    server_message: str | None = None
    error_source: str | None = None


class ErrorInSuccessError(InvalidResponseError):
    """The server answered 200 with an error; `error_type`, `server_message` and `error_source` are its own words."""

    advice = "look at the server's message"


class TicketDecodeError(InvalidResponseError):
    """A ticket came back with a value that its type cannot hold.

    `problem` says which ticket, member and value, and where in the answer; `problems` are all of that answer; `batch`
    holds every ticket of it that could be read.
    """

    advice = "type the member with None, or leave strict= out; what could be read is on the error's batch"

    def __init__(
        self, message: str, *, ids: Iterable[int], problems: Sequence[Problem], batch: TicketBatch[Any]
    ) -> None:
        super().__init__(message, ids=ids)
        self.problems = tuple(problems)
        self.problem = self.problems[0]
        self.batch = batch

    @classmethod
    def of(cls, problems: Sequence[Problem], batch: TicketBatch[Any]) -> Self:
        """Make it of a batch's problems, the first of which is its sentence."""
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        ids = dict.fromkeys(p.ticket_id for p in problems if p.ticket_id is not None)
        error = cls(f"{problems[0]}{more}", ids=ids, problems=problems, batch=batch)
        if problems[0].member in (None, "TicketId"):  # no setting of the caller's helps
            error.advice = "ask the server's operators what stands there; what could be read is on the error's batch"
        return error


class MissingTicketsError(CallError):
    """Tickets that were asked for did not come back: unknown, deleted, or not readable for this user."""

    advice = "take them off the list, or read `missing` and go on without them"

    def __str__(self) -> str:
        return f"{self.args[0]}; {self.advice}"


class TicketNotFoundError(MissingTicketsError):
    """The one ticket that was asked for did not come back."""

    advice = "check its number, and whether this user may read it"
