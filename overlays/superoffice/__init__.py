"""Read SuperOffice help desk tickets, typed.

    from superoffice import BasicAuth, SuperOffice

    with SuperOffice("https://crm.example.com", auth=BasicAuth("user", "password")) as client:
        print(client.tickets.get(439).title)

`SuperOffice.from_env()` takes site and credentials from the environment. Without an account, try it on a server of your
own (`pip install 'superoffice-sdk[sandbox]'`):

    import superoffice_sandbox

    with superoffice_sandbox.start() as box, SuperOffice.from_env(box.environ) as client:
        print(client.tickets.get(439))

`help(superoffice.SuperOffice)` says what a client takes, `help(superoffice.Tickets)` what it reads,
`help("superoffice.errors")` what can go wrong, and `TicketFields.time_to_reply`, say, what a ticket's field means: its
`description`, `unit` and special values. Names load when they are first used, so that importing the package costs next
to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from superoffice_api.facts import TicketFieldName
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
    from .auth.refreshing import RefreshingAuth
    from .auth.schemes import Auth, BasicAuth, BearerAuth, SoTicketAuth, TokenAuth, XsrfAuth
    from .auth.storage import FileTokenStore, KeyringTokenStore, TokenStore
    from .auth.system_user import SystemUserAuth
    from .auth.tenant import Environment, Tenant
    from .batch import APIResponse, TicketBatch
    from .client import AsyncSuperOffice, SuperOffice
    from .errors import *
    from .export.result import ExportProgress, ExportResult
    from .hooks import CallEvent, Hooks
    from .locale import Locale
    from .problem import Problem
    from .retries import RetryPolicy, Timeout
    from .select import RawField, fields
    from .stream import AsyncTicketStream, StreamCounts, TicketStream
    from .tickets import AsyncTickets, Tickets
    from .views import PartialTicket, TicketView, View

__all__ = [
    "APIConnectionError", "APIError", "APIResponse", "APIStatusError", "APITimeoutError", "AsyncSuperOffice",
    "AsyncTicketStream", "AsyncTickets", "Auth", "AuthenticationError", "BadRequestError", "BasicAuth", "BearerAuth",
    "CallEvent", "ClientClosedError", "ConfigurationError", "ConnectionBrokenError", "ConnectionFailedError",
    "EndpointNotFoundError", "Environment", "ErrorInSuccessError", "ExportError", "ExportProgress",
    "ExportRefusedError", "ExportResult", "Field", "FieldProperty", "FieldRight", "FieldRights", "FileTokenStore",
    "Hooks", "InternalServerError", "InvalidIdError", "InvalidInputError", "InvalidResponseError", "KeyringTokenStore",
    "Locale", "Mask", "MediaTypeError", "MissingExtraError", "MissingTicketsError", "NoKeyringError", "NotFoundError",
    "NotSelectedError", "OAuthAuth", "PartialTicket", "PermissionDeniedError", "Problem", "ProjectionError",
    "RateLimitError", "RawField", "RefreshingAuth", "ResponseTooLargeError", "RetryPolicy", "SignInError",
    "SoTicketAuth", "StreamClosedError", "StreamCounts", "SuperOffice", "SuperOfficeError", "SystemUserAuth",
    "TableRight", "TableRights", "Tenant", "TenantError", "TenantUnavailableError", "Ticket", "TicketBaseStatus",
    "TicketBatch", "TicketDecodeError", "TicketFieldName", "TicketFields", "TicketNotFoundError", "TicketOrigin",
    "TicketReadStatus", "TicketSecurityLevel", "TicketStream", "TicketView", "Tickets", "Timeout", "TlsError",
    "TokenAuth", "TokenStore", "UnknownFieldError", "View", "WrongHostError", "XsrfAuth", "fields", "login",
]  # fmt: skip

# Searched in this order, each after those that it imports, so that a name loads little which it does not need.
_HOMES = (
    ".errors", "superoffice_api.models", "superoffice_runtime.fields", "superoffice_api.fields", ".problem", ".hooks",
    ".locale", ".retries", ".select", ".auth.refreshing", ".auth.schemes", ".auth.tenant", ".views", ".batch",
    ".tickets", ".client", "superoffice_runtime.flags", "superoffice_api.flags", ".auth.storage", ".auth.oauth",
    ".auth.system_user", ".export.result", ".stream", ".auth.login",
)  # fmt: skip


if not TYPE_CHECKING:  # or a misspelt name would pass as whatever this gives

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'superoffice' has no attribute {name!r}")
        modules = (import_module(home, __name__) for home in _HOMES)
        value = globals()[name] = next(getattr(each, name) for each in modules if hasattr(each, name))
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
