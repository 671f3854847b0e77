from __future__ import annotations
import os
import time
from array import array
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
import attrs
from ._export_formats import Format
from ._export_ids import Digest, Known
from ._export_journal import Journal, Standing
from ._line import StreamCounts
from .batch import TicketBatch
from .errors import ExportError, ExportRefusedError
from .export import ExportProgress, ExportResult
PART = 2000

@attrs.frozen
class _Taken:
    batch: TicketBatch[Any]
    standing: Standing

class Job:

    def __init__(self, path: Path, form: Format, facts: Mapping[str, Any], known: Known | None, *, restart: bool) -> None:
        self.path = ...
        self.before = ...
        ...

    def __enter__(self) -> Self:
        ...

    def __exit__(self, *_: object) -> None:
        ...

    def close(self) -> None:
        ...

    @property
    def finished(self) -> bool:
        ...

    @property
    def sought(self) -> int:
        ...

    def resume(self, digest: Digest) -> None:
        ...

    def take(self, batch: TicketBatch[Any], counts: StreamCounts) -> ExportProgress:
        ...

    @property
    def progress(self) -> ExportProgress:
        ...

    @property
    def full(self) -> bool:
        ...

    def commit(self) -> None:
        ...

    @property
    def complete(self) -> bool:
        ...

    def finish(self, repeated: int) -> ExportResult:
        ...
