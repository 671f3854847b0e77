from __future__ import annotations
import gzip
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias
from ._export_names import FormatName
from ._layout import Layout
from ._rows import csv_head, csv_lines, json_lines
from .batch import TicketBatch
from .errors import ConfigurationError
Lose: TypeAlias = Callable[[Sequence[str]], None]

class Format(Protocol):
    name: FormatName
    columns: Sequence[str]
    head: bytes

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        ...

    def assemble(self, data: Path, sizes: Sequence[int], out: Path) -> Path:
        ...

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Lose) -> int:
        ...

class Text:

    def __init__(self, name: FormatName, kind: type[Any], compression: str, csv_safe: bool) -> None:
        self.name: FormatName = ...
        self.columns: Sequence[str] = ...
        self.head = ...
        ...

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        ...

    def assemble(self, data: Path, sizes: Sequence[int], out: Path) -> Path:
        ...

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Lose) -> int:
        ...

def make_format(name: FormatName, layout: Layout, compression: str, *, csv_safe: bool) -> Format:
    ...
