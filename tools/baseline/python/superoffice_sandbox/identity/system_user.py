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

@attrs.frozen(kw_only=True)
class SystemUser:
    tenant: str
    system_token: str = attrs.field(repr=False)
    app_token: str = attrs.field(repr=False)

    def private_key_pem(self, passphrase: str | None=None) -> str:
        ...

    def private_key_xml(self) -> str:
        ...

class _Request(msgspec.Struct):
    signedsystemtoken: str
    applicationtoken: str
    contextidentifier: str
    returntokentype: str

def authenticate(issuer: Issuer, content: bytes, base: str) -> dict[str, Any]:
    ...
