from __future__ import annotations
from collections.abc import Mapping
import msgspec

class Request(msgspec.Struct, frozen=True, gc=False):
    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes = b''

    def __repr__(self) -> str:
        ...

class Response(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    content: bytes

    def __repr__(self) -> str:
        ...
