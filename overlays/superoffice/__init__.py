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
    from .batch import TicketBatch
    from .client import AsyncSuperOffice, SuperOffice
    from .errors import *
    from .export.result import ExportProgress, ExportResult
    from .hooks import CallEvent, Hooks
    from .locale import Locale
    from .problem import Problem
    from .retries import RetryPolicy, Timeout
    from .select import RawField
    from .stream import AsyncTicketStream, StreamCounts, TicketStream
    from .tickets import AsyncTickets, Tickets
    from .views import PartialTicket, TicketView, View

_HOME_OF: dict[str, str] = {}


def _at(home: str) -> None:
    """Note where the names are that `__all__` got last."""
    _HOME_OF.update(dict.fromkeys(__all__[len(_HOME_OF) :], home))


__all__: list[str] = []
__all__ += ["TicketFields"]
_at("superoffice_api.fields")
__all__ += ["FieldRights", "TableRights"]
_at("superoffice_api.flags")
__all__ += ["FieldProperty", "FieldRight", "TableRight", "Ticket"]
__all__ += ["TicketBaseStatus", "TicketOrigin", "TicketReadStatus", "TicketSecurityLevel"]
_at("superoffice_api.models")
__all__ += ["Field"]
_at("superoffice_runtime.fields")
__all__ += ["Mask"]
_at("superoffice_runtime.flags")
__all__ += ["login"]
_at(".auth.login")
__all__ += ["OAuthAuth"]
_at(".auth.oauth")
__all__ += ["RefreshingAuth"]
_at(".auth.refreshing")
__all__ += ["Auth", "BasicAuth", "BearerAuth", "SoTicketAuth", "TokenAuth", "XsrfAuth"]
_at(".auth.schemes")
__all__ += ["FileTokenStore", "KeyringTokenStore", "TokenStore"]
_at(".auth.storage")
__all__ += ["SystemUserAuth"]
_at(".auth.system_user")
__all__ += ["Environment", "Tenant"]
_at(".auth.tenant")
__all__ += ["TicketBatch"]
_at(".batch")
__all__ += ["AsyncSuperOffice", "SuperOffice"]
_at(".client")
__all__ += ["APIConnectionError", "APIError", "APIStatusError", "APITimeoutError", "AuthenticationError"]
__all__ += ["BadRequestError", "ClientClosedError", "ConfigurationError", "ConnectionBrokenError"]
__all__ += ["ConnectionFailedError", "EndpointNotFoundError", "ErrorInSuccessError", "ExportError"]
__all__ += ["ExportRefusedError", "InternalServerError", "InvalidIdError", "InvalidInputError", "InvalidResponseError"]
__all__ += ["MediaTypeError", "MissingExtraError", "MissingTicketsError", "NoKeyringError", "NotSelectedError"]
__all__ += ["PermissionDeniedError", "ProjectionError", "RateLimitError", "ResponseTooLargeError", "SignInError"]
__all__ += ["StreamClosedError", "SuperOfficeError", "TenantError", "TenantUnavailableError", "TicketDecodeError"]
__all__ += ["TicketNotFoundError", "TlsError", "UnknownFieldError", "WrongHostError"]
_at(".errors")
__all__ += ["ExportProgress", "ExportResult"]
_at(".export.result")
__all__ += ["CallEvent", "Hooks"]
_at(".hooks")
__all__ += ["Locale"]
_at(".locale")
__all__ += ["Problem"]
_at(".problem")
__all__ += ["RetryPolicy", "Timeout"]
_at(".retries")
__all__ += ["RawField"]
_at(".select")
__all__ += ["AsyncTicketStream", "StreamCounts", "TicketStream"]
_at(".stream")
__all__ += ["AsyncTickets", "Tickets"]
_at(".tickets")
__all__ += ["PartialTicket", "TicketView", "View"]
_at(".views")


if not TYPE_CHECKING:  # or a misspelt name would pass as whatever this gives

    def __getattr__(name: str) -> object:
        home = _HOME_OF.get(name)
        if home is None:
            raise AttributeError(f"module 'superoffice' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(home, __name__), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
