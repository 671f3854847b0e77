from __future__ import annotations
import threading
from base64 import b64encode, urlsafe_b64encode
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final
import attrs
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

def material(purpose: str) -> RSAPrivateKey:
    ...

@attrs.frozen
class Key:
    kid: str
    purpose: str

    def sign(self, content: bytes) -> bytes:
        ...

    def public_pem(self) -> bytes:
        ...

    def jwk(self) -> dict[str, str]:
        ...

class Keys:

    def __init__(self) -> None:
        self.foreign = ...
        ...

    @property
    def current(self) -> Key:
        ...

    def rotate(self, *, retire: bool) -> None:
        ...

    def jwks(self) -> dict[str, Any]:
        ...

def verify(purpose: str, content: bytes, signature: bytes) -> bool:
    ...

def private_pem(purpose: str, passphrase: str | None) -> str:
    ...

def private_xml(purpose: str) -> str:
    ...

def base64url(content: bytes) -> str:
    ...
