from __future__ import annotations
from collections.abc import Iterator, Sized
from typing import Any, Protocol
from ._plan import GAPS
from .errors import InvalidIdError

class ArrowArray(Protocol):

    def __arrow_c_array__(self, requested_schema: object | None=None, /) -> tuple[object, object]:
        ...

class ArrowStream(Protocol):

    def __arrow_c_stream__(self, requested_schema: object | None=None, /) -> object:
        ...

class Column:

    def __init__(self, values: Any, reader: Any) -> None:
        ...

    def __iter__(self) -> Iterator[Any]:
        ...

def column(values: Any) -> Any:
    ...
