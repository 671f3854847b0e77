"""Ids in a column of a table, as Arrow hands it over, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any, Protocol

from ._plan import GAPS
from .errors import InvalidIdError

_AT_ONCE = 4_096  # ids that are Python integers at a time


class ArrowArray(Protocol):
    """A column in one piece, by the Arrow C interface: pyarrow's, arro3's, nanoarrow's array."""

    def __arrow_c_array__(self, requested_schema: object | None = None, /) -> tuple[object, object]:
        """Hand it over."""
        ...


class ArrowStream(Protocol):
    """A column in pieces, by the Arrow C interface: a polars or pandas Series, pyarrow's ChunkedArray."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object:
        """Hand it over."""
        ...


class Column:
    """Iterates over the whole numbers of a column, as often as the column can be read."""

    def __init__(self, values: Any, reader: Any) -> None:
        self._values = values
        self._reader = reader  # made already, to see the type; some columns can be read but once

    def __iter__(self) -> Iterator[Any]:
        reader, self._reader = self._reader or _reader(self._values), None
        for array in reader:
            for start in range(0, len(array), _AT_ONCE):
                yield from array.slice(start, min(_AT_ONCE, len(array) - start)).to_pylist()


def _reader(values: Any) -> Any:
    from arro3.core import ArrayReader

    return ArrayReader.from_arrow(values)


def column(values: Any) -> Any:
    """Give a column of whole numbers as something to iterate over, where Arrow can be read; else what was given.

    A column without rows holds no ids, whatever its type. A stream's rows are not counted, and it is read but once.

    Raises `InvalidIdError` for a column of something else, for a whole table, and for what cannot be read as a column.
    """
    name = type(values).__name__
    try:
        from arro3.core import DataType

        reader = _reader(values)
    except ImportError:  # without the extra, or from pandas without pyarrow; what it iterates over has to do
        return values
    except Exception as error:  # each library has its own, such as pyarrow's for a column of several types
        raise InvalidIdError(f"a {name} cannot be read as a column of ids: {error}; give whole numbers") from error
    kind = reader.field.type
    if DataType.is_dictionary(kind):  # pandas' category, for one
        kind = kind.value_type
    if DataType.is_struct(kind):
        raise InvalidIdError(f"a {name} is a whole table; give the column that holds the ids")
    if isinstance(values, Sized) and not len(values):
        return []  # its type is a guess, or none
    if not DataType.is_integer(kind):
        remedy = GAPS if DataType.is_floating(kind) or DataType.is_null(kind) else "give whole numbers"
        raise InvalidIdError(f"a {name} of {str(kind).strip()} holds no ids; {remedy}")
    found = Column(values, reader)
    return found if isinstance(values, Sized) else iter(found)
