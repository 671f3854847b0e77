"""Exporting tickets to a file: from ids to a stream to a job, with and without async."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, SupportsIndex, TypeVar, cast

from .._address import is_loopback
from .._ids import ArrowArray, ArrowStream, each_id
from .._read_plan import ReadPlan
from .._window import Counts
from ..arrow import TableSpec
from ..auth.tenant import Tenant
from ..batch import TicketBatch
from ..errors import ConfigurationError, ExportError, TicketDecodeError, check_given
from ..stream import AsyncTicketStream, Each, OnFailure, TicketStream, checked_concurrency
from ..transport.asynchronous import AsyncSender
from ..transport.sync import SyncSender
from . import FormatName, compression_of, format_of
from .ids import IdList, UniqueIds, digest_of, digest_of_async, unique, unique_async
from .job import Job
from .journal import LAYOUT
from .result import ExportProgress, ExportResult
from .text import Format, Text

S = TypeVar("S")


class Export:
    """The checked arguments of an export: its stream's tickets, its file and its format. No I/O."""

    def __init__(
        self,
        plan: ReadPlan[Any],
        sender: SyncSender | AsyncSender,
        *,
        path: str | os.PathLike[str] | BinaryIO,
        takes_file: bool = True,
        format: str | None,  # noqa: A002 - the word that everybody knows
        compression: str | None,
        csv_safe: bool,
        restart: bool,
        skip_failed: bool,
        progress: Callable[[ExportProgress], None] | None,
        max_concurrency: int | None,
    ) -> None:
        check_given(bool, "True or False", csv_safe=csv_safe, restart=restart, skip_failed=skip_failed)
        check_given(Callable | None, "a function that takes an ExportProgress", progress=progress)
        self.path = Path(path) if isinstance(path, str | os.PathLike) else None
        if self.path is None:
            _check_file(path, takes_file)
        self._plan = plan
        self._sender = sender
        self._max_concurrency = checked_concurrency(max_concurrency, sender.max_concurrency)
        self._on_failure: OnFailure = "skip" if skip_failed else "bisect"
        self.tell: Callable[[ExportProgress], None] = progress or (lambda _: None)
        self._restart = restart
        named = None if self.path is None else self.path.name
        name = format_of(named, format)
        compression = compression_of(named, name, compression)
        self.form = make_format(name, self._plan.layout, compression, csv_safe=csv_safe)
        selected = self._plan.reader.select
        locale = plan.locale.parameters()
        self._facts: dict[str, Any] = {
            "format": name,
            "compression": compression,
            "csv_safe": csv_safe,
            "select": "all fields" if selected is None else ",".join(selected),
            "site": _lasting(plan.settings.site),
            "locale": ", ".join(f"{name}={value}" for name, value in locale.items()),
            "layout": f"{LAYOUT} {sha256(repr(self.form.columns).encode()).hexdigest()}",
        }

    def stream(self, kind: Callable[..., S], ids: Any) -> S:
        """Make the stream of a client's own kind."""
        return kind(
            self._plan,
            self._sender,
            ids,
            ordered=True,
            max_concurrency=self._max_concurrency,
            failing=self._on_failure,
        )

    def job(self, known: IdList | None) -> Job:
        """Open what is on the disk; the ids are known where they could be read beforehand."""
        assert self.path is not None  # noqa: S101 - the caller has one
        return Job(self.path, self.form, self._facts, known, restart=self._restart)


def make_format(name: FormatName, spec: TableSpec, compression: str, *, csv_safe: bool) -> Format:
    """Return the format; raises `MissingExtraError` where it needs what is not installed."""
    if csv_safe and name != "csv":
        raise ConfigurationError("csv_safe goes with format='csv'")
    if name in ("csv", "jsonl"):
        return Text(name, spec.kind, compression, csv_safe)
    spec.schema(wire=True)  # raises where the extra is missing
    from .table import Table

    return Table(name, spec, compression)


def _check_file(file: Any, takes_file: bool) -> None:
    """Refuse what is not an open binary file, or any where only a path is taken."""
    if not takes_file:
        raise ConfigurationError(f"the async client exports to a path, not to {file!r}; SuperOffice takes an open file")
    if not hasattr(file, "write"):
        raise ConfigurationError(f"{file!r} is neither a path nor an open file")
    if hasattr(file, "encoding"):
        raise ConfigurationError(f"{file!r} is open for text; open it with the mode 'wb'")


def _lasting(site: str | Tenant) -> str:
    """Name a tenant wherever it is, and a site on this machine without its port, which a sandbox changes each time."""
    if isinstance(site, Tenant):
        return f"{site.environment.name}/{site.context}"
    return re.sub(r":\d+(?=/|$)", "", site) if is_loopback(site) else site


def known_ids(ids: Iterable[SupportsIndex]) -> IdList | None:
    """Read ids, check each and count them, where they can be read again."""
    return None if isinstance(ids, Iterator) else digest_of(unique(ids, UniqueIds())).known


def run(export: Export, ids: Any) -> ExportResult:
    """Export to a file."""
    ids = each_id(ids, "export")
    known = UniqueIds()
    with closing(export.job(known_ids(ids))) as job, closing(unique(ids, known)) as left:
        job.resume(digest_of(left, job.sought))
        export.tell(job.progress)
        try:
            if not job.complete:
                with export.stream(TicketStream, left) as stream:
                    for batch in _batches(stream):
                        job.add(batch, stream.counts)
                        export.tell(job.progress)
                        if job.full:
                            job.commit()
            return job.finish(known.repeated)
        except BaseException:
            with suppress(ExportError):  # the error that is being raised says more
                job.commit()
            raise


def run_into(export: Export, ids: Any, file: BinaryIO) -> ExportResult:
    """Export into an open file, as tickets come; it cannot be resumed."""
    started = time.monotonic()
    known = UniqueIds()
    lost: list[str] = []

    def counts() -> Counts:
        return stream.counts + Counts(problems=len(lost))

    def batches() -> Iterator[TicketBatch[Any]]:
        for batch in _batches(stream):
            yield batch
            export.tell(ExportProgress(**counts().counters()))

    with export.stream(TicketStream, unique(each_id(ids, "export"), known)) as stream:
        size = export.form.write(batches(), file, lost.extend)
    return ExportResult(
        path=None,
        counts=counts(),
        missing=stream.missing,
        repeated=known.repeated,
        seconds=time.monotonic() - started,
        size=size,
    )


async def run_async(
    export: Export,
    ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex] | ArrowArray | ArrowStream,
) -> ExportResult:
    """Export to a file without blocking: what uses the disk or takes long is done in threads, one after another."""
    from anyio.to_thread import run_sync

    known = UniqueIds()
    async with AsyncExitStack() as stack:
        if isinstance(ids, AsyncIterable):
            job = stack.enter_context(closing(await run_sync(export.job, None)))
            left: Any = await stack.enter_async_context(aclosing(unique_async(ids, known)))
            job.resume(await digest_of_async(left, job.sought))
        else:
            several = each_id(ids, "export")
            job = stack.enter_context(closing(await run_sync(lambda: export.job(known_ids(several)))))
            left = stack.enter_context(closing(unique(several, known)))
            job.resume(await run_sync(digest_of, left, job.sought))
        export.tell(job.progress)
        try:
            if not job.complete:
                async with export.stream(AsyncTicketStream, left) as stream:
                    async for batch in _batches_async(stream):
                        job.add(batch, stream.counts)
                        export.tell(job.progress)
                        if job.full:
                            await run_sync(job.commit)
            return await run_sync(job.finish, known.repeated)
        except BaseException:
            with suppress(ExportError):
                job.commit()  # without a thread, which a cancelled task may not wait for
            raise


def _batches(stream: TicketStream[Any]) -> Iterator[TicketBatch[Any]]:
    """Yield batches; of one with something that cannot be a ticket, the tickets that could be read."""
    while True:
        try:
            yield from stream.batches()
        except TicketDecodeError as error:
            yield cast("TicketBatch[Any]", error.batch)
        else:
            return


def _batches_async(stream: AsyncTicketStream[Any]) -> AsyncIterator[TicketBatch[Any]]:
    """Do as `_batches`."""
    batches = stream.batches()

    async def following() -> TicketBatch[Any] | None:
        try:
            return await anext(batches, None)
        except TicketDecodeError as error:
            return cast("TicketBatch[Any]", error.batch)

    return Each(following)
