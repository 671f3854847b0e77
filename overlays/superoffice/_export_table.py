"""Parquet and Arrow files, through record batches.

Each part is a whole Arrow stream of its own; once all are there, one reader goes through them, so that no more than a
part and a row group are ever in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from arro3.core import DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_ipc_stream, write_ipc, write_ipc_stream, write_parquet

from ._export_formats import FormatName
from ._layout import Layout
from .batch import TicketBatch
from .errors import ExportError

_ROW_GROUP = 20_000  # rows; larger ones are read a little faster, and take more memory to write
_NAMES = {"none": None, "lz4": "lz4", "zstd": "zstd"}  # of compressions of Arrow
_PARQUET = {"none": "uncompressed", "lz4": "lz4_raw", "zstd": "zstd(3)"}


class Table:
    """A table in a binary form."""

    head = b""

    def __init__(self, name: FormatName, layout: Layout, compression: str) -> None:
        self.name: FormatName = name
        self._layout = layout
        self._compression = compression
        self._schema = layout.schema(wire=True)
        # An Arrow file may hold but one dictionary a column, which is not known before the end: its texts are plain.
        self._written = self._schema if name == "parquet" else Schema(list(map(_plain_field, self._schema)))
        self.columns: Sequence[str] = [f"{field.name}: {field.type}" for field in self._written]

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        record, lost = self._record(batches)
        content = BytesIO()
        if record.num_rows:
            write_ipc_stream(record, content, compression="lz4")
        return content.getvalue(), lost

    def _record(self, batches: Sequence[TicketBatch[Any]]) -> tuple[RecordBatch, list[str]]:
        tickets = [ticket for batch in batches for ticket in batch]
        record, odd = self._layout.record_batch(tickets, wire=True)
        known = [problem for batch in batches for problem in batch.problems]
        return record, [str(problem) for problem in odd if problem not in known]

    def assemble(self, data: Path, sizes: Sequence[int], out: Path) -> Path:
        with open(data, "rb") as file:
            self._write((record for part in _parts(file, sizes) for record in read_ipc_stream(part)), out)
        return out

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, lose: Callable[[Sequence[str]], None]) -> int:
        def records() -> Iterator[RecordBatch]:
            for batch in batches:
                record, lost = self._record([batch])
                lose(lost)
                yield record

        counting = _Counting(file)
        self._write(records(), counting)
        return counting.size

    def _write(self, records: Iterator[RecordBatch], out: Any) -> None:
        """Write record batches as they come."""
        failed: list[BaseException] = []

        def watched() -> Iterator[RecordBatch]:
            try:
                for record in records:
                    if record.num_rows:
                        yield record if self.name == "parquet" else self._plain(record)
            except BaseException as error:  # which the writer would tell by its text alone
                failed.append(error)
                raise

        reader = RecordBatchReader.from_batches(self._written, watched())
        try:
            if self.name == "parquet":
                compression = _PARQUET.get(self._compression, self._compression)
                write_parquet(reader, out, compression=compression, max_row_group_size=_ROW_GROUP)
            elif isinstance(out, Path):
                write_ipc(reader, out, compression=_NAMES[self._compression])
            else:
                write_ipc_stream(reader, out, compression=_NAMES[self._compression])
        except Exception as error:  # arro3 has no class for its errors
            if failed:
                raise failed[0] from None
            where = out if isinstance(out, Path) else "the table"
            raise ExportError(
                f"cannot write {where}: {error}; put that right, and the same export goes on where it was"
            ) from error

    def _plain(self, record: RecordBatch) -> RecordBatch:
        """Write texts out, in the place of their numbers in a dictionary."""
        arrays = [record.column(place).cast(field.type) for place, field in enumerate(self._written)]
        return RecordBatch.from_arrays(arrays, schema=self._written)


def _plain_field(field: Field) -> Field:
    return field.with_type(DataType.string()) if DataType.is_dictionary(field.type) else field


def _parts(file: BinaryIO, sizes: Sequence[int]) -> Iterator[bytes]:
    """Give the bytes of each part; one whose ids all were missing has none."""
    for start, end in pairwise((0, *sizes)):
        if start < end:
            yield file.read(end - start)


class _Counting:
    """An open file that counts what is written to it, and need not be one in which to go back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def write(self, content: bytes) -> int:
        self._file.write(content)
        self.size += len(content)
        return len(content)

    def flush(self) -> None:
        self._file.flush()

    def seek(self, *_: int) -> int:
        return self.size

    tell = seek
