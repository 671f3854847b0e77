"""Authentication of programs as system user: a private key (PEM, or the RSAXML of .NET) signs a token for a ticket."""

from __future__ import annotations

import re
import time
from base64 import b64decode, b64encode
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec

from superoffice_api.facts import Security

from ..errors import ConfigurationError, SignInError
from ..transport.redaction import hidden
from .jwt import check_installed, untrusted
from .refreshing import AuthStep, Credential, HiddenRepr, HiddenValues, SendRequest, check_ok, shown
from .schemes import check_secret, check_text, sign_in_header
from .storage import CLAIM, StoredAuth, StoredCredential, TokenStore
from .tenant import Tenant

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_TICKET_SECONDS: Final = 6 * 3600.0  # that a session ticket lives from its last use on (source: public documentation)
_EXCHANGE: Final = "/Login/api/PartnerSystemUser/Authenticate"
_KEYS: Final = "/login/.well-known/jwks"
_ISSUER: Final = "SuperOffice AS"
_PARTS: Final = ("P", "Q", "D", "DP", "DQ", "InverseQ", "Exponent", "Modulus")
_PEM: Final = re.compile(r"-----BEGIN\s*(\w*)\s*PRIVATE\s*KEY-----(.*?)(?:-----END|\Z)", re.DOTALL)
_LOCK: Final = re.compile(r"\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*(\S+)\s+")  # before the key, in old PEM
_AROUND: Final = "\ufeff \t\r\n\"'"


def load_private_key(text: str, passphrase: str | None) -> RSAPrivateKey:
    """Read a key; raise `ConfigurationError`, with nothing of the key in it, where it cannot sign."""
    text, passphrase = hidden(text), hidden(passphrase)
    check_text("SystemUserAuth", "private_key", text)
    check_text("SystemUserAuth", "passphrase", passphrase or "")
    # What a variable or a file of settings does is undone: quotes, line breaks as two characters, base64 of the whole.
    text = hidden(re.sub(r"\\+[rnt]", "\n", text).replace("\\", "").strip(_AROUND))
    if not text.startswith(("-", "<")):
        with suppress(ValueError):  # it is not base64, or not of text
            text = hidden(b64decode("".join(text.split()), validate=True).decode().strip(_AROUND))
    found = _from_xml(text, passphrase) if text.startswith("<") else _from_pem(text, passphrase)
    if isinstance(found, str):
        raise ConfigurationError(f"the private key {found}")
    return found


def signed(token: str, key: RSAPrivateKey, moment: datetime) -> str:
    """Sign a system user's token for the minute of `moment`, in UTC, with RSA PKCS#1 v1.5 and SHA-256."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    text = f"{token}.{moment.astimezone(UTC):%Y%m%d%H%M}"
    return f"{text}.{b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode('ascii')}"


# Both return what is wrong as the end of a sentence: an exception from in there would carry the key in its frames.
def _from_pem(text: str, passphrase: str | None) -> RSAPrivateKey | str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    locked, pem = "ENCRYPTED" in text, _PEM.search(text)
    if pem is None:
        kinds = "PEM (-----BEGIN PRIVATE KEY-----) nor RSAXML (<RSAKeyValue>)"
        return f"is neither {kinds}; give the text of the key's file"
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
    return key if isinstance(key, RSAPrivateKey) else "is not an RSA key, as system users need"


def _from_xml(text: str, passphrase: str | None) -> RSAPrivateKey | str:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers

    if passphrase:
        return "is RSAXML, which is never locked; leave passphrase= out"
    if re.search("<!doctype", text, re.IGNORECASE):  # its entities would stand for what is not read here
        return "is RSAXML with a document type (DOCTYPE); take that out"
    found = HiddenValues(re.findall(r"<(\w+)>([^<]*)</\1>", text))  # whatever else stands around them
    if missing := [f"<{name}>" for name in _PARTS if not found.get(name)]:
        return f"lacks {', '.join(missing)}; give the whole RSAXML, which is not that of the public key"
    try:
        numbers = [int.from_bytes(b64decode("".join(found[name].split()), validate=True)) for name in _PARTS]
        p, q, d, dp, dq, inverse, e, n = numbers
        return RSAPrivateNumbers(p, q, d, dp, dq, inverse, RSAPublicNumbers(e, n)).private_key()
    except ValueError:  # as binascii's is
        return "could not be read; check that the RSAXML is whole"


class _Ticket(StoredCredential):
    ticket: str


class _Reply(HiddenRepr, rename="pascal"):
    is_successful: bool = False
    token: str | None = None
    error_message: str | None = None


class SystemUserAuth(StoredAuth):
    """Signs a program in as the system user of a tenant; online only. Needs the extra `signin`.

    Its token is signed for the minute and exchanged for a JWT, which is checked against the keys that SuperOffice
    publishes and brings a session ticket. That lives six hours from its last use on and is used that long, by all calls
    together: each exchange leaves a row in the tenant's database. It is always sent with the application token.

    Args:
        tenant: Whose system user it is; give the client the same.
        system_token: The system user's token, as SuperOffice issued it when the tenant approved the application.
        private_key: The text of the application's key, as PEM (locked with `passphrase` or not) or RSAXML, also with
            line breaks that became blanks or two characters, or all of it in base64, as in a variable.
        app_token: The application's secret.
        token_store: Where the ticket is stored from one run of the program to the next; by default it is not.

    Raises `ConfigurationError` for what is missing or a key that cannot sign; calls raise `SignInError`.

    >>> known, key = box.identity.system_user, box.identity.system_user.private_key_pem()
    >>> SystemUserAuth(Tenant("Cust1"), system_token=known.system_token, private_key=key, app_token=known.app_token)
    SystemUserAuth(Tenant('Cust1', environment='online'))
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
        token_store: TokenStore | None = None,
    ) -> None:
        system_token, app_token = hidden(system_token), hidden(app_token)
        private_key, passphrase = hidden(private_key), hidden(passphrase)
        check_installed()  # what checks the token that comes back, too: by then the exchange has been made
        super().__init__(tenant, token_store)
        check_secret("SystemUserAuth", "system_token", system_token, sent=True)
        check_secret("SystemUserAuth", "app_token", app_token, sent=True)
        self._key = load_private_key(private_key, passphrase)
        self._system_token, self._app_token = system_token, app_token
        self._key_text, self._passphrase = private_key, passphrase  # not sent, and hidden in a text that repeats them

    def __repr__(self) -> str:
        return f"SystemUserAuth({self.tenant!r})"

    @property
    def stored_as(self) -> str:
        """The name under which the ticket is stored; another application's in the same tenant has another."""
        which = sha256(self._system_token.encode()).hexdigest()[:8]
        return f"{self.tenant.environment.name}/{self.tenant.context}/system-user-{which}"

    def refresh(self, rejected: Credential | None) -> Generator[AuthStep, Any, Credential]:
        """Use the ticket that another program stored meanwhile, or exchange the signed token for one."""
        stored = yield from self._load(_Ticket)
        if stored is None or not stored.is_usable(rejected):
            yield from self._check_store()
            stored = yield from self._exchange()
            yield from self._save(stored)
        headers = sign_in_header(Security.SO_TICKET, stored.ticket)
        headers |= sign_in_header(Security.APP_TOKEN, self._app_token)
        return Credential(headers, expires_at=stored.expires_at, idle_timeout=_TICKET_SECONDS)

    def _exchange(self) -> Generator[AuthStep, Any, _Ticket]:
        base = self.tenant.environment.url
        request = HiddenValues(
            SignedSystemToken=signed(self._system_token, self._key, datetime.now(UTC)),
            ApplicationToken=str(self._app_token),
            ContextIdentifier=self.tenant.context,
            ReturnTokenType="JWT",
        )
        url, headers = base + _EXCHANGE, {"Content-Type": "application/json"}
        response = yield SendRequest(method="POST", url=url, headers=headers, content=msgspec.json.encode(request))
        reply = check_ok(response, _Reply, "the exchange of the system user's token")
        if not reply.is_successful or not reply.token:
            said = reply.error_message or "without a reason"
            said = shown(said, request["SignedSystemToken"], self._system_token, self._app_token)
            advice = "check its token, the app token, the private key, the tenant, and this machine's clock"
            raise SignInError(f"the system user was refused: {said}", advice=advice).of_answer(response)
        claims = yield from self._check_token(hidden(reply.token), base + _KEYS, issuer=_ISSUER)
        ticket = claims.get(f"{CLAIM}ticket")
        if not isinstance(ticket, str) or not ticket:
            raise untrusted("holds no ticket of the system user")
        return _Ticket(expires_at=time.time() + _TICKET_SECONDS, ticket=ticket)
