from __future__ import annotations
from importlib import import_module
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from superoffice_api.fields import TicketFields
    from superoffice_api.flags import FieldRights, TableRights
    from superoffice_api.models import FieldProperty, FieldRight, TableRight, Ticket, TicketBaseStatus, TicketOrigin, TicketReadStatus, TicketSecurityLevel
    from superoffice_runtime.fields import Field
    from superoffice_runtime.flags import Mask
    from ._client import AsyncSuperOffice, SuperOffice
    from ._tickets import Tickets
    from ._tickets_async import AsyncTickets
    from .auth import Auth, BasicAuth, BearerAuth, SoTicketAuth, XsrfAuth
    from .batch import Problem, TicketBatch
    from .errors import AuthenticationError, CallError, CallTimeoutError, ClientClosedError, ConfigurationError, ConnectionBrokenError, ConnectionFailedError, EndpointNotFoundError, ErrorInSuccessError, InvalidIdError, InvalidInputError, InvalidResponseError, MediaTypeError, MissingTicketsError, NotSelectedError, PermissionDeniedError, ProjectionError, RateLimitedError, RequestRejectedError, ResponseError, ResponseTooLargeError, ServerError, StreamClosedError, SuperOfficeError, TicketDecodeError, TicketNotFoundError, TlsError, TransportError, UnknownFieldError, WrongHostError
    from .hooks import CallEvent, Hooks
    from .locale import Locale
    from .partial import PartialTicket
    from .retries import Retries, Timeout
    from .select import RawField
    from .stream import AsyncTicketStream, StreamCounts, TicketStream
    from .view import TicketView, View
__all__ = ['AsyncSuperOffice', 'AsyncTicketStream', 'AsyncTickets', 'Auth', 'AuthenticationError', 'BasicAuth', 'BearerAuth', 'CallError', 'CallEvent', 'CallTimeoutError', 'ClientClosedError', 'ConfigurationError', 'ConnectionBrokenError', 'ConnectionFailedError', 'EndpointNotFoundError', 'ErrorInSuccessError', 'Field', 'FieldProperty', 'FieldRight', 'FieldRights', 'Hooks', 'InvalidIdError', 'InvalidInputError', 'InvalidResponseError', 'Locale', 'Mask', 'MediaTypeError', 'MissingTicketsError', 'NotSelectedError', 'PartialTicket', 'PermissionDeniedError', 'Problem', 'ProjectionError', 'RateLimitedError', 'RawField', 'RequestRejectedError', 'ResponseError', 'ResponseTooLargeError', 'Retries', 'ServerError', 'SoTicketAuth', 'StreamClosedError', 'StreamCounts', 'SuperOffice', 'SuperOfficeError', 'TableRight', 'TableRights', 'Ticket', 'TicketBaseStatus', 'TicketBatch', 'TicketDecodeError', 'TicketFields', 'TicketNotFoundError', 'TicketOrigin', 'TicketReadStatus', 'TicketSecurityLevel', 'TicketStream', 'TicketView', 'Tickets', 'Timeout', 'TlsError', 'TransportError', 'UnknownFieldError', 'View', 'WrongHostError', 'XsrfAuth']

def __getattr__(name: str) -> object:
    ...

def __dir__() -> list[str]:
    ...
