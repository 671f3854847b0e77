from __future__ import annotations
import threading
from collections import deque
from secrets import token_hex
from typing import Any, Final
import attrs
from ..clock import Clock
from ..credentials import Credentials, same
from .application import Application
from .forgery import Wrong, make
from .keys import Keys
from .ledger import Ledger
from .session import Sessions
from .tenant import Tenant
LOGIN: Final = '/login'
CLAIM: Final = 'http://schemes.superoffice.net/identity/'
CODE_SECONDS: Final = 600
ACCESS_SECONDS: Final = 3600
TICKET_SECONDS: Final = 6 * 3600
SYSTEM_TOKEN: Final = 'Sandbox-a1B2c3D4e5'

@attrs.define(eq=False, repr=False, kw_only=True)
class Grant:
    application: Application
    redirect_uri: str
    challenge: str
    nonce: str | None
    spent: bool = False
    revoked: bool = False

class Issuer:

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self.credentials = ...
        self.clock = ...
        self.tenant = ...
        self.keys = ...
        self.application = ...
        self.sessions = ...
        ...

    def register(self, redirect_uris: tuple[str, ...], *, secret_required: bool) -> Application:
        ...

    def known(self, client_id: str) -> Application | None:
        ...

    def code(self, grant: Grant) -> str:
        ...

    def redeem(self, code: str, application: Application, redirect_uri: str, challenge: str) -> Grant | None:
        ...

    def refreshable(self, token: str, application: Application) -> Grant | None:
        ...

    def tokens(self, grant: Grant, base: str, *, first: bool) -> dict[str, Any]:
        ...

    def system_token(self, app_token: str, base: str) -> str:
        ...

    def knows_system_token(self, token: str) -> bool:
        ...

    def app_token(self, value: str) -> bool:
        ...

    def bearer(self, token: str) -> bool:
        ...

    def ticket(self, ticket: str, app_token: str | None) -> bool:
        ...

    def misbehave(self, wrong: Wrong, times: int) -> None:
        ...

    def expire(self) -> None:
        ...

    def revoke(self) -> None:
        ...
