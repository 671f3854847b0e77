from __future__ import annotations
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, Final, Literal, cast
from arro3.core import DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_ipc_stream, write_ipc, write_ipc_stream, write_parquet
from ._export_formats import Lose
from ._export_names import FormatName
from ._layout import Layout
from .batch import TicketBatch

class Table:
    head = b''

    def __init__(self, name: FormatName, layout: Layout, compression: str) -> None:
        self.name: FormatName = ...
        self.columns: Sequence[str] = ...
        ...

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        ...

    def assemble(self, data: Path, sizes: Sequence[int], out: Path) -> Path:
        ...

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Lose) -> int:
        ...

class _Written:

    def __init__(self, file: BinaryIO) -> None:
        self.size = ...
        self.failed: BaseException | None = ...
        ...

    def write(self, content: bytes) -> int:
        ...

    def flush(self) -> None:
        ...

    def seek(self, *_: int) -> int:
        ...
