from __future__ import annotations
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self
if TYPE_CHECKING:
    from datetime import datetime
    from superoffice_runtime import Response
    from .batch import Problem, TicketBatch
PERHAPS_DONE = 'it may have been carried out all the same, so it was not repeated; look before you try again'

def name_ids(ids: Iterable[int], limit: int=5) -> str:
    ...

class SuperOfficeError(Exception):
    ...

class ConfigurationError(SuperOfficeError, ValueError):
    ...

class NoKeyringError(ConfigurationError):
    ...

class ClientClosedError(ConfigurationError):
    ...

class StreamClosedError(ConfigurationError):
    ...

class MissingExtraError(ConfigurationError, ImportError):
    ...

class InvalidInputError(SuperOfficeError, ValueError):
    ...

class InvalidIdError(InvalidInputError):
    position: int | None = None

    def at(self, position: int) -> Self:
        ...

class UnknownFieldError(InvalidInputError):
    ...

class ProjectionError(InvalidInputError, TypeError):
    ...

class NotSelectedError(SuperOfficeError, AttributeError):
    ...

class ExportError(SuperOfficeError):
    ...

class ExportRefusedError(ExportError, ValueError):
    ...

class CallError(SuperOfficeError):
    advice: str = 'try again'
    method: str | None = None
    path: str | None = None
    attempts: int = 1
    received: TicketBatch[Any] | None = None
    _status: int | None = None
    response: Response | None = None

    def __init__(self, message: str, *, ids: Iterable[int]=(), advice: str | None=None) -> None:
        self.ids = ...
        self.correlation: Mapping[str, str] = ...
        self.advice = ...
        ...

    def __str__(self) -> str:
        ...

    @property
    def status(self) -> int | None:
        ...

    def of_call(self, method: str, path: str, attempts: int) -> Self:
        ...

    def of_answer(self, response: Response) -> Self:
        ...

    def __reduce__(self) -> tuple[Any, ...]:
        ...

class SignInError(CallError):
    advice = "look at the error's cause, and sign in anew if it stays"

class TenantError(CallError):
    advice = 'check the context identifier and the environment, and ask SuperOffice about the tenant'
    state: str | None = None

class TenantUnavailableError(TenantError):
    advice = 'try again later'
    try_after: datetime | None = None

class TransportError(CallError):
    repeatable: bool = True
    sent: bool = True
    advice = 'check the network and try again'

class ConnectionFailedError(TransportError):
    sent = False
    advice = 'check that address, the network and any proxy'

class TlsError(ConnectionFailedError):
    repeatable = False
    advice = "check the site's certificate; behind a corporate proxy, install truststore or set SSL_CERT_FILE"

class CallTimeoutError(TransportError, TimeoutError):
    advice = 'ask for fewer tickets a call, or give a longer timeout='

class ConnectionBrokenError(TransportError):
    advice = 'try again; the call only reads'

class ResponseTooLargeError(TransportError):
    repeatable = False
    advice = 'ask for fewer tickets a call or select fewer members, or allow more with max_response_bytes='

class ResponseError(CallError):
    advice = "look at the server's message"
    error_type: str | None = None
    server_message: str | None = None
    error_source: str | None = None

    @property
    def status(self) -> int:
        ...

class AuthenticationError(ResponseError):
    advice = 'check auth= and, online, app_token='

class PermissionDeniedError(ResponseError):
    advice = 'ask an administrator for the right to read tickets, or sign in as another user'

class EndpointNotFoundError(ResponseError):
    advice = "check the site's address, up to but not including /api"

class MediaTypeError(ResponseError):
    advice = 'use another accept= or content_type=; JSON is what every server speaks'

class WrongHostError(ResponseError):
    advice = "look up the tenant's present address, or give the client a Tenant, which does so by itself"

class RateLimitedError(ResponseError):
    advice = 'lower calls_per_second=, or wait'
    retry_after: float | None = None

class RequestRejectedError(ResponseError):
    ...

class ServerError(ResponseError):
    advice = "try again later; if it stays, tell the server's operators"

class InvalidResponseError(CallError):
    advice = "look at the error's response"
    error_type: str | None = None
    server_message: str | None = None
    error_source: str | None = None

class ErrorInSuccessError(InvalidResponseError):
    advice = "look at the server's message"

class TicketDecodeError(InvalidResponseError):
    advice = "type the member with None, or leave strict= out; what could be read is on the error's batch"

    def __init__(self, message: str, *, ids: Iterable[int], problems: Sequence[Problem], batch: TicketBatch[Any]) -> None:
        self.problems = ...
        self.problem = ...
        self.batch = ...
        ...

    @classmethod
    def of(cls, problems: Sequence[Problem], batch: TicketBatch[Any]) -> Self:
        ...

class MissingTicketsError(CallError):
    advice = 'take them off the list, or read `missing` and go on without them'

    def __str__(self) -> str:
        ...

class TicketNotFoundError(MissingTicketsError):
    advice = 'check its number, and whether this user may read it'
