"""Tickets as Arrow record batches: the columns, as the OpenAPI document has them, and the arrays of their values.

Arrow's own JSON reader is no faster, measured with what it would take to make its result right.
"""

# pyright: reportUnknownMemberType=false
# arro3's own annotations leave out some parameters' types.

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import accumulate, chain
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

import attrs
import msgspec
from arro3 import core
from arro3.core import Array, DataType, Field, RecordBatch, Schema
from msgspec.structs import FieldInfo, astuple, fields

from superoffice_api.dates import is_empty
from superoffice_api.models import Ticket
from superoffice_runtime import Model, OpenStrEnum
from superoffice_runtime.fields import Field as Documented

from .._ids import ticket_id
from ..problem import Problem
from ..select import FIELDS
from ..views import fits, options

# How a column's array is made of its values; `shared` are texts that repeat, each of which is stored once.
Content: TypeAlias = Literal["plain", "shared", "moment", "minutes", "seconds", "object", "map", "json"]
# Maps a value's index in its array to its ticket's row and the path that leads to the array.
Locate: TypeAlias = Callable[[int], tuple[int, str]]

BOOL: Final = DataType.bool()
INT32: Final = DataType.int32()
INT64: Final = DataType.int64()
STRING: Final = DataType.string()
_FLOAT: Final = DataType.float64()
_Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_ROWS = 500  # turned into columns at a time; more fill the garbage collector's and the processor's memory
_json = msgspec.json.Encoder().encode


@attrs.frozen
class Column:
    """A column, or a field of one that holds objects."""

    attribute: str
    wire: str
    content: Content
    type: DataType
    check: Any  # what a value must convert to
    loose: bool  # the class that tickets were read into promises less
    inner: tuple[Column, ...]  # the fields of an object, or of a map's entries
    field: Field


@lru_cache(maxsize=256)
def columns_of(kind: type[Model], naive: bool, api_names: bool) -> tuple[tuple[Column, ...], Schema]:
    """Return the columns for a class that tickets are read into, and their schema, by API names or attributes."""
    found = _ColumnMaker(naive, api_names).columns(kind, Ticket, FIELDS)
    return found, Schema([column.field for column in found])


def entry_of(inner: tuple[Column, ...]) -> Field:
    """Return what a map holds of each key and its object, as a list of pairs would hold it."""
    value = Field("value", DataType.struct([column.field for column in inner]))
    return Field("entries", DataType.struct([Field("key", STRING, nullable=False), value]), nullable=False)


class _ColumnMaker:
    def __init__(self, naive: bool, api_names: bool) -> None:
        self._moment = DataType.timestamp("us", tz=None if naive else "UTC")
        self._api_names = api_names

    def columns(self, kind: type[Model], whole: type[Model], known: Mapping[str, Documented]) -> tuple[Column, ...]:
        types = {info.encode_name: info.type for info in fields(whole)}
        return tuple(
            self._column(info, types.get(info.encode_name, info.type), known.get(info.encode_name))
            for info in fields(kind)
        )

    def _column(self, info: FieldInfo, there: Any, documented: Documented | None) -> Column:
        name, wire = info.name, info.encode_name
        kinds = options(there) - {type(None)}
        kind: Any = kinds.pop() if len(kinds) == 1 else object
        inner: tuple[Column, ...] = ()
        if documented is None:
            content, made, check = self._simple(kind, repeats=False)
        elif _is(kind, Model):
            check = next((one for one in options(info.type) if _is(one, Model)), kind)
            inner = self.columns(check, kind, documented.members or {})
            content, made = "object", DataType.struct([column.field for column in inner])
        elif get_origin(kind) is dict:
            check, entry = kind, get_args(kind)[1]
            inner = self.columns(entry, entry, documented.members or {})
            key, value = entry_of(inner).type.fields
            content, made = "map", DataType.map(key, value, False)
        elif kind is int and float in options(info.type):
            content, made, check = "plain", _FLOAT, float
        elif kind is int and documented.unit is not None:
            content, made, check = documented.unit, DataType.duration("s"), _Int32
        elif kind is int:
            content, made, check = "plain", INT32, _Int32
        else:
            content, made, check = self._simple(kind, documented.repeats)
        loose = documented is not None and (info.type in (Any, object) or not fits(info.type, there))
        metadata = {"api_name": wire} | _metadata(documented) | ({"content": "JSON"} if content == "json" else {})
        field = Field(wire if self._api_names else name, made, nullable=wire != "TicketId", metadata=metadata)
        return Column(name, wire, content, made, check, loose, inner, field)

    def _simple(self, kind: Any, repeats: bool) -> tuple[Content, DataType, Any]:
        if _is(kind, OpenStrEnum) or (kind is str and repeats):
            return "shared", DataType.dictionary(INT32, STRING), str
        if kind is datetime:
            return "moment", self._moment, datetime
        plain = {str: STRING, bool: BOOL, int: INT64, float: _FLOAT}
        return ("plain", plain[kind], _Int64 if kind is int else kind) if kind in plain else ("json", STRING, object)


def _is(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _metadata(documented: Documented | None) -> dict[str, str]:
    if documented is None:
        return {}
    facts = {name: getattr(documented, name) for name in ("description", "unit", "clock", "references", "evidence")}
    facts["sentinels"] = json.dumps(dict(documented.sentinels)) if documented.sentinels else None
    return {name: value for name, value in facts.items() if value is not None}


def record_batch(
    tickets: Sequence[Any], kind: Any, zone: tzinfo | None, *, naive: bool, api_names: bool
) -> tuple[RecordBatch, list[Problem]]:
    """Return a record batch of tickets, and the values that do not fit their columns, which are null in it."""
    columns, schema = columns_of(kind, naive, api_names)
    values: list[list[Any]] = [[] for _ in columns]
    for start in range(0, len(tickets), _ROWS):
        some = zip(*map(astuple, tickets[start : start + _ROWS]), strict=True)
        for column, more in zip(values, some, strict=True):
            column.extend(more)
    builder = _Builder(tickets, zone, naive)
    arrays = [builder.array(*pair, lambda at: (at, "")) for pair in zip(columns, values, strict=True)]
    return RecordBatch.from_arrays(arrays, schema=schema), list(builder.problems.values())


class _Builder:
    def __init__(self, tickets: Sequence[Any], zone: tzinfo | None, naive: bool) -> None:
        self.problems: dict[tuple[int, str], Problem] = {}  # a ticket that is in several rows has each once
        self._tickets = tickets
        self._zone, self._naive = zone, naive

    def array(self, column: Column, values: Sequence[Any], locate: Locate) -> Array:
        if not column.loose:
            with suppress(TypeError, OverflowError, UnicodeEncodeError):  # the odd value is looked for below
                return self._built(column, values, locate)
        return self._built(column, self._checked(column, values, locate), locate)

    def _built(self, column: Column, values: Sequence[Any], locate: Locate) -> Array:  # noqa: PLR0911 - one for each kind
        match column.content:
            case "plain":
                return Array(values, column.type)
            case "shared":
                return Array(values, STRING).cast(column.type)
            case "moment":
                if self._zone is None:
                    zones = {value.tzinfo for value in values if value is not None}
                    if zones - {None} if self._naive else None in zones:
                        raise TypeError("a date-time with an offset among those without, or the other way round")
                return Array(msgspec.to_builtins(values), STRING).cast(column.type)
            case "seconds":
                return Array(values, INT32).cast(INT64).cast(column.type)
            case "minutes":
                Array(values, INT32)  # within its bounds
                return Array([value and 60 * value for value in values], INT64).cast(column.type)
            case "json":
                return Array([None if value is None else _json(value).decode() for value in values], STRING)
            case "object":

                def inside(at: int) -> tuple[int, str]:
                    row, path = locate(at)
                    return row, f"{path}{column.wire}/"

                return self._struct(column, column.type, values, inside)
            case _:
                return self._maps(column, values, locate)

    def _struct(self, column: Column, made: DataType, values: Sequence[Any], locate: Locate) -> Array:
        arrays = [
            self.array(each, [None if value is None else getattr(value, each.attribute) for value in values], locate)
            for each in column.inner
        ]
        absent = Array([value is None for value in values], BOOL)
        return core.struct_array(arrays, fields=made.fields, type=made, mask=absent)

    def _maps(self, column: Column, values: Sequence[Any], locate: Locate) -> Array:
        full = [value for value in values if value]
        names = list(chain.from_iterable(full))
        entries = list(chain.from_iterable(value.values() for value in full))
        offsets = list(accumulate([len(value) if value else 0 for value in values], initial=0))

        def inside(at: int) -> tuple[int, str]:
            row, path = locate(bisect_right(offsets, at) - 1)
            return row, f"{path}{column.wire}/{names[at]}/"

        entry = entry_of(column.inner)
        key, value = entry.type.fields
        held = self._struct(column, value.type, entries, inside)
        pairs = core.struct_array([Array(names, STRING), held], fields=[key, value], type=entry.type)
        absent = Array([value is None for value in values], BOOL)
        lists = core.list_array(Array(offsets, INT32), pairs, type=DataType.list(entry), mask=absent)
        # A map is laid out as a list of pairs; no library call says so.
        return Array.from_arrow_pycapsule(column.type.__arrow_c_schema__(), lists.__arrow_c_array__()[1])

    def _checked(self, column: Column, values: Sequence[Any], locate: Locate) -> list[Any]:
        checked: list[Any] = []
        for at, value in enumerate(values):
            if not column.field.nullable:
                ticket_id(value)  # the one column in which nothing can be left out, so this is what is odd
            try:
                checked.append(None if value is None else self._one(column, value))
            except msgspec.ValidationError as error:
                checked.append(None)
                row, path = locate(at)
                id_, field = self._tickets[row].ticket_id, f"{path}{column.wire}"
                self.problems.setdefault((id_, field), Problem(id_, field, value, str(error), row))
        return checked

    def _one(self, column: Column, value: Any) -> Any:
        found = msgspec.convert(value, column.check)
        try:  # the fields of an object, and of a map's entries, are checked by themselves
            _json(list(found) if column.content == "map" else found if column.content != "object" else None)
        except UnicodeEncodeError:
            raise msgspec.ValidationError("holds half of a surrogate pair, which is not text") from None
        if column.content == "moment":
            if is_empty(found):
                return None
            if found.tzinfo is None:
                found = found.replace(tzinfo=self._zone)
            if found.tzinfo is None and not self._naive:
                raise msgspec.ValidationError(
                    "comes without an offset; Locale(offset=False) reads such, without a zone"
                )
            if found.tzinfo is not None and self._naive:
                raise msgspec.ValidationError("comes with an offset, which Locale(offset=False) does not ask for")
        return found
