from __future__ import annotations
import time
from collections.abc import Generator
from typing import Any, TypeVar
from urllib.parse import urlsplit
import attrs
from superoffice_runtime import Response
from ._exchange import Function, Outcome, Outgoing, Step, exchange
from ._headers import SentHeaders, check_headers
from ._renewal import Ask, AuthStep, Credential, RenewingAuth
from .errors import CallError, ConfigurationError, InvalidInputError, SignInError, SuperOfficeError, TenantError, TransportError
from .retries import Retries, Timeout
from .tenant import Place, Tenant
T = TypeVar('T')
LARGEST = 1024 * 1024

class SignIn:

    def __init__(self, out: Outgoing, tenant: Tenant | None, auth: RenewingAuth | None, timeout: Timeout, retries: Retries) -> None:
        ...

    def ready(self) -> bool:
        ...

    def before(self, left: float) -> Generator[Step, Any, None]:
        ...

    def refused(self, response: Response) -> bool:
        ...

    def after(self, response: Response, left: float) -> Generator[Step, Any, bool]:
        ...

def done(steps: Generator[AuthStep, Any, T], out: Outgoing, ends: float, timeout: Timeout, retries: Retries) -> Generator[Step, Any, T]:
    ...
