"""Keys, and tokens signed with them as no sane server would."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

DAY = 86_400


@lru_cache
def rsa_key(name: str = "first") -> rsa.RSAPrivateKey:
    """A key by name, made once a process: making one takes long."""
    return rsa.generate_private_key(65537, 2048)


def pem(key: Any, passphrase: str | None = None, *, traditional: bool = False) -> str:
    kind = serialization.PrivateFormat.TraditionalOpenSSL if traditional else serialization.PrivateFormat.PKCS8
    lock: Any = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    return str(key.private_bytes(serialization.Encoding.PEM, kind, lock).decode())


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def rsa_xml(key: rsa.RSAPrivateKey) -> dict[str, str]:
    """The elements of .NET's RSAXML."""
    numbers = key.private_numbers()
    given = {
        "Modulus": numbers.public_numbers.n,
        "Exponent": numbers.public_numbers.e,
        "P": numbers.p,
        "Q": numbers.q,
        "DP": numbers.dmp1,
        "DQ": numbers.dmq1,
        "InverseQ": numbers.iqmp,
        "D": numbers.d,
    }
    return {name: b64encode(whole(value)).decode() for name, value in given.items()}


def as_xml(elements: dict[str, str]) -> str:
    return f"<RSAKeyValue>{''.join(f'<{name}>{text}</{name}>' for name, text in elements.items())}</RSAKeyValue>"


def whole(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def url64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def jwk(key: rsa.RSAPrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": url64(whole(numbers.n)), "e": url64(whole(numbers.e)), **more}


def jwks(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def token(
    claims: dict[str, Any] | bytes, key: rsa.RSAPrivateKey | bytes | None, header: dict[str, Any] | None = None
) -> str:
    """A JWT with any header, signed by RS256 with an RSA key, by HS256 with bytes, or not at all."""
    head = {"alg": "RS256", "typ": "JWT", "kid": "one", **(header or {})}
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    text = f"{url64(json.dumps({k: v for k, v in head.items() if v is not None}).encode())}.{url64(body)}"
    if key is None:
        signature = b""
    elif isinstance(key, bytes):
        signature = hmac.digest(key, text.encode(), "sha256")
    else:
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{url64(signature)}"


def claims(**more: Any) -> dict[str, Any]:
    """Claims that are right, and stay so however long the tests take, with changes; None leaves one out."""
    now = int(time.time())
    right = {"iss": "SuperOffice AS", "aud": "app", "iat": now, "exp": now + DAY, "nonce": "n0nce", **more}
    return {name: value for name, value in right.items() if value is not None}
