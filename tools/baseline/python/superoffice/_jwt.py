from __future__ import annotations
import time
from collections import deque
from typing import Any, Final
import msgspec
from ._extras import extra
LEEWAY: Final = 60
_FETCHES, _WITHIN = (3, 60.0)

class UntrustedError(Exception):
    ...

class Claims(dict[str, Any]):

    def __repr__(self) -> str:
        ...

class _Key(msgspec.Struct):
    kty: str
    kid: str = ''
    use: str = 'sig'
    alg: str = 'RS256'
    n: str = ''
    e: str = ''

class _Keys(msgspec.Struct):
    keys: list[msgspec.Raw]

class KeySet:

    def __init__(self) -> None:
        ...

    def wants(self, kid: str) -> bool:
        ...

    def take(self, content: bytes) -> None:
        ...

    def claims(self, token: str, *, issuer: str, audience: str | None=None, nonce: str | None=None) -> Claims:
        ...

def key_id(token: str) -> str:
    ...
