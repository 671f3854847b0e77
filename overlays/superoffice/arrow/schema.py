"""The columns of a table of tickets: names, Arrow types and metadata, as the OpenAPI document has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

import attrs
import msgspec
from arro3.core import DataType, Field, Schema

from superoffice_api.models import Ticket
from superoffice_runtime import Model, OpenStrEnum
from superoffice_runtime.fields import Field as Documented

from ..select import FIELDS
from ..views import fits, options

Content: TypeAlias = Literal["plain", "shared", "moment", "minutes", "seconds", "object", "map", "json"]
"""How a column's array is made of its values; `shared` are texts that repeat, each of which is stored once."""

BOOL: Final = DataType.bool()
INT32: Final = DataType.int32()
INT64: Final = DataType.int64()
STRING: Final = DataType.string()
_FLOAT: Final = DataType.float64()
_Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


@attrs.frozen(kw_only=True)
class Column:
    """A column, or a field of one that holds objects.

    `check` is what a value must convert to; `loose` says that the class that tickets were read into promises less.
    `inner` are the fields of an object, or of a map's entries.
    """

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
    """The columns of a table and its schema."""

    columns: tuple[Column, ...]
    schema: Schema


@lru_cache(maxsize=256)
def columns_of(kind: type[Model], naive: bool, wire: bool) -> Columns:
    """Return the columns for a class that tickets are read into; `wire` gives them the API's names."""
    found = _ColumnMaker(naive, wire).columns(kind, Ticket, FIELDS)
    return Columns(found, Schema([column.field for column in found]))


def entry_of(inner: tuple[Column, ...]) -> Field:
    """Return what a map holds of each key and its object, as a list of pairs would hold it."""
    value = Field("value", DataType.struct([column.field for column in inner]))
    return Field("entries", DataType.struct([Field("key", STRING, nullable=False), value]), nullable=False)


class _ColumnMaker:
    """Makes columns; date-times have no zone where `naive`."""

    def __init__(self, naive: bool, wire: bool) -> None:
        self._moment = DataType.timestamp("us", tz=None if naive else "UTC")
        self._wire = wire

    def columns(self, kind: type[Model], whole: type[Model], known: Mapping[str, Documented]) -> tuple[Column, ...]:
        """Return the columns of a class, which has some of the OpenAPI document's fields, and perhaps others."""
        types = {info.encode_name: info.type for info in msgspec.structs.fields(whole)}
        return tuple(
            self._documented(info, types[info.encode_name], known[info.encode_name])
            if info.encode_name in types
            else self._undocumented(info)
            for info in msgspec.structs.fields(kind)
        )

    def _documented(self, info: msgspec.structs.FieldInfo, there: Any, documented: Documented) -> Column:
        """Return the column of a field that has the type `there` in the OpenAPI document."""
        given = options(info.type)
        (kind,) = options(there) - {type(None)}
        inner: tuple[Column, ...] = ()
        content: Content = "plain"
        if _is(kind, Model):
            check = next((one for one in given if _is(one, Model)), kind)
            inner = self.columns(check, kind, documented.members or {})
            content, made = "object", DataType.struct([column.field for column in inner])
        elif get_origin(kind) is dict:
            check, entry = kind, get_args(kind)[1]
            inner = self.columns(entry, entry, documented.members or {})
            key, value = entry_of(inner).type.fields
            content, made = "map", DataType.map(key, value, False)
        elif kind is int and float in given:
            made, check = _FLOAT, float
        elif kind is int and documented.unit is not None:
            content, made, check = documented.unit, DataType.duration("s"), _Int32
        elif kind is int:
            made, check = INT32, _Int32
        else:
            content, made, check = self._simple(kind, documented.repeats)
        loose = info.type in (Any, object) or not fits(info.type, there)
        return self._column(info, content, made, check, _metadata(documented), loose=loose, inner=inner)

    def _undocumented(self, info: msgspec.structs.FieldInfo) -> Column:
        """Return the column of a field that the OpenAPI document does not have, by its own type."""
        kinds = options(info.type) - {type(None)}
        return self._column(info, *self._simple(kinds.pop() if len(kinds) == 1 else object, False), {})

    def _simple(self, kind: Any, repeats: bool) -> tuple[Content, DataType, Any]:
        """Return content, type and check of a value that is not an object; JSON text where Arrow has no type for it."""
        if _is(kind, OpenStrEnum) or (kind is str and repeats):
            return "shared", DataType.dictionary(INT32, STRING), str
        if kind is datetime:
            return "moment", self._moment, datetime
        plain = {str: STRING, bool: BOOL, int: INT64, float: _FLOAT}
        return ("plain", plain[kind], _Int64 if kind is int else kind) if kind in plain else ("json", STRING, object)

    def _column(
        self,
        info: msgspec.structs.FieldInfo,
        content: Content,
        made: DataType,
        check: Any,
        metadata: Mapping[str, str],
        *,
        loose: bool = False,
        inner: tuple[Column, ...] = (),
    ) -> Column:
        name, wire = info.name, info.encode_name
        metadata = {"wire": wire, **metadata} | ({"content": "JSON"} if content == "json" else {})
        field = Field(wire if self._wire else name, made, nullable=wire != "TicketId", metadata=metadata)
        return Column(
            attribute=name, wire=wire, content=content, type=made, check=check, loose=loose, field=field, inner=inner
        )


def _is(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _metadata(documented: Documented) -> dict[str, str]:
    """Return what the OpenAPI document says of a field, beside its type."""
    names = ("description", "unit", "clock", "references", "evidence")
    facts = {name: value for name in names if (value := getattr(documented, name)) is not None}
    return facts | ({"sentinels": json.dumps(dict(documented.sentinels))} if documented.sentinels else {})
