"""System users: a session ticket for a signed token, `POST /Login/api/PartnerSystemUser/Authenticate`."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from ..errors import RefusedError
from .keys import private_pem, private_xml, verify

if TYPE_CHECKING:
    from .issuer import Issuer

TOLERANCE: Final = 5 * 60
"""By how many seconds the signed minute may be wrong; inferred, not documented."""
_PURPOSE: Final = "system user"


@attrs.frozen(kw_only=True)
class SystemUser:
    """What a program needs to sign in as the system user of a tenant; the public key is registered with the sandbox.

    `app_token` is sent in the exchange and, with the session ticket, as SO-AppToken.

    >>> known = box.identity.system_user
    >>> known.tenant, known.private_key_pem().splitlines()[0]
    ('Cust12345', '-----BEGIN PRIVATE KEY-----')
    """

    tenant: str
    system_token: str = attrs.field(repr=False)
    app_token: str = attrs.field(repr=False)

    def private_key_pem(self, passphrase: str | None = None) -> str:
        """Return the private key as PEM (PKCS#8), encrypted if there is a passphrase."""
        return private_pem(_PURPOSE, passphrase)

    def private_key_xml(self) -> str:
        """Return the private key as RSAXML, as SuperOffice hands it out."""
        return private_xml(_PURPOSE)


class _Request(msgspec.Struct):
    signedsystemtoken: str
    applicationtoken: str
    contextidentifier: str
    returntokentype: str


def authenticate(issuer: Issuer, content: bytes, base: str) -> dict[str, Any]:
    """Exchange a signed system token; the case of field names does not matter."""
    try:
        fields = msgspec.json.decode(content, type=dict[str, Any])
        asked = msgspec.convert({name.lower(): value for name, value in fields.items()}, _Request)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RefusedError(400, "The request is invalid.", str(error)) from None
    problem = _problem(issuer, asked)
    if problem:
        return {"IsSuccessful": False, "Token": None, "ErrorMessage": problem}
    return {"IsSuccessful": True, "Token": issuer.system_token(asked.applicationtoken, base), "ErrorMessage": None}


def _problem(issuer: Issuer, asked: _Request) -> str:
    if asked.returntokentype.upper() != "JWT":
        return "The sandbox issues only tokens of the type JWT."
    if not issuer.app_token(asked.applicationtoken):
        return "The application token is not known."
    if asked.contextidentifier.casefold() != issuer.tenant.name.casefold():
        return "The context identifier names no tenant that the application may use."
    return _problem_of_token(issuer, asked.signedsystemtoken)


def _problem_of_token(issuer: Issuer, signed: str) -> str:
    token, _, rest = signed.rpartition(".")
    token, _, minute = token.rpartition(".")
    try:
        signature = b64decode(rest, validate=True)
        moment = datetime.strptime(minute, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return "The signed system token is not token.yyyyMMddHHmm.signature."
    if not issuer.knows_system_token(token):
        return "The system token is not known."
    if not verify(_PURPOSE, f"{token}.{minute}".encode(), signature):
        return "The signature does not fit the registered public key."
    if abs(moment.timestamp() - issuer.clock.shown()) > TOLERANCE:
        return "The signed minute is too far from now; it is in UTC."
    return ""
