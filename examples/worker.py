"""Remind owners of tickets that are past their deadline, as ids come in: a line each on standard input.

It ends with its input. SIGTERM and Ctrl-C end it as well: it reads no more then, and finishes what it has read. Exit
status: 0 everything was done, 1 something was not.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import UTC, datetime

from superoffice import AsyncSuperOffice, SuperOfficeError, TicketBaseStatus, TicketFields, TicketView

log = logging.getLogger("worker")
WORKERS = 4
TOGETHER = 100  # ids a call, where that many wait


class Case(TicketView):
    title: str | None
    base_status: TicketBaseStatus | None
    deadline: datetime | None
    owned_by: int | None
    owned_by_name: str | None


async def feed(queue: asyncio.Queue[int]) -> None:
    """Put ids into the queue as they come; what brings yours stands in the place of standard input."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    try:
        async for line in lines:
            if line.strip().isdigit() and 0 < int(line) < 2**31:  # others would spoil the call that has them
                await queue.put(int(line))  # waits where the workers are behind
            else:
                log.error("%r is not a ticket id", line)
    finally:
        pipe.close()


async def work(client: AsyncSuperOffice, queue: asyncio.Queue[int], undone: list[int]) -> None:
    while True:
        ids = [await queue.get()]
        while len(ids) < TOGETHER and not queue.empty():  # what has piled up is sent in one call
            ids.append(queue.get_nowait())
        try:
            batch = await client.tickets.get_many(ids, into=Case)
            for ticket in batch:
                remind(ticket)
            undone += batch.missing
        except SuperOfficeError as error:  # after its retries; the sentence names the tickets
            log.error("%s", error)
            undone += ids
        finally:
            for _ in ids:
                queue.task_done()


def remind(ticket: Case) -> None:
    """Print who should look at a ticket, if anybody should."""
    if ticket.base_status == TicketBaseStatus.ACTIVE and ticket.deadline and ticket.deadline < datetime.now(UTC):
        who = TicketFields.owned_by.meaning(ticket) or ticket.owned_by_name
        print(f"{ticket.ticket_id}\t{who}\t{ticket.title}", flush=True)


async def main() -> int:
    queue: asyncio.Queue[int] = asyncio.Queue(maxsize=1_000)
    undone: list[int] = []
    async with AsyncSuperOffice.from_env() as client, asyncio.TaskGroup() as group:
        workers = [group.create_task(work(client, queue, undone)) for _ in range(WORKERS)]
        feeding = group.create_task(feed(queue))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, feeding.cancel)
        await asyncio.wait([feeding])
        await queue.join()
        for worker in workers:
            worker.cancel()
    if undone:
        log.error("not done: %s", undone)
    return 1 if undone else 0


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sys.exit(asyncio.run(main()))
