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
├── ExportError                   an export's files failed; what it has is kept
│   └── ExportRefusedError        an export that would lose or mix something
└── APIError                     a call went out and did not succeed
    ├── SignInError               no sign-in came about, or none that was accepted
    ├── TenantError               a tenant that cannot be called
    │   └── TenantUnavailableError    ... now, but later
    ├── APIConnectionError            no whole answer
    │   ├── ConnectionFailedError     no connection
    │   │   └── TlsError              ... that is secure
    │   ├── APITimeoutError, ConnectionBrokenError, ResponseTooLargeError
    ├── APIStatusError             an answer with another status than 200
    │   ├── AuthenticationError (401), PermissionDeniedError (403)
    │   ├── EndpointNotFoundError (404), MediaTypeError (406, 415)
    │   ├── WrongHostError (421), RateLimitError (429)
    │   └── BadRequestError (other 3xx and 4xx), InternalServerError (5xx)
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
PROXY_ADVICE = (
    "give the proxy's user and password in HTTPS_PROXY or HTTP_PROXY, such as http://user:password@proxy.example.com"
)
CORRELATION = ("x-correlation-id", "correlation-id", "x-request-id", "request-id", "traceparent")


def name_ids(ids: Iterable[int], limit: int = 5) -> str:
    """Name ids in a sentence, the first few of many.

    >>> name_ids([439]), name_ids(range(1, 9))
    ('ticket 439', 'tickets 1, 2, 3, 4, 5 and 3 more')
    """
    listed = list(ids)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return f"ticket{'s' if len(listed) != 1 else ''} {', '.join(map(str, listed[:limit]))}{more}"


class SuperOfficeError(Exception):
    """Whatever the SDK raises on purpose.

    Attributes:
        advice: What to do about an error of its class. That of a `APIError` fits the call and ends its sentence; the
            sentences of the others say it with the names at hand.

    >>> try:
    ...     client.tickets.get(77777)
    ... except SuperOfficeError as error:
    ...     print(error)
    ticket 77777 did not come back: unknown, deleted, or not readable for this user; check its number, and ...
    """

    advice: str = "see the class that was raised: each has a remedy of its own"


class ConfigurationError(SuperOfficeError, ValueError):
    """A client was set up in a way that cannot work; nothing was sent.

    >>> SuperOffice("crm.example.com")
    Traceback (most recent call last):
    superoffice.errors.ConfigurationError: the site 'crm.example.com' has no http:// or https:// and host; ...
    """

    advice = "correct the argument or the variable that the sentence names, and make the client anew"


class NoKeyringError(ConfigurationError):
    """This machine has no keyring that could be used, as a server has none.

    >>> try:
    ...     keeping = KeyringTokenStore()
    ... except NoKeyringError:
    ...     keeping = FileTokenStore(folder)
    """

    advice = "keep sign-ins in a file, with FileTokenStore or --keep file, or set a keyring up"


class ClientClosedError(ConfigurationError):
    """A client was used after it had been closed, or was closed while the call was under way.

    >>> with SuperOffice("https://crm.example.com") as closed:
    ...     pass
    >>> closed.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.ClientClosedError: the client was closed; make a new one, or keep its `with` block open
    """

    advice = "make a new client, or keep its `with` block open"


class StreamClosedError(ConfigurationError):
    """A stream was read before or after its `with` block, or entered twice.

    >>> next(client.tickets.stream([439]))
    Traceback (most recent call last):
    superoffice.errors.StreamClosedError: the stream was not entered; read it inside its `with` block
    """

    advice = "read it inside its `with` block; for another reading ask for another stream"


class MissingExtraError(ConfigurationError, ImportError):
    """Something was used that needs an extra of this package; the sentence has the command that installs it.

    >>> try:
    ...     table = client.tickets.get_many([439]).to_arrow()
    ... except MissingExtraError as error:
    ...     print(error)  # pip install 'superoffice-sdk[export]'
    ...     raise
    """

    advice = "install the extra, with the command in the sentence"


class InvalidInputError(SuperOfficeError, ValueError):
    """A call was given something that cannot be asked for; nothing was sent.

    >>> try:
    ...     client.tickets.get_many([439], select=["Titel"])
    ... except InvalidInputError as error:  # also of ids and of classes
    ...     print(error)
    Ticket has no field 'Titel'; did you mean 'Title'?
    """

    advice = "correct the argument that the sentence names"


class InvalidIdError(InvalidInputError):
    """Something given as a ticket's id is none; it was not sent.

    `position` is its place among the ids that were given, from 0; None where a single one was.

    >>> client.tickets.get_many([439, 0])
    Traceback (most recent call last):
    superoffice.errors.InvalidIdError: ids[1]: 0 cannot be a ticket's id; ids are whole numbers from 1 to 2147483647
    """

    advice = "give whole numbers from 1 to 2147483647; `position` says which one is none"

    position: int | None = None

    def at(self, position: int) -> Self:
        """Add its place; returns the same error."""
        self.position = position
        self.args = (f"ids[{position}]: {self.args[0]}",)
        return self


class UnknownFieldError(InvalidInputError):
    """Something selected or projected is no member of Ticket; nothing was sent.

    >>> client.tickets.get(439, select=["Titel"])
    Traceback (most recent call last):
    superoffice.errors.UnknownFieldError: Ticket has no field 'Titel'; did you mean 'Title'?
    """

    advice = "take a name that the ticket has: TicketFields lists them, and RawField takes one of your server's own"


class ProjectionError(InvalidInputError, TypeError):
    """A class given as `into=`, or a `TicketView` being made, does not fit the tickets of the document.

    >>> client.tickets.get(439, into=dict)
    Traceback (most recent call last):
    superoffice.errors.ProjectionError: into= takes a subclass of TicketView or of Ticket, not <class 'dict'>
    """

    advice = "give into= a subclass of TicketView or of Ticket, with members and types that the ticket has"


class NotSelectedError(SuperOfficeError, AttributeError):
    """A member was read that had not been asked for.

    >>> client.tickets.get(439, select=["Title"]).closed_at
    Traceback (most recent call last):
    superoffice.errors.NotSelectedError: 'closed_at' was not selected, so its value is not known; selected are ...
    """

    advice = "select the member, or ask whether it is there: hasattr(ticket, name)"


class ExportError(SuperOfficeError):
    """A file of an export could not be read or written; what was written before is kept, and the same call goes on.

    >>> try:
    ...     result = client.tickets.export([439, 829], folder / "kept.csv")
    ... except ExportError as error:  # a full disk, for one: the same call goes on from what it has
    ...     print(error)
    """

    advice = "put right what the sentence names, and repeat the same call or command: it goes on where it was"


class ExportRefusedError(ExportError, ValueError):
    """An export was not begun, since it would lose or mix something; nothing was sent or changed.

    Another run is at it; it was begun with other ids, members, format, site or language; or a file is in its place.

    >>> client.tickets.export([439], folder / "nowhere" / "tickets.csv")
    Traceback (most recent call last):
    superoffice.errors.ExportRefusedError: there is no folder ...; make it, or choose another one
    """

    advice = "begin anew with restart=True (--restart), or choose another file"


def own_name(name: str, given: object) -> str:
    """Return the name of a class of ours, with its package where the class that was given has the same name."""
    return f"superoffice.{name}" if type(given).__name__ == name else name


class APIError(SuperOfficeError):
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

    >>> try:
    ...     client.tickets.get(77777)
    ... except APIError as error:
    ...     print(error.ids, error.advice)
    (77777,) check its number, and whether this user may read it
    """

    advice = "try again"
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
        self.correlation = {name: response.headers[name] for name in CORRELATION if name in response.headers}
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args, {**self.__dict__, "response": None})


def _asked(ids: Sequence[int]) -> str:
    return f" (asked for {name_ids(ids)})" if ids else ""


def _rebuilt(kind: type[APIError], args: tuple[Any, ...], state: dict[str, Any]) -> APIError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class SignInError(APIError):
    """The sign-in could not be renewed: what gives it failed, which is this error's cause.

    Every call that waited for that renewal raises it; the next call tries again.

    >>> def token():
    ...     raise OSError("the vault is sealed")
    >>> with SuperOffice(box.site, auth=TokenAuth(token)) as stranger:
    ...     stranger.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.SignInError: the sign-in could not be renewed: OSError was raised (asked for ticket 439); ...
    """

    advice = "look at the error's cause, and sign in anew if it stays"


class TenantError(APIError):
    """A tenant cannot be called: its state says so, or where it is could not be found out. The call was not sent.

    `state` is the state service's own word, None where it gave none.

    >>> nowhere = Tenant("Cust99999", environment=Environment("sandbox", box.site))
    >>> with SuperOffice(nowhere, auth=BearerAuth(box.credentials.token)) as lost:
    ...     lost.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.TenantError: ... not known to the environment (Unknown) ...
    """

    advice = "check the context identifier and the environment, and ask SuperOffice about the tenant"
    state: str | None = None


class TenantUnavailableError(TenantError):
    """A tenant cannot be called now: its state passes, or the state service itself fails.

    `try_after` is the moment from which trying again is sensible, None where nobody said.

    >>> box.identity.set_state("OfflineMaintenance")
    >>> tenant = Tenant(box.identity.tenant, environment=Environment("sandbox", box.site))
    >>> with SuperOffice(tenant, auth=BearerAuth(box.credentials.token)) as waiting:
    ...     waiting.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.TenantUnavailableError: ... is offline ... (OfflineMaintenance) ...
    >>> box.identity.set_state("Running")
    """

    advice = "try again later"
    try_after: datetime | None = None


class APIConnectionError(APIError):
    """The server could not be reached, or no whole answer came.

    `repeatable` says whether trying again can help; `sent` whether the call may have reached the server, which may
    then have carried it out.

    >>> box.fault("cut")
    >>> try:
    ...     client.tickets.get(439, retries=1)
    ... except APIConnectionError as error:
    ...     print(error.repeatable, error.sent)
    True True
    """

    repeatable: bool = True
    sent: bool = True
    advice = "check the network and try again"


class ConnectionFailedError(APIConnectionError):
    """No connection to the site could be made.

    >>> with SuperOffice("http://127.0.0.1:1") as stranger:  # where nothing listens
    ...     stranger.tickets.get(439, retries=1)
    Traceback (most recent call last):
    superoffice.errors.ConnectionFailedError: could not connect to 127.0.0.1:1: ...
    """

    sent = False
    advice = "check that address, the network and any proxy"


class TlsError(ConnectionFailedError):
    """The site's certificate was not accepted, or no secure connection came about.

    >>> with SuperOffice(box.site.replace("http:", "https:")) as stranger:  # which speaks plain HTTP
    ...     stranger.tickets.get(439, retries=1)
    Traceback (most recent call last):
    superoffice.errors.TlsError: no secure connection to 127.0.0.1:...
    """

    repeatable = False
    advice = "check the site's certificate; behind a corporate proxy, install truststore or set SSL_CERT_FILE"


class APITimeoutError(APIConnectionError, TimeoutError):
    """The answer did not come in time.

    >>> box.fault("delay", seconds=1)
    >>> client.tickets.get(439, timeout=0.1, retries=1)
    Traceback (most recent call last):
    superoffice.errors.APITimeoutError: ...
    """

    advice = "ask for fewer tickets a call, or give a longer timeout="


class ConnectionBrokenError(APIConnectionError):
    """The connection broke before the whole answer had come.

    >>> box.fault("cut")
    >>> client.tickets.get(439, retries=1)
    Traceback (most recent call last):
    superoffice.errors.ConnectionBrokenError: the connection broke: ...; try again; the call only reads
    """

    advice = "try again; the call only reads"


class ResponseTooLargeError(APIConnectionError):
    """The answer grew past the largest size that is accepted.

    >>> auth = BasicAuth(box.user, box.password)
    >>> with SuperOffice(box.site, auth=auth, max_response_bytes=100) as narrow:
    ...     narrow.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.ResponseTooLargeError: the response grew past 100 bytes (asked for ticket 439); ...
    """

    repeatable = False
    advice = "ask for fewer tickets a call or select fewer members, or allow more with max_response_bytes="


class APIStatusError(APIError):
    """The server answered with a failure.

    `status` is the HTTP status; `error_type`, `server_message`, `server_detail` and `error_source` are the server's own
    words where it gave any, on one line, and with `[hidden]` in the place of a secret that it repeats.

    >>> box.fault("status", status=409)
    >>> try:
    ...     client.tickets.get(439)
    ... except APIStatusError as error:
    ...     print(error.status, error.advice)
    409 look at the server's message
    """

    advice = "look at the server's message"
    error_type: str | None = None
    server_message: str | None = None
    server_detail: str | None = None
    error_source: str | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._status or 0


class AuthenticationError(APIStatusError):
    """The server did not accept the sign-in (401).

    >>> with SuperOffice(box.site, auth=BasicAuth("nobody", "wrong")) as stranger:
    ...     stranger.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.AuthenticationError: the server did not accept the sign-in (401): ...
    """

    advice = "check auth= and, online, app_token="


class PermissionDeniedError(APIStatusError):
    """The user who signed in may not do this (403).

    >>> box.fault("status", status=403)
    >>> client.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.PermissionDeniedError: the server does not allow this to the user who signed in (403): ...
    """

    advice = "ask an administrator for the right to read tickets, or sign in as another user"


class EndpointNotFoundError(APIStatusError):
    """The site has no such endpoint (404).

    >>> auth = BasicAuth(box.user, box.password)
    >>> with SuperOffice(f"{box.site}/nowhere", auth=auth) as lost:
    ...     lost.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.EndpointNotFoundError: the server has no such endpoint (404): ...
    """

    advice = "check the site's address, up to but not including /api"


class MediaTypeError(APIStatusError):
    """The server does not speak the media type that was asked for (406) or sent (415).

    >>> box.fault("status", status=406)
    >>> client.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.MediaTypeError: the server does not answer in the media type asked for (406): ...
    """

    advice = "use another accept= or content_type=; JSON is what every server speaks"


class WrongHostError(APIStatusError):
    """The tenant is not on this host any more (421).

    >>> box.fault("status", status=421)
    >>> client.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.WrongHostError: the server does not have this tenant (421): ...
    """

    advice = "look up the tenant's present address, or give the client a Tenant, which does so by itself"


class RateLimitError(APIStatusError):
    """The server asks for fewer calls (429). `retry_after` is for how many seconds, if it said.

    >>> box.fault("status", status=429, retry_after=90)
    >>> try:
    ...     client.tickets.get(439)
    ... except RateLimitError as error:
    ...     print(error.retry_after)
    90.0
    """

    advice = "lower calls_per_second=, or wait"
    retry_after: float | None = None


class BadRequestError(APIStatusError):
    """The server did not take the request, with a status that has no class of its own.

    >>> box.fault("status", status=409)
    >>> client.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.BadRequestError: the server refused the call (409): ...
    """

    advice = "look at the server's message"


class InternalServerError(APIStatusError):
    """The server failed (5xx).

    >>> box.fault("status", status=503)
    >>> client.tickets.get(439, retries=1)
    Traceback (most recent call last):
    superoffice.errors.InternalServerError: the server failed (503): ...; try again later; if it stays, ...
    """

    advice = "try again later; if it stays, tell the server's operators"


class InvalidResponseError(APIError):
    """The server answered with success, but not with tickets: null, an error, HTML, or what cannot be read.

    >>> box.fault("null")
    >>> client.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.InvalidResponseError: the server answered 200 with null, ...; look at the error's response
    """

    advice = "look at the error's response"
    error_type: str | None = None
    server_message: str | None = None
    server_detail: str | None = None
    error_source: str | None = None


class ErrorInSuccessError(InvalidResponseError):
    """The server answered 200 with an error, whose words the error has as a `APIStatusError` has them.

    >>> box.fault("error")
    >>> client.tickets.get(439)
    Traceback (most recent call last):
    superoffice.errors.ErrorInSuccessError: the server answered 200 with an error: ...
    """

    advice = "look at the server's message"


class TicketDecodeError(InvalidResponseError):
    """A ticket came back with a value that its type cannot hold.

    `problem` says which ticket, member and value, and where in the answer; `problems` are all of that answer; `batch`
    holds every ticket of it that could be read.
    """

    advice = "look at the error's problems; what could be read is on its batch"

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
            way = "ask the server's operators what stands there"
        else:  # only a view's member must have a value; what else is odd is an error for strict=True alone
            way = "type the member with None" if problems[0].fatal else "leave strict= out"
        error.advice = f"{way}; what could be read is on the error's batch"
        return error


class MissingTicketsError(APIError):
    """Tickets that were asked for did not come back: unknown, deleted, or not readable for this user.

    >>> client.tickets.get_many([439, 77777]).raise_for_missing()
    Traceback (most recent call last):
    superoffice.errors.MissingTicketsError: ticket 77777 did not come back: ...; take them off the list, or ...
    """

    advice = "take them off the list, or read `missing` and go on without them"

    def __str__(self) -> str:
        return f"{self.args[0]}; {self.advice}"


class TicketNotFoundError(MissingTicketsError):
    """The one ticket that was asked for did not come back.

    >>> try:
    ...     client.tickets.get(77777)
    ... except TicketNotFoundError as error:
    ...     print(error.ids)
    (77777,)
    """

    advice = "check its number, and whether this user may read it"
