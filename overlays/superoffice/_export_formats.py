"""The forms of an export's file, and how tickets are written in each."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO, Protocol, TypeAlias

from ._export_names import FormatName
from ._layout import Layout
from ._rows import csv_head, csv_lines, json_lines
from .batch import TicketBatch
from .errors import ConfigurationError

Lose: TypeAlias = Callable[[Sequence[str]], None]
"""Is told of values that a form cannot hold."""


class Format(Protocol):
    """How tickets are written, a part at a time.

    Attributes:
        name: Which form it is.
        columns: What its table looks like; a run with others cannot go on with it.
        head: What comes before the first part.
        assemble: Makes the whole file of the data, whose parts end at some sizes; None where the data are the file.
    """

    name: FormatName
    columns: Sequence[str]
    head: bytes

    @property
    def assemble(self) -> Callable[[BinaryIO, Sequence[int], BinaryIO], None] | None: ...

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        """Turn tickets into bytes that stand after the parts before; the sentences tell which values got lost."""
        ...

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Lose) -> int:
        """Write tickets as they come; gives how many bytes they take."""
        ...


class Text:
    """CSV and JSON lines, whose parts need only stand one after another; compressed ones do, too."""

    assemble = None

    def __init__(self, name: FormatName, kind: type[Any], compression: str, csv_safe: bool) -> None:
        self.name: FormatName = name
        self.columns: Sequence[str] = kind.__struct_encode_fields__
        self._safe = csv_safe
        self._pack: Callable[[bytes], bytes] = _zipped if compression == "gzip" else bytes
        self.head = self._pack(csv_head(kind).encode()) if name == "csv" else b""

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        tickets = chain.from_iterable(batches)
        content = csv_lines(tickets, safe=self._safe).encode() if self.name == "csv" else json_lines(tickets)
        return self._pack(content) if content else b"", []

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Lose) -> int:
        size = file.write(self.head)
        for batch in batches:
            size += file.write(self.part([batch])[0])
            file.flush()  # for a reader who waits
        return size


def _zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same content gives the same bytes


def make_format(name: FormatName, layout: Layout, compression: str, *, csv_safe: bool) -> Format:
    """Make the form; raises `MissingExtraError` where it needs what is not installed."""
    if csv_safe and name != "csv":
        raise ConfigurationError("csv_safe goes with format='csv'")
    if name in ("csv", "jsonl"):
        return Text(name, layout.kind, compression, csv_safe)
    layout.schema(wire=True)  # which asks for the extra
    from ._export_table import Table

    return Table(name, layout, compression)
