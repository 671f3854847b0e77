"""The private key of a system user, as PEM or as the RSAXML of .NET, and what is signed with it."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from superoffice_runtime.shapes import Shape

from ._extras import extra
from ._headers import hidden
from .auth import check_text
from .errors import ConfigurationError

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
