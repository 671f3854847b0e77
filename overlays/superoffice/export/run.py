"""Exporting tickets to a file: from ids to a stream to a job, with and without async."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, SupportsIndex, TypeAlias, TypeVar, cast

from .._address import is_loopback
from .._ids import ArrowArray, ArrowStream, each_id
from .._read_plan import ReadPlan
from ..auth.tenant import Tenant
from ..batch import TicketBatch
from ..errors import ConfigurationError, ExportError, TicketDecodeError, check_given
from ..stream import AsyncTicketStream, Each, OnFailure, TicketStream, checked_concurrency
from ..transport.asynchronous import AsyncSender
from ..transport.sync import SyncSender
from .ids import Known, UniqueIds, digest_of, digest_of_async, unique, unique_async
from .job import Job
from .journal import LAYOUT
from .names import compression_name, format_name
from .result import ExportProgress, ExportResult
from .text import Format, make_format

S = TypeVar("S")
Told: TypeAlias = Callable[[ExportProgress], None]


class Export:
    """What is asked of an export, checked: its stream's tickets, its file and its form. No I/O."""

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
        progress: Told | None,
        max_concurrency: int | None,
    ) -> None:
        check_given(bool, "True or False", csv_safe=csv_safe, restart=restart, skip_failed=skip_failed)
        check_given(Callable | None, "a function that takes an ExportProgress", progress=progress)
        self.path = Path(path) if isinstance(path, str | os.PathLike) else None
        if self.path is None:
            _check_file(path, takes_file)
        self.wanted = plan
        self._sender = sender
        self._max_concurrency = checked_concurrency(max_concurrency, sender.max_concurrency)
        self._failing: OnFailure = "skip" if skip_failed else "divide"
        self.tell: Told = progress or (lambda _: None)
        self._restart = restart
        named = None if self.path is None else self.path.name
        name = format_name(named, format)
        compression = compression_name(named, name, compression)
        self.form: Format = make_format(name, self.wanted.layout, compression, csv_safe=csv_safe)
        selected = self.wanted.reader.select
        locale = plan.locale.parameters()
        self._facts: dict[str, Any] = {
            "format": name,
            "compression": compression,
            "csv_safe": csv_safe,
            "select": "all members" if selected is None else ",".join(selected),
            "site": _lasting(plan.settings.site),
            "locale": ", ".join(f"{name}={value}" for name, value in locale.items()),
            "layout": f"{LAYOUT} {sha256(repr(self.form.columns).encode()).hexdigest()}",
        }

    def stream(self, kind: Callable[..., S], ids: Any) -> S:
        """Make the stream of a client's own kind."""
        return kind(
            self.wanted, self._sender, ids, ordered=True, max_concurrency=self._max_concurrency, failing=self._failing
        )

    def job(self, known: Known | None) -> Job:
        """Open what is on the disk; the ids are known where they could be gone over beforehand."""
        assert self.path is not None  # noqa: S101 - the caller has one
        return Job(self.path, self.form, self._facts, known, restart=self._restart)


def _check_file(file: Any, takes_file: bool) -> None:
    """Refuse what is no open binary file, or any where none is taken."""
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


def known_ids(ids: Iterable[SupportsIndex]) -> Known | None:
    """Go over ids, check each and count them, where they can be gone over again."""
    return None if isinstance(ids, Iterator) else digest_of(unique(ids, UniqueIds())).known


def run(export: Export, ids: Any) -> ExportResult:
    """Export to a file."""
    ids = each_id(ids, "export")
    roll = UniqueIds()
    with export.job(known_ids(ids)) as job, closing(unique(ids, roll)) as left:
        job.resume(digest_of(left, job.sought))
        export.tell(job.progress)
        try:
            if not job.complete:
                with export.stream(TicketStream, left) as stream:
                    for batch in _batches(stream):
                        export.tell(job.take(batch, stream.counts))
                        if job.full:
                            job.commit()
            return job.finish(roll.repeated)
        except BaseException:
            with suppress(ExportError):  # the error on its way says more
                job.commit()
            raise


def run_into(export: Export, ids: Any, file: BinaryIO) -> ExportResult:
    """Export into an open file, as tickets come; it cannot be resumed."""
    begun = time.monotonic()
    roll = UniqueIds()
    lost: list[str] = []

    def progress() -> ExportProgress:
        counts = stream.counts
        return ExportProgress(
            asked=counts.asked,
            tickets=counts.received,
            missing=counts.missing,
            problems=counts.problems + len(lost),
            unexpected=counts.unexpected,
            retries=counts.retries,
            slow=counts.slow,
        )

    def batches() -> Iterator[TicketBatch[Any]]:
        for batch in _batches(stream):
            yield batch
            export.tell(progress())

    with export.stream(TicketStream, unique(each_id(ids, "export"), roll)) as stream:
        size = export.form.write(batches(), file, lost.extend)
    return ExportResult(
        path=None,
        tickets=stream.counts.received,
        missing=stream.missing,
        missing_path=None,
        problems=progress().problems,
        problems_path=None,
        unexpected=stream.counts.unexpected,
        repeated=roll.repeated,
        retries=stream.counts.retries,
        slow=stream.counts.slow,
        seconds=time.monotonic() - begun,
        size=size,
        resumed=0,
        finished_before=False,
    )


async def run_async(
    export: Export,
    ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex] | ArrowArray | ArrowStream,
) -> ExportResult:
    """Export to a file without blocking: what takes the disk or long is done in threads, one after another."""
    from anyio.to_thread import run_sync

    roll = UniqueIds()
    async with AsyncExitStack() as stack:
        if isinstance(ids, AsyncIterable):
            job = stack.enter_context(await run_sync(export.job, None))
            left: Any = await stack.enter_async_context(aclosing(unique_async(ids, roll)))
            job.resume(await digest_of_async(left, job.sought))
        else:
            several = each_id(ids, "export")
            job = stack.enter_context(await run_sync(lambda: export.job(known_ids(several))))
            left = stack.enter_context(closing(unique(several, roll)))
            job.resume(await run_sync(digest_of, left, job.sought))
        export.tell(job.progress)
        try:
            if not job.complete:
                async with export.stream(AsyncTicketStream, left) as stream:
                    async for batch in _batches_async(stream):
                        export.tell(job.take(batch, stream.counts))
                        if job.full:
                            await run_sync(job.commit)
            return await run_sync(job.finish, roll.repeated)
        except BaseException:
            with suppress(ExportError):
                job.commit()  # without a thread, which a cancelled task may not wait for
            raise


def _batches(stream: TicketStream[Any]) -> Iterator[TicketBatch[Any]]:
    """Give a call's tickets at a time; of a call with something that can be no ticket, those that could be read."""
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
