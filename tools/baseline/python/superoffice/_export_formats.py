from __future__ import annotations
import gzip
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Protocol, TypeAlias, get_args
from ._layout import Layout
from ._rows import csv_head, csv_lines, json_lines
from .batch import TicketBatch
from .errors import ConfigurationError
FormatName: TypeAlias = Literal['parquet', 'arrow', 'csv', 'jsonl']
Lose: TypeAlias = Callable[[Sequence[str]], None]
NAMES: Final[tuple[FormatName, ...]] = get_args(FormatName)
COMPRESSIONS: Final = {'parquet': ('zstd', 'snappy', 'gzip', 'lz4', 'brotli', 'none'), 'arrow': ('zstd', 'lz4', 'none'), 'csv': _TEXT, 'jsonl': _TEXT}

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

def format_name(path: str | None, given: str | None) -> FormatName:
    ...

def compression_name(path: str | None, name: FormatName, given: str | None) -> str:
    ...

def make_format(name: FormatName, layout: Layout, compression: str, *, csv_safe: bool) -> Format:
    ...
