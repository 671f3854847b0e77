"""The errors of the SDK: one tree below `SuperOfficeError`, each saying what happened, to which ids, and what to do."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence, Sized
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

if TYPE_CHECKING:
    from datetime import datetime

    from superoffice_runtime import Response

    from .problem import Problem

__all__ = [
    "APIConnectionError", "APIError", "APIStatusError", "APITimeoutError", "AuthenticationError", "BadRequestError",
    "ClientClosedError", "ConfigurationError", "ConnectionBrokenError", "ConnectionFailedError",
    "EndpointNotFoundError", "ErrorInSuccessError", "ExportError", "ExportRefusedError", "InternalServerError",
    "InvalidIdError", "InvalidInputError", "InvalidResponseError", "MediaTypeError", "MissingExtraError",
    "MissingTicketsError", "NoKeyringError", "NotFoundError", "NotSelectedError", "PermissionDeniedError",
    "ProjectionError", "RateLimitError", "ResponseTooLargeError", "SignInError", "StreamClosedError",
    "SuperOfficeError", "TenantError", "TenantUnavailableError", "TicketDecodeError", "TicketNotFoundError", "TlsError",
    "UnknownFieldError", "WrongHostError",
]  # fmt: skip
PERHAPS_DONE = "it may have been carried out all the same, so it was not retried; look before you try again"
PROXY_ADVICE = (
    "give the proxy's user and password in proxy= or HTTPS_PROXY, such as http://user:password@proxy.example.com"
)
LOOK_THERE = "check what responds in the server's place, such as a proxy"
CORRELATION = ("x-correlation-id", "correlation-id", "x-request-id", "request-id", "traceparent")
_BODY, _TEXT = 64 * 1024, 10_000  # bytes of a body that are decoded, and characters of a text that are kept


def request_id_of(headers: Mapping[str, str]) -> str | None:
    return next((headers[name] for name in CORRELATION if name in headers), None)


class _TicketBatch(Iterable[Any], Sized, Protocol):
    """A `TicketBatch`, which an error carries and which stands above this module."""

    requested: tuple[int, ...]
    missing: tuple[int, ...]
    unexpected: tuple[Any, ...]
    unreadable: tuple[int, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def by_id(self) -> Mapping[int, Any]: ...
    def aligned(self) -> list[Any]: ...
    def to_dicts(self, *, api_names: bool = False) -> list[dict[str, object]]: ...
    def to_arrow(self, *, api_names: bool = False) -> Any: ...
    def __getitem__(self, index: int, /) -> Any: ...


def name_ids(ids: Iterable[int], limit: int = 5) -> str:
    """Name ids in a sentence, the first few of many: "tickets 1, 2, 3, 4, 5 and 3 more"."""
    listed = list(ids)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return f"ticket{'s' if len(listed) != 1 else ''} {', '.join(map(str, listed[:limit]))}{more}"


class SuperOfficeError(Exception):
    """Whatever the SDK raises on purpose; `advice` says what to do about an error of its class.

    That of an `APIError` fits the call and ends its sentence; the sentences of others say it with the names at hand.

    >>> client.tickets.get(77777)  # TicketNotFoundError: ...: unknown, ...; check its number, and whether this user ...
    """

    advice: str = "see the class that was raised: each has a remedy of its own"


class ConfigurationError(SuperOfficeError, ValueError):
    """A client was set up in a way that cannot work; nothing was sent.

    >>> SuperOffice("crm.example.com")  # ConfigurationError: the site 'crm.example.com' has no http:// or https:// ...
    """

    advice = "correct the argument or the variable that the sentence names, and make the client again"


class NoKeyringError(ConfigurationError):
    """This machine has no keyring that could be used, as a server has none.

    >>> try:
    ...     token_store = KeyringTokenStore()
    ... except NoKeyringError:
    ...     token_store = FileTokenStore(folder)
    """

    advice = "store credentials in a file, with FileTokenStore or --token-store file, or set up a keyring"


class ClientClosedError(ConfigurationError):
    """A client was used after it had been closed, or was closed while the call was under way.

    >>> with SuperOffice("https://crm.example.com") as closed:
    ...     closed.close()
    >>> closed.tickets.get(439)  # ClientClosedError: the client was closed; make a new one, or keep its `with` ...
    """

    advice = "make a new client, or keep its `with` block open"


class StreamClosedError(ConfigurationError):
    """A stream was read before or after its `with` block, or entered twice.

    >>> next(client.tickets.stream([439]))  # StreamClosedError: the stream was not entered; read it inside its ...
    """

    advice = "read it inside its `with` block; to read it again, make another stream"


class MissingExtraError(ConfigurationError, ImportError):
    """Something was used that needs an extra of this package; the sentence has the command that installs it.

    >>> table = client.tickets.get_many([439]).to_arrow()  # else: pip install 'superoffice-sdk[export]'
    """

    advice = "install the extra, with the command in the sentence"


class InvalidInputError(SuperOfficeError, ValueError):
    """A call got an argument that cannot be used; nothing was sent.

    >>> client.tickets.get(439, headers={"X-Trace": 7})  # InvalidInputError: headers= takes texts by their ...
    """

    advice = "correct the argument that the sentence names"


class InvalidIdError(InvalidInputError):
    """Something given as a ticket's id is not one; nothing was sent.

    `position` is its place among the ids that were given, from 0; None where a single one was.

    >>> client.tickets.get_many([439, 0])  # InvalidIdError: ids[1]: 0 cannot be a ticket's id; ids are whole ...
    """

    advice = "give whole numbers from 1 to 2147483647; `position` says which one is not"
    position: int | None = None

    def at(self, position: int) -> Self:
        """Add its place; returns the same error."""
        self.position = position
        self.args = (f"ids[{position}]: {self.args[0]}",)
        return self


class UnknownFieldError(InvalidInputError):
    """Something selected or projected is not a field of Ticket; nothing was sent.

    >>> client.tickets.get(439, select=["Titel"])  # UnknownFieldError: ... no field 'Titel'; did you mean 'Title'?
    """

    advice = "use a name that the ticket has: TicketFields lists them, and RawField takes one of your server's own"


class ProjectionError(InvalidInputError, TypeError):
    """A class given as `into=`, or a `TicketView` being made, does not fit the tickets of the OpenAPI document.

    >>> client.tickets.get(439, into=dict)  # ProjectionError: into= takes a subclass of TicketView or of Ticket, ...
    """

    advice = "give into= a subclass of TicketView or of Ticket, with fields and types that the ticket has"


class NotSelectedError(SuperOfficeError, AttributeError):
    """A field was read that had not been asked for.

    >>> client.tickets.get(439, select=["Title"]).closed_at  # NotSelectedError: 'closed_at' was not selected, ...
    """

    advice = "select the field, or check whether it is there: hasattr(ticket, name)"


class ExportError(SuperOfficeError):
    """A file of an export could not be read or written; what was written before is kept, and the same call resumes.

    >>> client.tickets.export([439], folder, format="csv")  # ExportRefusedError: ... is a folder; name a file in it
    """

    advice = "correct what the sentence names, and run the same call or command again: it resumes"


class ExportRefusedError(ExportError, ValueError):
    """An export was not started, since it would lose or mix something; nothing was sent or changed.

    Another run writes it; it was started with other ids, fields, format, site or language; or a folder is in its place.

    >>> client.tickets.export([439], folder / "nowhere" / "tickets.csv")  # ExportRefusedError: there is no folder ...
    """

    advice = "start again with restart=True, or choose another file"


def check_given(kind: Any, wanted: str, error: type[Exception] = ConfigurationError, /, **given: object) -> None:
    """Raise an error for arguments of another kind, such as the text "no", which Python takes for true."""
    for name, value in given.items():
        if not isinstance(value, kind):
            raise error(f"{name}={value!r} cannot be used; give {wanted}")


_NEEDED = {  # the packages of each extra
    "signin": (("cryptography", "joserfc"), "signing in this way"),
    "keyring": (("keyring",), "storing tokens in the system's keyring"),
    "export": (("arro3",), "a table"),
    "sandbox": (("superoffice_sandbox",), "the sandbox"),
    "spark": (("pyspark", "pyarrow", "pandas"), "Spark"),
}


@contextmanager
def extra(name: str, *others: str) -> Generator[None]:
    """Raise `MissingExtraError` where an import in the `with` block fails, and name the extra and others to install."""
    packages, purpose = _NEEDED[name]
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in (*packages, *others):
            raise
        needs = f"for {others[0]} needs other packages" if others else "needs its extra"
        command = " ".join([f"pip install 'superoffice-sdk[{name}]'", *others])
        raise MissingExtraError(f"{purpose} {needs}: {command}") from None


class APIError(SuperOfficeError):
    """A request was sent and did not succeed.

    It has the `ids` that were asked for, the HTTP `method` and `path` where they were known, how many `attempts` were
    made, and in `received` the `TicketBatch` of what the same `get_many` had got before, None for a single call.

    Where there was one response, `status_code` is its HTTP status, `request_id` the id by which the server's operators
    find the call, and `body` its content: decoded JSON, or the first 10,000 characters of other text and of JSON past
    64 KiB. `error_type`, `server_message`, `server_detail` and `error_source` are the server's own words in it. All
    have `[hidden]` in the place of a secret that the server repeats. `response` is as it came, without cookies; since
    it may hold a secret, it is in no text, copy or pickle.

    >>> try:
    ...     failing(status=409).tickets.get(439)
    ... except APIError as error:
    ...     error.status_code, type(error.body), error.ids
    (409, <class 'dict'>, (439,))
    """

    advice = "try again"
    method: str | None = None
    path: str | None = None
    attempts: int = 1
    received: _TicketBatch | None = None
    response: Response | None = None
    request_id: str | None = None
    body: Any = None
    error_type: str | None = None
    server_message: str | None = None
    server_detail: str | None = None
    error_source: str | None = None
    _status: int | None = None

    def __init__(self, message: str, *, ids: Iterable[int] = (), advice: str | None = None) -> None:
        if advice is not None:
            self.advice = advice
        super().__init__(message)
        self.ids = tuple(ids)

    def __str__(self) -> str:
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        asked = f" (asked for {name_ids(self.ids)})" if self.ids else ""
        return f"{self.args[0]}{tries}{asked}; {self.advice}"

    @property
    def status_code(self) -> int | None:
        """The HTTP status, where there was a response."""
        return self._status

    def of_call(self, method: str, path: str, attempts: int) -> Self:
        """Add which call it was; returns the same error."""
        self.method, self.path, self.attempts = method, path, attempts
        return self

    def of_answer(self, response: Response) -> Self:
        """Add the server's response; returns the same error."""
        kind, headers, self._status = type(response), cast("Any", response.headers).copy(), response.status_code
        headers.pop("set-cookie", None)
        self.response = kind(self._status, headers, response.content)
        self.request_id = request_id_of(headers)
        beginning = kind(self._status, headers, response.content[:_BODY])
        try:
            self.body = beginning.json()
        except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
            self.body = beginning.text[:_TEXT]
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).__new__, (type(self),), {**vars(self), "args": self.args, "response": None}


class SignInError(APIError):
    """The credentials could not be refreshed: what returns them failed, which is this error's cause.

    Every call that waited for them raises it; the next call tries again. Of a success that could not be used there is
    no `body`, which may hold a credential.

    >>> SuperOffice(box.site, auth=TokenAuth(lambda: "")).tickets.get(439)  # SignInError: the function that must ...
    """

    advice = "look at the error's cause, and sign in again if it stays"


class TenantError(APIError):
    """A tenant cannot be called: its state says so, or where it is could not be found out. The request was not sent.

    `state` is the state service's own word, None where there was none.

    >>> with SuperOffice(Tenant("Cust99999", environment=Environment("sandbox", box.site))) as lost:
    ...     lost.tickets.get(439)  # TenantError: ... not known to the environment (Unknown) ...
    """

    advice = "check the context identifier and the environment, and ask SuperOffice about the tenant"
    state: str | None = None


class TenantUnavailableError(TenantError):
    """A tenant cannot be called now: its state passes, or the state service itself fails.

    `try_after` is the moment from which trying again is sensible, None where it is not known.

    >>> tenant = Tenant("Cust12345", environment=Environment("local", "http://127.0.0.1:1"))
    >>> SuperOffice(tenant, retries=0).tickets.get(439)  # TenantUnavailableError: ... could not be looked up: ...
    """

    advice = "try again later"
    try_after: datetime | None = None


class APIConnectionError(APIError):
    """The server could not be reached, or the response did not come whole.

    `repeatable` is True where trying again can help; `sent` where the request may have reached the server, which may
    then have carried it out.

    >>> failing("cut").tickets.get(439, retries=0)  # ConnectionBrokenError: the connection broke: ...; try again; ...
    """

    repeatable: bool = True
    sent: bool = True
    advice = "check the network and try again"


class ConnectionFailedError(APIConnectionError):
    """No connection to the site could be made.

    >>> SuperOffice("http://127.0.0.1:1", retries=0).tickets.get(439)  # ConnectionFailedError: could not connect ...
    """

    sent = False
    advice = "check that address, the network and any proxy"


class TlsError(ConnectionFailedError):
    """The site's certificate was not accepted, or no secure connection could be made.

    >>> site = box.site.replace("http:", "https:")  # where plain HTTP is spoken
    >>> SuperOffice(site, retries=0).tickets.get(439)  # TlsError: no secure connection to 127.0.0.1:...
    """

    repeatable = False
    advice = "check the site's certificate; behind a corporate proxy, install truststore or set SSL_CERT_FILE"


class APITimeoutError(APIConnectionError, TimeoutError):
    """The response did not come in time."""

    advice = "ask for fewer tickets a call, or give a longer timeout="


class ConnectionBrokenError(APIConnectionError):
    """The connection broke before the whole response had come."""

    advice = "try again; the call only reads"


class ResponseTooLargeError(APIConnectionError):
    """The response grew past the largest size that is accepted.

    >>> with SuperOffice(box.site, auth=BasicAuth(box.user, box.password), max_response_bytes=100) as narrow:
    ...     narrow.tickets.get(439)  # ResponseTooLargeError: the response grew past 100 bytes ...
    """

    repeatable = False
    advice = "ask for fewer tickets a call or select fewer fields, or allow more with max_response_bytes="


class APIStatusError(APIError):
    """The server responded with a status that is a failure.

    >>> failing(status=409).tickets.get(439)  # BadRequestError: the server refused the call (409): ...
    """

    advice = "look at the server's message"

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._status or 0


class AuthenticationError(APIStatusError):
    """The server did not accept the credentials (401).

    >>> client.tickets.get(439, headers={"Authorization": "Bearer 8A:wrong"})  # AuthenticationError: ... (401): ...
    """

    advice = "check auth= and, online, app_token="


class PermissionDeniedError(APIStatusError):
    """The user who signed in may not do this (403)."""

    advice = "ask an administrator for the right to read tickets, or sign in as another user"


class NotFoundError(APIError):
    """Tickets were not found, or (404) the endpoint was not.

    >>> client.tickets.get(77777)  # TicketNotFoundError: ticket 77777 not found: ...
    """

    advice = "check the ids and the site's address"


class EndpointNotFoundError(NotFoundError, APIStatusError):
    """The site has no such endpoint (404)."""

    advice = "check the site's address, up to but not including /api"


class MediaTypeError(APIStatusError):
    """The server does not speak the media type that was asked for (406) or sent (415)."""

    advice = "use another accept= or content_type=; JSON is what every server speaks"


class WrongHostError(APIStatusError):
    """The tenant is not on this host any more (421)."""

    advice = "look up the tenant's present address, or give the client a Tenant, which does so by itself"


class RateLimitError(APIStatusError):
    """The server asks for fewer calls (429). `retry_after` is for how many seconds, where it said so."""

    advice = "lower calls_per_second=, or wait"
    retry_after: float | None = None


class BadRequestError(APIStatusError):
    """The server did not take the request, with a status that has no class of its own."""

    advice = "look at the server's message"


class InternalServerError(APIStatusError):
    """The server failed (5xx)."""

    advice = "try again later; if it stays, tell the server's operators"


class InvalidResponseError(APIError):
    """The server responded with success, but not with tickets: null, an error, HTML, or what cannot be read.

    >>> failing("null").tickets.get(439)  # InvalidResponseError: the server responded with 200 and null, ...
    """

    advice = "look at the error's response"


class ErrorInSuccessError(InvalidResponseError):
    """The server responded with 200 and an error, whose words this error has as an `APIStatusError` has them."""

    advice = "look at the server's message"


class TicketDecodeError(InvalidResponseError):
    """A ticket came with a value that its type cannot hold.

    `problem` says which ticket, field and value, and where in the response; `problems` are all of that response;
    `batch` is the `TicketBatch` of every ticket of it that could be read.
    """

    advice = "look at the error's problems; what could be read is on its batch"

    def __init__(self, message: str, *, ids: Iterable[int], problems: Sequence[Problem], batch: _TicketBatch) -> None:
        super().__init__(message, ids=ids)
        self.problems = tuple(problems)
        self.problem = self.problems[0]
        self.batch = batch

    @classmethod
    def of(cls, problems: Sequence[Problem], batch: _TicketBatch) -> Self:
        """Make it of a batch's problems, the first of which is its sentence."""
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        ids = dict.fromkeys(p.ticket_id for p in problems if p.ticket_id is not None)
        error = cls(f"{problems[0]}{more}", ids=ids, problems=problems, batch=batch)
        if problems[0].field in (None, "TicketId"):  # no setting of the caller's helps
            way = "ask the server's operators what stands there"
        else:  # only a view's field must have a value; what else is odd is an error for strict=True alone
            way = "type the field with None" if problems[0].fatal else "leave strict= out"
        error.advice = f"{way}; what could be read is on the error's batch"
        return error


class MissingTicketsError(NotFoundError):
    """Tickets that were asked for were not found: unknown, deleted, or not readable for this user.

    >>> client.tickets.get_many([439, 77777]).raise_for_missing()  # MissingTicketsError: ticket 77777 not found: ...
    """

    advice = "take them off the list, or read `missing` and continue without them"
    _status: int | None = 200  # of each response that lacks a ticket

    def __str__(self) -> str:
        return f"{self.args[0]}; {self.advice}"


class TicketNotFoundError(MissingTicketsError):
    """The one ticket that was asked for was not found.

    >>> client.tickets.get(77777)  # TicketNotFoundError: ticket 77777 not found: ...
    """

    advice = "check its number, and whether this user may read it"
