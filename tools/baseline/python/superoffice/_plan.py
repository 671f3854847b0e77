from __future__ import annotations
import operator
from collections.abc import Iterable
from typing import Any, SupportsIndex
from .errors import InvalidIdError
MAX_ID = 2 ** 31 - 1
GAPS = 'where a column has gaps, leave its empty rows out first: in pandas, ids.dropna().astype(int)'

def ticket_id(value: SupportsIndex) -> int:
    ...

def ticket_ids(values: Iterable[SupportsIndex]) -> list[int]:
    ...

def sound_ids(values: Iterable[Any], start: int) -> tuple[list[int], InvalidIdError | None]:
    ...

def each_id(values: Any, method: str) -> Iterable[SupportsIndex]:
    ...
