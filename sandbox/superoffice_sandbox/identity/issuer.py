"""Issued codes, tokens and session tickets: who holds them, and which are valid."""

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

LOGIN: Final = "/login"
CLAIM: Final = "http://schemes.superoffice.net/identity/"
CODE_SECONDS: Final = 600
ACCESS_SECONDS: Final = 3600
TICKET_SECONDS: Final = 6 * 3600
SYSTEM_TOKEN: Final = "Sandbox-a1B2c3D4e5"  # noqa: S105 - of no use without its key
_JWT_SECONDS: Final = 3600
_SERIAL: Final = "1234567890"


@attrs.define(eq=False, repr=False, kw_only=True)
class Grant:
    """A person's consent, for which a code and tokens are issued."""

    application: Application
    redirect_uri: str
    challenge: str
    nonce: str | None
    spent: bool = False
    revoked: bool = False


class Issuer:
    """Issues codes, tokens and session tickets, and knows which are valid. Safe to use from any thread."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self.credentials = credentials
        self.clock = clock
        self.tenant = Tenant("Cust12345")
        self.keys = Keys()
        own = Application(client_id="sandbox-client", client_secret=credentials.app_token)
        self.application = own
        self._applications = {own.client_id: own}
        self._lock = threading.Lock()
        self._wrong: deque[Wrong] = deque()
        self._codes: Ledger[Grant] = Ledger(clock, seconds=CODE_SECONDS)
        self._access: Ledger[Grant] = Ledger(clock, f"8A:{self.tenant.name}.", seconds=ACCESS_SECONDS)
        self._refresh: Ledger[Grant] = Ledger(clock)
        self._tickets: Ledger[str] = Ledger(clock, "7T:", seconds=TICKET_SECONDS, sliding=True)
        self.sessions = Sessions(clock, TICKET_SECONDS)

    # Applications

    def register(self, redirect_uris: tuple[str, ...], *, secret_required: bool) -> Application:
        """Register an application."""
        made = Application(
            client_id=token_hex(16),
            client_secret=token_hex(16),
            redirect_uris=redirect_uris,
            secret_required=secret_required,
        )
        with self._lock:
            self._applications[made.client_id] = made
        return made

    def known(self, client_id: str) -> Application | None:
        """Return the application with this id."""
        return self._applications.get(client_id)

    # What is issued

    def code(self, grant: Grant) -> str:
        """Issue a code for a person's consent."""
        return self._codes.issue(grant)

    def redeem(self, code: str, application: Application, redirect_uri: str, challenge: str) -> Grant | None:
        """Redeem a code, once; a second use revokes its tokens, since the code may have been stolen."""
        grant = self._codes.find(code)
        if grant is None or grant.application is not application:
            return None
        with self._lock:
            grant.revoked = grant.revoked or grant.spent
            grant.spent = True
        if grant.revoked or grant.redirect_uri != redirect_uri or not same(challenge, grant.challenge):
            return None
        return grant

    def refreshable(self, token: str, application: Application) -> Grant | None:
        """Return the grant of a refresh token, which may be used many times."""
        grant = self._refresh.find(token)
        return grant if grant and not grant.revoked and grant.application is application else None

    def tokens(self, grant: Grant, base: str, *, first: bool) -> dict[str, Any]:
        """Issue tokens; only the first ones come with a refresh token."""
        times = self._times() | {"iss": base, "aud": grant.application.client_id}
        nonce = {"nonce": grant.nonce} if first and grant.nonce is not None else {}
        own = {
            "ctx": self.tenant.name,
            "system_token": SYSTEM_TOKEN,
            "is_administrator": "True",
            "identityprovider": base,
        }
        issued = {
            "token_type": "Bearer",
            "access_token": self._access.issue(grant),
            "expires_in": ACCESS_SECONDS,
            "id_token": self._jwt(times | nonce | self._person(base, own), base),
        }
        return issued | ({"refresh_token": self._refresh.issue(grant)} if first else {})

    def system_token(self, app_token: str, base: str) -> str:
        """Issue the token that holds a system user's session ticket."""
        times = self._times() | {"iss": "SuperOffice AS", "aud": f"spn:{_SERIAL}"}
        own = {"ctx": self.tenant.name, "ticket": self._tickets.issue(app_token), "identityprovider": "SuperOffice AS"}
        return self._jwt(times | self._person(base, own), base)

    def _times(self) -> dict[str, Any]:
        now = int(self.clock.shown())
        return {"iat": now, "nbf": now, "exp": now + _JWT_SECONDS}

    def _person(self, base: str, own: dict[str, Any]) -> dict[str, Any]:
        name = f"{self.credentials.user}@example.com"
        site = self.tenant.site(base)
        known = own | {
            "upn": name,
            "email": name,
            "associateid": "1",
            "serial": _SERIAL,
            "netserver_url": f"{site}/Remote/Services88/",
            "webapi_url": f"{site}/api/",
        }
        return {"sub": name} | {CLAIM + key: value for key, value in known.items()}

    def _jwt(self, claims: dict[str, Any], base: str) -> str:
        with self._lock:
            wrong = self._wrong.popleft() if self._wrong else None
        return make(self.keys, claims, wrong, f"{base}{LOGIN}/.well-known/foreign")

    # What is valid

    def knows_system_token(self, token: str) -> bool:
        """Return True if this is the system user's token."""
        return same(token, SYSTEM_TOKEN)

    def app_token(self, value: str) -> bool:
        """Return True if an application has this secret."""
        return any(same(value, each.client_secret) for each in list(self._applications.values()))

    def bearer(self, token: str) -> bool:
        """Return True if an access token is valid."""
        grant = self._access.find(token)
        return grant is not None and not grant.revoked

    def ticket(self, ticket: str, app_token: str | None) -> bool:
        """Return True if a session ticket is valid for this application; its use extends it by six hours."""
        holder = self._tickets.find(ticket)
        return holder is not None and (app_token is None or same(app_token, holder))

    # For tests

    def misbehave(self, wrong: Wrong, times: int) -> None:
        """Make the next tokens wrong."""
        with self._lock:
            self._wrong.extend([wrong] * times)

    def expire(self) -> None:
        """End all codes, access tokens, session tickets and web sessions."""
        for ledger in (self._codes, self._access, self._tickets):
            ledger.clear()
        self.sessions.clear()

    def revoke(self) -> None:
        """End the refresh tokens too."""
        self.expire()
        self._refresh.clear()
