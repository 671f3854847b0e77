from __future__ import annotations
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, overload
from urllib.parse import parse_qsl, urlencode
import attrs
import msgspec

@attrs.frozen(kw_only=True)
class RecordedRequest:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = attrs.field(repr=False)
    status: int

    def json(self) -> Any:
        ...

    def form(self) -> dict[str, str]:
        ...

class Requests(Sequence[RecordedRequest]):

    def __init__(self, *, secrets: bool=False) -> None:
        ...

    def add(self, *, method: str, path: str, query: str, headers: dict[str, str], body: bytes, status: int) -> None:
        ...

    def clear(self) -> None:
        ...

    @overload
    def __getitem__(self, place: int) -> RecordedRequest:
        ...

    @overload
    def __getitem__(self, place: slice) -> list[RecordedRequest]:
        ...

    def __getitem__(self, place: int | slice) -> RecordedRequest | list[RecordedRequest]:
        ...

    def __iter__(self) -> Iterator[RecordedRequest]:
        ...

    def __len__(self) -> int:
        ...

    def __repr__(self) -> str:
        ...
