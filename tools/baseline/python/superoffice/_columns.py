from __future__ import annotations
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeAlias, cast, get_args, get_origin
import attrs
import msgspec
from arro3.core import DataType, Field, Schema
from superoffice_api.models import Ticket
from superoffice_runtime import Model, OpenStrEnum
from superoffice_runtime.fields import Field as Documented
from .select import FIELDS
from .view import fits, options
Content: TypeAlias = Literal['plain', 'shared', 'moment', 'minutes', 'seconds', 'object', 'map', 'json']
BOOL: Final = DataType.bool()
INT32: Final = DataType.int32()
INT64: Final = DataType.int64()
STRING: Final = DataType.string()

@attrs.frozen(kw_only=True)
class Column:
    attribute: str
    wire: str
    content: Content
    type: DataType
    check: Any
    loose: bool
    field: Field
    inner: tuple[Column, ...] = ()

@attrs.frozen
class Columns:
    columns: tuple[Column, ...]
    schema: Schema

@lru_cache(maxsize=256)
def columns_of(kind: type[Model], naive: bool, wire: bool) -> Columns:
    ...

def entry_of(inner: tuple[Column, ...]) -> Field:
    ...

class _Maker:

    def __init__(self, naive: bool, wire: bool) -> None:
        ...

    def members(self, kind: type[Model], whole: type[Model], known: Mapping[str, Documented]) -> tuple[Column, ...]:
        ...
