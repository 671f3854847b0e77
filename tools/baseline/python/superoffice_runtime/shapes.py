from __future__ import annotations
from collections.abc import Callable, Mapping
from typing import Any
import msgspec
ARRAY, MAP = ('array of ', 'map of ')

class Shape(msgspec.Struct, frozen=True):
    element: str
    members: Mapping[str, str] = {}
    items: Mapping[str, str] = {}
    of: str = ''
    item: str = ''

def array_of(kind: str, shapes: Mapping[str, Shape]) -> str:
    ...

def read_int(text: str) -> Any:
    ...

def read_number(text: str) -> Any:
    ...

def read_bool(text: str) -> Any:
    ...

def read_date_time(text: str) -> Any:
    ...
READERS: Mapping[str, Callable[[str], Any]] = {'string': str, 'int': read_int, 'number': read_number, 'bool': read_bool, 'date-time': read_date_time}

def text_of(value: object) -> str | None:
    ...
