"""Tickets as Arrow record batches.

Columns are made of decoded tickets, not of the response's bytes. Measured, Arrow's own JSON reader is no faster, with
what it would take to make its result right; and here tickets, problems and order are the same as everywhere.
"""

# pyright: reportUnknownMemberType=false
# arro3's own annotations leave out some parameters' types.

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import tzinfo
from itertools import accumulate, chain
from typing import Any, TypeAlias

import msgspec
from arro3 import core
from arro3.core import Array, DataType, RecordBatch
from msgspec.structs import astuple

from superoffice_api.dates import is_empty

from .._ids import ticket_id
from ..problem import Problem
from .schema import BOOL, INT32, INT64, STRING, Column, columns_of, entry_of

Locate: TypeAlias = Callable[[int], tuple[int, str]]
"""Maps a value's index in its array to its ticket's row and the path that leads to the array."""

_ROWS = 500  # turned into columns at a time; more fill the garbage collector's and the processor's memory
_json = msgspec.json.Encoder().encode


def record_batch(
    tickets: Sequence[Any], kind: Any, zone: tzinfo | None, *, naive: bool, wire: bool
) -> tuple[RecordBatch, list[Problem]]:
    """Return a record batch of tickets, and the values that do not fit their columns, which are null in it."""
    table = columns_of(kind, naive, wire)
    values: list[list[Any]] = [[] for _ in table.columns]
    for start in range(0, len(tickets), _ROWS):
        some = zip(*map(astuple, tickets[start : start + _ROWS]), strict=True)
        for column, more in zip(values, some, strict=True):
            column.extend(more)
    builder = _Builder(tickets, zone, naive)
    arrays = [builder.array(*pair, lambda at: (at, "")) for pair in zip(table.columns, values, strict=True)]
    return RecordBatch.from_arrays(arrays, schema=table.schema), list(builder.problems.values())


class _Builder:
    """Makes arrays: fast where every value is as its column has it, else value by value, with the odd ones noted."""

    def __init__(self, tickets: Sequence[Any], zone: tzinfo | None, naive: bool) -> None:
        self.problems: dict[tuple[int, str], Problem] = {}  # a ticket that is in several rows has each once
        self._tickets = tickets
        self._zone = zone
        self._naive = naive

    def array(self, column: Column, values: Sequence[Any], locate: Locate) -> Array:
        """Return the array of a column."""
        if not column.loose:
            try:
                return self._built(column, values, locate)
            except (TypeError, OverflowError, UnicodeEncodeError):
                pass  # the odd value is looked for below
        return self._built(column, self._checked(column, values, locate), locate)

    def _built(self, column: Column, values: Sequence[Any], locate: Locate) -> Array:  # noqa: PLR0911 - one for each kind
        match column.content:
            case "plain":
                return Array(values, column.type)
            case "shared":
                return Array(values, STRING).cast(column.type)
            case "moment":
                if self._zone is None:
                    self._check_zones({value.tzinfo for value in values if value is not None})
                return Array(msgspec.to_builtins(values), STRING).cast(column.type)
            case "seconds":
                return Array(values, INT32).cast(INT64).cast(column.type)
            case "minutes":
                Array(values, INT32)  # within its bounds
                return Array([value and 60 * value for value in values], INT64).cast(column.type)
            case "json":
                return Array([None if value is None else _json(value).decode() for value in values], STRING)
            case "object":
                return self._objects(column, values, locate)
            case _:
                return self._maps(column, values, locate)

    def _objects(self, column: Column, values: Sequence[Any], locate: Locate) -> Array:
        def inside(at: int) -> tuple[int, str]:
            row, path = locate(at)
            return row, f"{path}{column.wire}/"

        return self._struct(column, column.type, values, inside)

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

    def _check_zones(self, zones: set[Any]) -> None:
        if zones - {None} if self._naive else None in zones:
            raise TypeError("a date-time with an offset among those without, or the other way round")

    def _checked(self, column: Column, values: Sequence[Any], locate: Locate) -> list[Any]:
        """Return the values that fit, with None for the others, which are problems."""
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
