from __future__ import annotations
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast
from superoffice_runtime.shapes import Shape
from ._extras import extra
from .errors import ConfigurationError
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

def load_private_key(text: str, passphrase: str | None) -> RSAPrivateKey:
    ...

def signed(token: str, key: RSAPrivateKey, moment: datetime) -> str:
    ...
