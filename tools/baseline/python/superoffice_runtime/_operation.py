from __future__ import annotations
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Generic, ParamSpec, TypeVar, cast
from urllib.parse import quote
import msgspec
from ._messages import Request, Response
P = ParamSpec('P')
T = TypeVar('T')

class Operation(msgspec.Struct, Generic[P, T], frozen=True, kw_only=True):
    name: str
    build: Callable[P, Request]
    decode: Callable[[Response], T]
    json: Callable[[Response], bytes]
    slow_threshold: float | None = None
    safe: bool = False
    headers: frozenset[str] = frozenset()
    content_types: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()

def build_request(method: str, path: str, *, query: Iterable[tuple[str, str | None]]=(), headers: Iterable[tuple[str, str | None]]=(), content: bytes=b'') -> Request:
    ...

def text(value: object) -> str | None:
    ...

def repeated(name: str, values: Iterable[object] | None) -> Iterator[tuple[str, str | None]]:
    ...

def segment(value: object) -> str:
    ...

def read_nothing(response: Response) -> None:
    ...
