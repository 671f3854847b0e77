"""Read SuperOffice help desk tickets, typed.

    from superoffice import BasicAuth, SuperOffice

    with SuperOffice("https://crm.example.com", auth=BasicAuth("user", "password")) as client:
        ticket = client.tickets.get(439)
        print(ticket.title, ticket.created_at)

`SuperOffice.from_env()` takes site and sign-in from the environment. Without an account, try it on a server of your own
(`pip install 'superoffice-sdk[sandbox]'`):

    import superoffice_sandbox

    with superoffice_sandbox.start() as box, SuperOffice.from_env(box.environ) as client:
        print(client.tickets.get(439))

`help(superoffice.SuperOffice)` says what a client takes, `help(superoffice.Tickets)` what it reads,
`help("superoffice.errors")` what can go wrong, and `TicketFields.time_to_reply`, say, what a ticket's member means: its
`description`, `unit` and special values. Names load when they are first used, so that importing the package costs next
to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from superoffice_api.fields import TicketFields
    from superoffice_api.flags import FieldRights, TableRights
    from superoffice_api.models import (
        FieldProperty,
        FieldRight,
        TableRight,
        Ticket,
        TicketBaseStatus,
        TicketOrigin,
        TicketReadStatus,
        TicketSecurityLevel,
    )
    from superoffice_runtime.fields import Field
    from superoffice_runtime.flags import Mask

    from .auth.login import login
    from .auth.oauth import OAuthAuth
    from .auth.refreshing import RenewingAuth
    from .auth.schemes import Auth, BasicAuth, BearerAuth, SoTicketAuth, TokenAuth, XsrfAuth
    from .auth.storage import FileKeeping, Keeping, KeyringKeeping
    from .auth.system_user import SystemUserAuth
    from .auth.tenant import Environment, Tenant
    from .batch import Problem, TicketBatch
    from .client import AsyncSuperOffice, SuperOffice
    from .errors import (
        AuthenticationError,
        CallError,
        CallTimeoutError,
        ClientClosedError,
        ConfigurationError,
        ConnectionBrokenError,
        ConnectionFailedError,
        EndpointNotFoundError,
        ErrorInSuccessError,
        ExportError,
        ExportRefusedError,
        InvalidIdError,
        InvalidInputError,
        InvalidResponseError,
        MediaTypeError,
        MissingExtraError,
        MissingTicketsError,
        NoKeyringError,
        NotSelectedError,
        PermissionDeniedError,
        ProjectionError,
        RateLimitedError,
        RequestRejectedError,
        ResponseError,
        ResponseTooLargeError,
        ServerError,
        SignInError,
        StreamClosedError,
        SuperOfficeError,
        TenantError,
        TenantUnavailableError,
        TicketDecodeError,
        TicketNotFoundError,
        TlsError,
        TransportError,
        UnknownFieldError,
        WrongHostError,
    )
    from .export.result import ExportProgress, ExportResult
    from .hooks import CallEvent, Hooks
    from .locale import Locale
    from .retries import Retries, Timeout
    from .select import RawField
    from .stream import AsyncTicketStream, StreamCounts, TicketStream
    from .tickets import AsyncTickets, Tickets
    from .views import PartialTicket, TicketView, View

_HOMES = {
    "superoffice_api.models": (
        "FieldProperty", "FieldRight", "TableRight", "Ticket",
        "TicketBaseStatus", "TicketOrigin", "TicketReadStatus", "TicketSecurityLevel",
    ),
    "superoffice.client": ("AsyncSuperOffice", "SuperOffice"),
    "superoffice.auth.refreshing": ("RenewingAuth",),
    "superoffice.tickets": ("Tickets",),
    "superoffice.tickets": ("AsyncTickets",),
    "superoffice.auth.schemes": (
        "Auth", "BasicAuth", "BearerAuth", "SoTicketAuth", "TokenAuth", "XsrfAuth",
    ),
    "superoffice_api.fields": ("TicketFields",),
    "superoffice_api.flags": ("FieldRights", "TableRights"),
    "superoffice_runtime.fields": ("Field",),
    "superoffice_runtime.flags": ("Mask",),
    "superoffice.batch": ("Problem", "TicketBatch"),
    "superoffice.errors": (
        "AuthenticationError",
        "CallError",
        "CallTimeoutError",
        "ClientClosedError",
        "ConfigurationError",
        "ConnectionBrokenError",
        "ConnectionFailedError",
        "EndpointNotFoundError",
        "ErrorInSuccessError",
        "ExportError",
        "ExportRefusedError",
        "InvalidIdError",
        "InvalidInputError",
        "InvalidResponseError",
        "MediaTypeError",
        "MissingExtraError",
        "MissingTicketsError",
        "NoKeyringError",
        "NotSelectedError",
        "PermissionDeniedError",
        "ProjectionError",
        "RateLimitedError",
        "RequestRejectedError",
        "ResponseError",
        "ResponseTooLargeError",
        "ServerError",
        "SignInError",
        "StreamClosedError",
        "SuperOfficeError",
        "TenantError",
        "TenantUnavailableError",
        "TicketDecodeError",
        "TicketNotFoundError",
        "TlsError",
        "TransportError",
        "UnknownFieldError",
        "WrongHostError",
    ),
    "superoffice.export.result": ("ExportProgress", "ExportResult"),
    "superoffice.hooks": ("CallEvent", "Hooks"),
    "superoffice.auth.storage": ("FileKeeping", "Keeping", "KeyringKeeping"),
    "superoffice.locale": ("Locale",),
    "superoffice.retries": ("Retries", "Timeout"),
    "superoffice.auth.login": ("login",),
    "superoffice.auth.oauth": ("OAuthAuth",),
    "superoffice.auth.system_user": ("SystemUserAuth",),
    "superoffice.views": ("PartialTicket",),
    "superoffice.select": ("RawField",),
    "superoffice.stream": ("AsyncTicketStream", "StreamCounts", "TicketStream"),
    "superoffice.auth.tenant": ("Environment", "Tenant"),
    "superoffice.views": ("TicketView", "View"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AsyncSuperOffice",
    "AsyncTicketStream",
    "AsyncTickets",
    "Auth",
    "AuthenticationError",
    "BasicAuth",
    "BearerAuth",
    "CallError",
    "CallEvent",
    "CallTimeoutError",
    "ClientClosedError",
    "ConfigurationError",
    "ConnectionBrokenError",
    "ConnectionFailedError",
    "EndpointNotFoundError",
    "Environment",
    "ErrorInSuccessError",
    "ExportError",
    "ExportProgress",
    "ExportRefusedError",
    "ExportResult",
    "Field",
    "FieldProperty",
    "FieldRight",
    "FieldRights",
    "FileKeeping",
    "Hooks",
    "InvalidIdError",
    "InvalidInputError",
    "InvalidResponseError",
    "Keeping",
    "KeyringKeeping",
    "Locale",
    "Mask",
    "MediaTypeError",
    "MissingExtraError",
    "MissingTicketsError",
    "NoKeyringError",
    "NotSelectedError",
    "OAuthAuth",
    "PartialTicket",
    "PermissionDeniedError",
    "Problem",
    "ProjectionError",
    "RateLimitedError",
    "RawField",
    "RenewingAuth",
    "RequestRejectedError",
    "ResponseError",
    "ResponseTooLargeError",
    "Retries",
    "ServerError",
    "SignInError",
    "SoTicketAuth",
    "StreamClosedError",
    "StreamCounts",
    "SuperOffice",
    "SuperOfficeError",
    "SystemUserAuth",
    "TableRight",
    "TableRights",
    "Tenant",
    "TenantError",
    "TenantUnavailableError",
    "Ticket",
    "TicketBaseStatus",
    "TicketBatch",
    "TicketDecodeError",
    "TicketFields",
    "TicketNotFoundError",
    "TicketOrigin",
    "TicketReadStatus",
    "TicketSecurityLevel",
    "TicketStream",
    "TicketView",
    "Tickets",
    "Timeout",
    "TlsError",
    "TokenAuth",
    "TransportError",
    "UnknownFieldError",
    "View",
    "WrongHostError",
    "XsrfAuth",
    "login",
]


if not TYPE_CHECKING:  # which would take any name for one of these

    def __getattr__(name: str) -> object:
        home = _HOME_OF.get(name)
        if home is None:
            raise AttributeError(f"module 'superoffice' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(home), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
