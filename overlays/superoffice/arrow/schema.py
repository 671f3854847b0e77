"""The columns of a table of tickets: names, Arrow types and metadata, as the document has them."""

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

from ..select import FIELDS
from ..views import fits, options

Content: TypeAlias = Literal["plain", "shared", "moment", "minutes", "seconds", "object", "map", "json"]
"""How a column's array is made of its values; `shared` are texts of which each is kept once."""

BOOL: Final = DataType.bool()
INT32: Final = DataType.int32()
INT64: Final = DataType.int64()
STRING: Final = DataType.string()
_Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


@attrs.frozen(kw_only=True)
class Column:
    """A column, or a member of one that holds objects.

    `check` is what a value must convert to; `loose` says that the class that tickets were read into promises less.
    `inner` are the members of an object, or of a map's entries.
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
    """Give the columns for a class that tickets are read into; with `wire`, under the wire's names."""
    found = _Maker(naive, wire).members(kind, Ticket, FIELDS)
    return Columns(found, Schema([column.field for column in found]))


def entry_of(inner: tuple[Column, ...]) -> Field:
    """Give what a map holds of each key and its object, as a list of pairs would hold it."""
    value = Field("value", DataType.struct([column.field for column in inner]))
    return Field("entries", DataType.struct([Field("key", STRING, nullable=False), value]), nullable=False)


class _Maker:
    """Makes columns; date-times have no zone where `naive`."""

    def __init__(self, naive: bool, wire: bool) -> None:
        self._moment = DataType.timestamp("us", tz=None if naive else "UTC")
        self._wire = wire

    def members(self, kind: type[Model], whole: type[Model], known: Mapping[str, Documented]) -> tuple[Column, ...]:
        """Make the columns of a class, which has some of the members of the document's, and perhaps others."""
        there = {info.encode_name: info.type for info in msgspec.structs.fields(whole)}
        return tuple(
            self._documented(info, there[info.encode_name], known[info.encode_name])
            if info.encode_name in there
            else self._own(info)
            for info in msgspec.structs.fields(kind)
        )

    def _documented(self, info: msgspec.structs.FieldInfo, there: Any, said: Documented) -> Column:
        """Make the column of a member that the document has with the type `there`."""
        given = options(info.type)
        (kind,) = options(there) - {type(None)}
        loose = info.type in (Any, object) or not fits(info.type, there)
        if _is(kind, Model):
            own = next((one for one in given if _is(one, Model)), kind)
            inner = self.members(own, kind, said.members or {})
            made = DataType.struct([column.field for column in inner])
            return self._column(info, said, "object", made, own, loose=loose, inner=inner)
        if get_origin(kind) is dict:
            entry = cast("type[Model]", get_args(kind)[1])
            inner = self.members(entry, entry, said.members or {})
            key, value = entry_of(inner).type.fields
            made = DataType.map(key, value, False)
            return self._column(info, said, "map", made, kind, loose=loose, inner=inner)
        if kind is int and float in given:
            return self._column(info, said, "plain", DataType.float64(), float, loose=loose)
        if kind is int and said.unit is not None:
            return self._column(info, said, said.unit, DataType.duration("s"), _Int32, loose=loose)
        if kind is int:
            return self._column(info, said, "plain", INT32, _Int32, loose=loose)
        return self._column(info, said, *self._simple(kind, said.repeats), loose=loose)

    def _own(self, info: msgspec.structs.FieldInfo) -> Column:
        """Make the column of a member that the document does not have, by its own type."""
        kinds = options(info.type) - {type(None)}
        return self._column(info, None, *self._simple(kinds.pop() if len(kinds) == 1 else object, False), loose=False)

    def _simple(self, kind: Any, repeats: bool) -> tuple[Content, DataType, Any]:
        """Give content, type and check of a value that is no object; what has no type of its own is JSON text."""
        if _is(kind, OpenStrEnum) or (kind is str and repeats):
            return "shared", DataType.dictionary(INT32, STRING), str
        if kind is datetime:
            return "moment", self._moment, datetime
        plain = {str: STRING, bool: BOOL, int: INT64, float: DataType.float64()}
        return ("plain", plain[kind], _Int64 if kind is int else kind) if kind in plain else ("json", STRING, object)

    def _column(
        self,
        info: msgspec.structs.FieldInfo,
        said: Documented | None,
        content: Content,
        made: DataType,
        check: Any,
        *,
        loose: bool,
        inner: tuple[Column, ...] = (),
    ) -> Column:
        name, wire = info.name, info.encode_name
        metadata = {"wire": wire, **_metadata(said)} | ({"content": "JSON"} if content == "json" else {})
        field = Field(wire if self._wire else name, made, nullable=wire != "TicketId", metadata=metadata)
        return Column(
            attribute=name, wire=wire, content=content, type=made, check=check, loose=loose, field=field, inner=inner
        )


def _is(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _metadata(said: Documented | None) -> dict[str, str]:
    """Give what the document says of a member, beside its type."""
    if said is None:
        return {}
    given = {
        "description": said.description,
        "unit": said.unit,
        "clock": said.clock,
        "references": said.references,
        "sentinels": json.dumps(dict(said.sentinels)) if said.sentinels else None,
        "evidence": said.evidence,
    }
    return {key: value for key, value in given.items() if value is not None}
