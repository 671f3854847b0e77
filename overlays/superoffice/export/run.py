"""Exporting tickets to a file: from ids to a stream to a job, with and without async."""

from __future__ import annotations

import time
from array import array
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, closing
from typing import Any, BinaryIO, SupportsIndex, cast

from .._ids import ArrowArray, ArrowStream, each_id
from .._window import Counts
from ..batch import TicketBatch
from ..errors import TicketDecodeError
from ..stream import AsyncTicketStream, Each, TicketStream
from .ids import UniqueIds, digest_of, unique, unique_async
from .job import Export, Job
from .result import ExportProgress, ExportResult


def run(export: Export, ids: Any) -> ExportResult:
    """Export to a file."""
    ids = each_id(ids, "export")
    known = UniqueIds()
    with Job(export, ids) as job, closing(unique(ids, known)) as left:
        job.resume(*digest_of(left, job.sought))
        if not job.complete:
            with export.stream(TicketStream, left) as stream:
                for batch in _batches(stream):
                    if job.add(batch, stream.counts):
                        job.commit()
        return job.finish(known.repeated)


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
    export: Export, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex] | ArrowArray | ArrowStream
) -> ExportResult:
    """Export to a file without blocking: what uses the disk or takes long is done in threads, one after another."""
    from anyio.to_thread import run_sync

    known = UniqueIds()
    several = ids if isinstance(ids, AsyncIterable) else each_id(ids, "export")
    async with AsyncExitStack() as stack:
        # What waits is written without a thread in the end, for which a cancelled task may not wait.
        job = stack.enter_context(await run_sync(Job, export, several))
        if isinstance(several, AsyncIterable):
            left: Any = await stack.enter_async_context(aclosing(unique_async(several, known)))
            done: Any = array("i")
            while len(done) < job.sought and (number := await anext(left, None)) is not None:
                done.append(number)
        else:
            done = left = stack.enter_context(closing(unique(several, known)))
        job.resume(*await run_sync(digest_of, done, job.sought))
        if not job.complete:
            async with export.stream(AsyncTicketStream, left) as stream:
                async for batch in _batches_async(stream):
                    if job.add(batch, stream.counts):
                        await run_sync(job.commit)
        return await run_sync(job.finish, known.repeated)


def _batches(stream: TicketStream[Any]) -> Iterator[TicketBatch[Any]]:
    while True:
        try:
            yield from stream.batches()
        except TicketDecodeError as error:
            yield cast("TicketBatch[Any]", error.batch)
        else:
            return


def _batches_async(stream: AsyncTicketStream[Any]) -> AsyncIterator[TicketBatch[Any]]:
    batches = stream.batches()

    async def following() -> TicketBatch[Any] | None:
        try:
            return await anext(batches, None)
        except TicketDecodeError as error:
            return cast("TicketBatch[Any]", error.batch)

    return Each(following)
