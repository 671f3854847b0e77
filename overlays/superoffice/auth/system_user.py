"""The private key of a system user, as PEM or as the RSAXML of .NET, and what is signed with it."""

from __future__ import annotations

import re
import time
from base64 import b64decode, b64encode
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from superoffice_api.facts import Security
from superoffice_runtime.shapes import Shape

from .._extras import extra
from ..errors import ConfigurationError, SignInError
from ..transport.call import hidden
from .jwt import (
    CLAIM,
    HiddenRepr,
    KeySet,
    StoredCredential,
    answered,
    check_installed,
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
from .refreshing import AuthStep, Credential, RefreshingAuth, SendRequest
from .schemes import check_text, check_token, sign_in_header
from .storage import TokenStore
from .tenant import Tenant

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


_PARTS: Final = ("P", "Q", "D", "DP", "DQ", "InverseQ", "Exponent", "Modulus")
_SHAPES: Final = {"RSAKeyValue": Shape("RSAKeyValue", members=dict.fromkeys(_PARTS, "string"))}
_PEM: Final = re.compile(r"-----BEGIN\s*(\w*)\s*PRIVATE\s*KEY-----(.*?)(?:-----END|\Z)", re.DOTALL)
_LOCK: Final = re.compile(r"\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*(\S+)\s+")  # before the key, in old PEM
_AROUND: Final = "\ufeff \t\r\n\"'"
_MAX_BYTES: Final = 64 * 1024


def load_private_key(text: str, passphrase: str | None) -> RSAPrivateKey:
    """Read a key; raises `ConfigurationError`, with nothing of the key in it, where it is none that can sign."""
    text, passphrase = hidden(text), hidden(passphrase)
    check_text("SystemUserAuth", "private_key", text)
    if passphrase is not None:
        check_text("SystemUserAuth", "passphrase", passphrase)
    text = _tidied(text)
    found = _from_xml(text, passphrase) if text.startswith("<") else _from_pem(text, passphrase)
    if isinstance(found, str):
        raise ConfigurationError(f"the private key {found}")
    return found


def signed(token: str, key: RSAPrivateKey, moment: datetime) -> str:
    """Sign a system user's token for the minute of `moment`, in UTC, with RSA PKCS#1 v1.5 and SHA-256."""
    with extra("signin"):
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

    text = f"{token}.{moment.astimezone(UTC):%Y%m%d%H%M}"
    return f"{text}.{b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode('ascii')}"


def _tidied(text: str) -> str:
    """Undo what a variable or a file of settings does: quotes, line breaks as two characters, base64 of the whole."""
    text = re.sub(r"\\+[rnt]", "\n", text).replace("\\", "").strip(_AROUND)
    if not text.startswith(("-", "<")):
        with suppress(ValueError):  # it is not base64, or not of text
            text = b64decode("".join(text.split()), validate=True).decode().strip(_AROUND)
    return hidden(text)


# Both give what is wrong as the end of a sentence: an exception from in there would carry the key in its frames.
def _from_pem(text: str, passphrase: str | None) -> RSAPrivateKey | str:
    with extra("signin"):
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = _PEM.search(text)
    if pem is None:
        return (
            "is neither PEM (-----BEGIN PRIVATE KEY-----) nor RSAXML (<RSAKeyValue>); give the text of the key's file"
        )
    locked = "ENCRYPTED" in text
    if locked and not passphrase:
        return "is locked with a passphrase; give it as passphrase="
    if passphrase and not locked:
        return "is not locked; leave passphrase= out"
    kind, lock = f"{pem[1]} PRIVATE KEY".strip(), _LOCK.match(pem[2])
    head = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: {lock[1]}\n\n" if lock else ""
    # Its lines are joined, wherever they were broken or with what.
    body = "".join(pem[2][lock.end() if lock else 0 :].split())
    whole = f"-----BEGIN {kind}-----\n{head}{body}\n-----END {kind}-----\n"
    try:
        key = load_pem_private_key(whole.encode(), passphrase.encode() if passphrase else None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return f"could not be read; check that it is whole{' and that its passphrase is right' if locked else ''}"
    return key if isinstance(key, RSAPrivateKey) else "is no RSA key, which is what the sign-in takes"


def _from_xml(text: str, passphrase: str | None) -> RSAPrivateKey | str:
    with extra("signin"):
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
    from superoffice_runtime.xml import XmlError, read_xml

    if passphrase:
        return "is RSAXML, which is never locked; leave passphrase= out"
    try:
        # Declarations of entities are refused there, as is everything beyond plain elements.
        # A declaration names the encoding that a file had, and this is text.
        plain = re.sub(r"<\?xml\s.*?\?>", "", text, count=1, flags=re.DOTALL).strip()
        read = read_xml(plain.encode(), "RSAKeyValue", _SHAPES, max_bytes=_MAX_BYTES)
    except XmlError:
        return "is no RSAXML that is accepted; give one <RSAKeyValue> without a document type"
    found = cast("dict[str, Any]", read if isinstance(read, dict) else {})
    missing = [name for name in _PARTS if not found.get(name)]
    if "D" in missing:
        return "is a public one; give the RSAXML that has a <D> too"
    if missing:
        return f"lacks {', '.join(f'<{name}>' for name in missing)}; give the whole RSAXML"
    try:
        p, q, d, dp, dq, inverse, e, n = (
            int.from_bytes(b64decode("".join(found[name].split()), validate=True)) for name in _PARTS
        )
        return RSAPrivateNumbers(p, q, d, dp, dq, inverse, RSAPublicNumbers(e, n)).private_key()
    except (AttributeError, TypeError, ValueError):  # of an empty or nested value; binascii's error is a ValueError
        return "could not be read; check that the RSAXML is whole"


TICKET_SECONDS: Final = 6 * 3600.0
"""How long a ticket lives from its last use on (source: public documentation)."""
_EXCHANGE: Final = "/Login/api/PartnerSystemUser/Authenticate"
_KEYS: Final = "/login/.well-known/jwks"
_ISSUER: Final = "SuperOffice AS"


class _Ticket(StoredCredential):
    ticket: str


class _Request(HiddenRepr, rename="pascal"):
    signed_system_token: str
    application_token: str
    context_identifier: str
    return_token_type: str


class _Reply(HiddenRepr, rename="pascal"):
    is_successful: bool = False
    token: str | None = None
    error_message: str | None = None


class SystemUserAuth(RefreshingAuth):
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
        keeping: TokenStore | None = None,
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
        response = yield SendRequest(
            method="POST", url=base + _EXCHANGE, headers=headers, content=msgspec.json.encode(request)
        )
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
