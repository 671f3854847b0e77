"""RSA keys: those that sign what the sandbox issues, and those of system users. Made when first needed.

No library makes the tokens: many are wrong on purpose, which a library refuses, and a client that reads them with a
library is an independent check of the valid ones.
"""

from __future__ import annotations

import threading
from base64 import b64encode, urlsafe_b64encode
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_MAKING: Final = threading.Lock()


@cache
def _made(_: str) -> RSAPrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ModuleNotFoundError as error:
        raise RuntimeError("signing in needs cryptography: pip install 'superoffice-sdk[sandbox]'") from error
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def material(purpose: str) -> RSAPrivateKey:
    """Return the process's key for a purpose: sandboxes share keys, since making one takes a tenth of a second."""
    with _MAKING:
        return _made(purpose)


@attrs.frozen
class Key:
    """A key that signs, and the id under which its public key is published."""

    kid: str
    purpose: str

    def sign(self, content: bytes) -> bytes:
        """Sign as RS256 does: RSA, PKCS#1 v1.5, SHA-256."""
        key = material(self.purpose)
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return key.sign(content, PKCS1v15(), SHA256())

    def public_pem(self) -> bytes:
        """Return the public key as PEM."""
        key = material(self.purpose).public_key()
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def jwk(self) -> dict[str, str]:
        """Return the public key as a JSON Web Key."""
        numbers = material(self.purpose).public_key().public_numbers()
        known = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid}
        return known | {"n": base64url(_bytes(numbers.n)), "e": base64url(_bytes(numbers.e))}


class Keys:
    """The keys that sign. Several are published; the first signs nothing, which a client that takes it notices."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._spare, self._published = self._next(), (self._next(),)
        self.foreign = Key(token_hex(10), "foreign")
        """A key that is not published."""

    def _next(self) -> Key:
        self._count += 1
        return Key(token_hex(10), f"signing {self._count}")

    @property
    def current(self) -> Key:
        """The key that signs."""
        return self._published[-1]

    def rotate(self, *, retire: bool) -> None:
        """Sign with a new key; `retire` removes the earlier ones from those that are published."""
        with self._lock:
            earlier = () if retire else self._published[-4:]
            self._published = (*earlier, self._next())

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        return {"keys": [key.jwk() for key in (self._spare, *self._published)]}


def verify(purpose: str, content: bytes, signature: bytes) -> bool:
    """Return True if this process's key made the signature (RSA, PKCS#1 v1.5, SHA-256)."""
    key = material(purpose).public_key()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.verify(signature, content, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def private_pem(purpose: str, passphrase: str | None) -> str:
    """Return a private key as PEM (PKCS#8), encrypted if there is a passphrase."""
    key = material(purpose)
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode("ascii")


def private_xml(purpose: str) -> str:
    """Return a private key as RSAXML, the form that .NET writes."""
    key = material(purpose)
    numbers, size = key.private_numbers(), key.key_size // 8
    members = {
        "Modulus": _bytes(numbers.public_numbers.n),
        "Exponent": _bytes(numbers.public_numbers.e),
        "P": numbers.p.to_bytes(size // 2, "big"),
        "Q": numbers.q.to_bytes(size // 2, "big"),
        "DP": numbers.dmp1.to_bytes(size // 2, "big"),
        "DQ": numbers.dmq1.to_bytes(size // 2, "big"),
        "InverseQ": numbers.iqmp.to_bytes(size // 2, "big"),
        "D": numbers.d.to_bytes(size, "big"),
    }
    inner = "".join(f"<{name}>{b64encode(value).decode('ascii')}</{name}>" for name, value in members.items())
    return f"<RSAKeyValue>{inner}</RSAKeyValue>"


def base64url(content: bytes) -> str:
    """Write bytes as JSON Web Tokens do.

    >>> base64url(b"?>?>")
    'Pz4_Pg'
    """
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
