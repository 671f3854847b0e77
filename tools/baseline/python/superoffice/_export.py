from __future__ import annotations
import os
import re
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, SupportsIndex, TypeAlias, TypeVar
from ._call import Wanted, wanted_tickets
from ._core import Core
from ._export_formats import Format, make_format
from ._export_ids import Known, Roll, called, called_async, digest_of, digest_of_async
from ._export_job import Job
from ._export_names import compression_name, format_name
from ._id_column import ArrowArray, ArrowStream
from ._plan import each_id
from ._send import SyncSender
from ._send_async import AsyncSender
from ._site import is_loopback
from ._stream import Failing
from .batch import TicketBatch
from .errors import ConfigurationError, ExportError, TicketDecodeError
from .export import ExportProgress, ExportResult
from .stream import AsyncTicketStream, Each, TicketStream
from .tenant import Tenant
LAYOUT = 1
S = TypeVar('S')
Told: TypeAlias = Callable[[ExportProgress], None]

class Export:

    def __init__(self, core: Core, *, path: str | os.PathLike[str] | BinaryIO, takes_file: bool=True, format: str | None, compression: str | None, csv_safe: bool, restart: bool, skip_failed: bool, progress: Told | None, max_concurrency: int | None, select: Iterable[Any] | None, **options: Any) -> None:
        self.path = ...
        self.wanted: Wanted[Any] = ...
        self.tell: Told = ...
        self.form: Format = ...
        ...

    def stream(self, kind: Callable[..., S], sender: SyncSender | AsyncSender, ids: Any) -> S:
        ...

    def job(self, known: Known | None) -> Job:
        ...

def known_ids(ids: Iterable[SupportsIndex]) -> Known | None:
    ...

def run(export: Export, sender: SyncSender, ids: Any) -> ExportResult:
    ...

def run_into(export: Export, sender: SyncSender, ids: Any, file: BinaryIO) -> ExportResult:
    ...

async def run_async(export: Export, sender: AsyncSender, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex] | ArrowArray | ArrowStream) -> ExportResult:
    ...
