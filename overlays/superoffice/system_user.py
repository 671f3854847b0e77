"""Sign-in of servers, with nobody at the keyboard: a system user's signed token for a ticket."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from superoffice_api.facts import Security

from ._flow import (
    CLAIM,
    Kept,
    Secretive,
    answered,
    check_tenant,
    checked_keeping,
    load,
    of_tenant,
    save,
    serves,
    shown,
    trusted,
    writable,
)
from ._headers import hidden
from ._jwt import KeySet, check_installed
from ._private_key import load_private_key, signed
from ._renewal import Ask, AuthStep, Credential, RenewingAuth
from .auth import check_token, sign_in_header
from .errors import ConfigurationError, SignInError
from .keeping import Keeping
from .tenant import Tenant

TICKET_SECONDS: Final = 6 * 3600.0
"""How long a ticket lives from its last use on (source: public documentation)."""
_EXCHANGE: Final = "/Login/api/PartnerSystemUser/Authenticate"
_KEYS: Final = "/login/.well-known/jwks"
_ISSUER: Final = "SuperOffice AS"


class _Ticket(Kept):
    ticket: str


class _Request(Secretive, rename="pascal"):
    signed_system_token: str
    application_token: str
    context_identifier: str
    return_token_type: str


class _Reply(Secretive, rename="pascal"):
    is_successful: bool = False
    token: str | None = None
    error_message: str | None = None


class SystemUserAuth(RenewingAuth):
    """Signs a program in as the system user of a tenant; online only. Needs the extra `signin`.

    Its token is signed for the minute and exchanged for a JWT, which is checked against the keys that SuperOffice
    publishes and brings a ticket. The ticket lives six hours from its last use on and is used that long, by all calls
    together: each exchange leaves a row in the tenant's database. It always goes with the application token.

    Args:
        tenant: Whose system user it is; give the client the same.
        system_token: The system user's token, as SuperOffice gave it when the tenant approved the application.
        private_key: The text of the application's private key, as PEM or as RSAXML, also as a variable holds it: with
            line breaks that became blanks or two characters, or in base64 as a whole.
        app_token: The application's secret.
        passphrase: What the PEM is locked with, where it is.
        keeping: Where the ticket is kept from one run of the program to the next; by default it is not.

    Raises:
        ConfigurationError: The key cannot sign, something is missing, or the extra is not installed.
        SignInError: Raised by calls for which no ticket was to be had.

    >>> known = box.identity.system_user
    >>> where = Tenant(known.tenant, environment=Environment("sandbox", box.site))
    >>> key, token = known.private_key_pem(), known.system_token
    >>> auth = SystemUserAuth(where, system_token=token, private_key=key, app_token=known.app_token)
    >>> with SuperOffice(where, auth=auth) as client:
    ...     client.tickets.get(439).ticket_id
    439
    """

    scheme = Security.SO_TICKET
    brings_app_token = True

    def __init__(
        self,
        tenant: Tenant,
        *,
        system_token: str,
        private_key: str,
        app_token: str,
        passphrase: str | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        system_token, app_token = hidden(system_token), hidden(app_token)
        private_key, passphrase = hidden(private_key), hidden(passphrase)
        super().__init__()
        self.tenant = tenant
        check_installed()  # what checks the token that comes back, too: by then the exchange has been made
        check_tenant("SystemUserAuth", tenant)
        if not (system_token and app_token):
            missing = "app_token" if system_token else "system_token"
            raise ConfigurationError(
                f"{missing}= is empty; a system user signs in with token, private key and app token"
            )
        check_token("SystemUserAuth", "system_token", system_token)
        check_token("SystemUserAuth", "app_token", app_token)
        load_private_key(private_key, passphrase)
        self._system_token, self._app_token = system_token, app_token
        self._private_key, self._passphrase = private_key, passphrase
        self._keeping = checked_keeping("SystemUserAuth", keeping)
        self._keys = KeySet()

    def __repr__(self) -> str:
        return f"SystemUserAuth({self.tenant!r})"

    @property
    def kept_as(self) -> str:
        """The name under which the ticket is kept; another application's in the same tenant has another."""
        which = sha256(self._system_token.encode()).hexdigest()[:8]
        return f"{self.tenant.environment.name}/{self.tenant.context}/system-user-{which}"

    def renew(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Take the ticket that another program kept meanwhile, or exchange the signed token for one."""
        kept = yield from load(self._keeping, self.kept_as, _Ticket)
        if kept is not None and serves(kept, rejected):
            return self._credential(kept)
        yield from writable(self._keeping, self.kept_as)
        ticket = yield from self._exchanged()
        kept = _Ticket(expires_at=time.time() + TICKET_SECONDS, ticket=str(ticket))  # msgspec writes no other text
        yield from save(self._keeping, self.kept_as, kept)
        return self._credential(kept)

    def _credential(self, kept: _Ticket) -> Credential:
        headers = {
            **sign_in_header(Security.SO_TICKET, kept.ticket),
            **sign_in_header(Security.APP_TOKEN, self._app_token),
        }
        return Credential(headers, expires_at=kept.expires_at, slides=TICKET_SECONDS)

    def _exchanged(self) -> Generator[AuthStep, Any, str]:
        base = self.tenant.environment.url
        key = load_private_key(self._private_key, self._passphrase)
        request = _Request(
            signed_system_token=signed(self._system_token, key, datetime.now(UTC)),
            application_token=str(self._app_token),
            context_identifier=self.tenant.context,
            return_token_type="JWT",  # noqa: S106 - a kind of token and none itself
        )
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        response = yield Ask(method="POST", url=base + _EXCHANGE, headers=headers, content=msgspec.json.encode(request))
        reply: _Reply = answered(response, _Reply, "the exchange of the system user's token")
        if not reply.is_successful or not reply.token:
            said = shown(
                reply.error_message or "without a reason",
                request.signed_system_token,
                self._system_token,
                self._app_token,
            )
            raise SignInError(
                f"the system user was refused: {said}",
                advice="check its token, the app token, the private key, the tenant, and this machine's clock",
            ).of_answer(response)
        claims = yield from trusted(self._keys, hidden(reply.token), base + _KEYS, issuer=_ISSUER)
        of_tenant(claims, self.tenant.context)
        ticket = claims.get(f"{CLAIM}ticket")
        if not isinstance(ticket, str) or not ticket:
            raise SignInError(
                "the token for the system user holds no ticket", advice="tell the sign-in server's operators"
            )
        return hidden(ticket)
