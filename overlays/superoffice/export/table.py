"""Parquet and Arrow files: parts are Arrow streams, which one reader goes through in the end, a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, RawIOBase
from queue import SimpleQueue
from typing import Any, BinaryIO, cast

from arro3.core import DataType, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_ipc_stream, write_ipc, write_ipc_stream, write_parquet

from ..arrow import TableSpec
from ..arrow.columns import STRING
from ..batch import TicketBatch, cleaner_for
from ..transport.redaction import others, told
from . import FormatName

_SIZE = 8  # bytes before a part, which say how many bytes it has
_ROW_GROUP = 20_000  # rows; larger ones are read a little faster, and take more memory to write
_PARQUET = {"zstd": "zstd(3)", "gzip": "gzip(6)", "lz4": "lz4_raw", "brotli": "brotli(5)", "none": "uncompressed"}


class Table:
    """A table in a binary format."""

    head = b""

    def __init__(self, name: FormatName, spec: TableSpec, compression: str, api_names: bool) -> None:
        self._parquet = name == "parquet"
        self._spec, self._api_names = spec, api_names
        self._compression = compression
        schema = spec.schema(api_names=api_names)
        fields = [schema.field(column) for column in schema.names]
        if not self._parquet:
            # An Arrow file may hold one dictionary a column, not known before the end: texts are plain.
            fields = [field.with_type(STRING) if DataType.is_dictionary(field.type) else field for field in fields]
        self._types = [field.type for field in fields]
        self._written = Schema(fields)
        self.columns = [f"{field.name}: {field.type}" for field in fields]

    def part(self, batches: Sequence[TicketBatch[Any]]) -> tuple[bytes, list[str]]:
        """Return one part of the file, after its size, and sentences on what got lost."""
        record, lost = self._record(batches)
        if not record.num_rows:
            return b"", lost
        content = BytesIO()
        write_ipc_stream(record, content, compression="lz4")
        return content.tell().to_bytes(_SIZE) + content.getvalue(), lost

    def _record(self, batches: Sequence[TicketBatch[Any]]) -> tuple[RecordBatch, list[str]]:
        tickets = [ticket for batch in batches for ticket in batch]
        record, found = self._spec.record_batch(tickets, api_names=self._api_names)
        odd = told(found, cleaner_for(batches))
        known = [problem for batch in batches for problem in batch.problems]
        return record, [str(problem) for problem in others(odd, known)]

    def assemble(self, data: BinaryIO, file: BinaryIO) -> int:
        """Write the file from its parts, one after another, and return how many bytes it takes."""

        def records() -> Iterator[RecordBatch]:
            while size := data.read(_SIZE):
                yield from read_ipc_stream(data.read(int.from_bytes(size)))

        return self._write(records(), file, write_ipc)

    def write(self, batches: Iterator[TicketBatch[Any]], file: BinaryIO, on_lost: Callable[[list[str]], None]) -> int:
        """Write tickets as they come, and return how many bytes they take."""

        def records() -> Iterator[RecordBatch]:
            for batch in batches:
                record, lost = self._record([batch])
                on_lost(lost)
                if record.num_rows:
                    yield record

        return self._write(records(), file, write_ipc_stream)

    def _write(self, records: Iterator[RecordBatch], file: BinaryIO, write_arrow: Callable[..., None]) -> int:
        """Write record batches as they come, and return how many bytes they take.

        The native writer does not survive what Python raises inside it, as Ctrl-C does. So it runs in a thread, where
        no signal is handled; this one makes each record batch when it is asked for.
        """
        asked: SimpleQueue[bool] = SimpleQueue()
        given: SimpleQueue[RecordBatch | None] = SimpleQueue()
        out = _Written(file)

        def taken() -> Iterator[RecordBatch]:
            asked.put(True)
            while (record := given.get()) is not None:
                yield record
                asked.put(True)

        def written() -> None:
            reader, to = RecordBatchReader.from_batches(self._written, taken()), cast("Any", out)
            if self._parquet:
                compression = _PARQUET.get(self._compression, self._compression)
                write_parquet(reader, to, compression=compression, max_row_group_size=_ROW_GROUP)
            else:
                write_arrow(reader, to, compression=None if self._compression == "none" else self._compression)

        with ThreadPoolExecutor(1, thread_name_prefix="superoffice-export") as pool:
            try:
                done = pool.submit(written)
                done.add_done_callback(lambda _: asked.put(False))
                while asked.get() and out.failed is None and (record := next(records, None)) is not None:
                    given.put(record if self._parquet else self._as_written(record))
            except BaseException as error:
                out.failed = error
                raise
            finally:
                given.put(None)
        done.result()
        if out.failed is not None:
            raise out.failed
        return out.size

    def _as_written(self, record: RecordBatch) -> RecordBatch:
        arrays = [column.cast(kind) for column, kind in zip(record.columns, self._types, strict=True)]
        made: RecordBatch = cast("Any", RecordBatch).from_arrays(arrays, schema=self._written)
        return made


class _Written(RawIOBase):
    """An open file that is written from start to end. It stores its error, which the writer would not survive."""

    def __init__(self, file: BinaryIO) -> None:
        self.size = 0
        self.failed: BaseException | None = None
        self._file = file

    def write(self, content: Any) -> int:
        try:
            if self.failed is None:
                self._file.write(content)
                self.size += len(content)
        except BaseException as error:
            self.failed = error
        return len(content)
