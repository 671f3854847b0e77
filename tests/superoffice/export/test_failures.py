"""Exports from servers that fail for some tickets, or send others than were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from superoffice import (
    APIError,
    AsyncSuperOffice,
    ExportProgress,
    ExportResult,
    InternalServerError,
    SuperOffice,
    Ticket,
    TicketBatch,
)

from ...support.exports import Exports, Stop, rows
from ...support.faults import Faults, Visit, answer
from ...support.wire import SITE

pytestmark = pytest.mark.usefixtures("quiet")


class Failing:
    """A server that fails each call in which one of some tickets is asked for; `asked` are the ids of all calls."""

    def __init__(self, *bad: int, reply: Callable[[], bytes] = lambda: answer(b'{"Message": "No."}', 500)) -> None:
        self.bad = set(bad)
        self.asked: list[list[int]] = []
        self.lasts: int | None = None  # calls until it fails for every ticket
        self._reply = reply

    async def __call__(self, visit: Visit) -> None:
        ids = json.loads(visit.body)["TicketIds"]
        self.asked.append(ids)
        if not self.bad.isdisjoint(ids) or (self.lasts is not None and len(self.asked) > self.lasts):
            await visit.send(self._reply())
        else:
            found = [{"TicketId": id_, "Title": f"of {id_}"} for id_ in ids if id_ != 77_777]
            await visit.send(answer(json.dumps(found).encode()))


REPLIES: dict[str, Callable[[], bytes]] = {
    "500": lambda: answer(b'{"Message": "No."}', 500),
    "400": lambda: answer(b"", 400),
    "null": lambda: answer(b"null"),
    "error": lambda: answer(b'{"Error": true, "ErrorType": "X", "Message": "No."}'),
}


@pytest.mark.parametrize("reply", list(REPLIES))
def test_a_ticket_for_which_the_server_fails_is_told_and_may_be_left_out(
    reply: str, export: Exports, tmp_path: Path, small_parts: None
) -> None:
    path, ids = tmp_path / "tickets.jsonl", [*range(1, 46), 77_777]
    given: dict[str, Any] = {"select": ["Title"], "max_concurrency": 1}
    failing = Failing(17, 18, 25, reply=REPLIES[reply])
    with Faults(failing) as server:
        for _ in range(2):
            with pytest.raises(APIError, match=r"asked for ticket 17\); .*; or leave it out with skip_f") as caught:
                export(ids, path, site=server.site, **given)
            assert caught.value.ids == (17,)
        told: list[ExportProgress] = []
        result = export(ids, path, site=server.site, skip_failed=True, progress=told.append, **given)
        assert result.resumed == 10
        assert [row["TicketId"] for row in rows(path)] == [id_ for id_ in range(1, 46) if id_ not in failing.bad]
        assert list(result.missing) == [17, 18, 25, 77_777]
        assert (result.tickets, told[-1].asked, told[-1].problems) == (42, 46, 3)
        assert result.problems_path is not None
        said = result.problems_path.read_text().splitlines()
        assert [line.partition(": ")[0] for line in said] == [f"ticket {id_} was left out" for id_ in (17, 18, 25)]
        assert said[0].startswith("ticket 17 was left out: the server ")


def test_a_call_that_fails_once_is_asked_for_in_halves(export: Exports, tmp_path: Path) -> None:
    failing = Failing(1)

    async def once(visit: Visit) -> None:
        await failing(visit)
        failing.bad.clear()

    with Faults(once) as server:
        result = export(range(1, 11), tmp_path / "tickets.jsonl", site=server.site)
    assert (result.tickets, result.problems) == (10, 0)
    assert failing.asked == [[*range(1, 11)], [1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]


def test_a_server_that_fails_for_all_leaves_no_ticket_out(export: Exports, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    given: dict[str, Any] = {"skip_failed": True, "max_concurrency": 1}
    failing = Failing()
    with Faults(failing) as server:
        for lasts in (0, 1, 5):  # before the first call, after it, and while the second one's tickets are looked for
            failing.asked.clear()
            failing.lasts, failing.bad = lasts, {12} if lasts == 5 else set()
            with pytest.raises(InternalServerError):
                export(range(1, 21), path, site=server.site, **given)
        failing.lasts, failing.bad = None, set()
        result = export(range(1, 21), path, site=server.site, **given)
    assert (result.tickets, list(result.missing), result.problems) == (20, [], 0)


def test_the_last_ticket_of_an_export_may_be_left_out_too(export: Exports, tmp_path: Path) -> None:
    failing = Failing(11, 12)
    path = tmp_path / "tickets.jsonl"
    with Faults(failing) as server:
        with pytest.raises(InternalServerError):
            export(range(1, 12), path, site=server.site)
        result = export(range(1, 12), path, site=server.site, skip_failed=True)
        assert (result.resumed, list(result.missing)) == (10, [11])
        assert list(export([11], tmp_path / "one.jsonl", site=server.site, skip_failed=True).missing) == [11]


def test_an_open_file_may_leave_tickets_out_too() -> None:
    with Faults(Failing(11, 12)) as server, SuperOffice(server.site, batch_size=10, max_concurrency=1) as client:
        result = client.tickets.export(range(1, 13), BytesIO(), format="jsonl", skip_failed=True)
    assert (result.tickets, list(result.missing), result.problems) == (10, [11, 12], 2)  # others had come before


def strange(request: httpx.Request) -> httpx.Response:
    """Answer with the first ticket that is asked for, and with two for which nobody asked."""
    first = json.loads(request.content)["TicketIds"][0]
    return httpx.Response(200, json=[{"TicketId": id_} for id_ in (first, 900_000 + first, 900_001)])


def test_tickets_that_nobody_asked_for_are_counted_and_told(
    export: Exports, tmp_path: Path, caplog: pytest.LogCaptureFixture, small_parts: None
) -> None:
    answers, told = httpx.MockTransport(strange), list[ExportProgress]()

    def stop(progress: ExportProgress) -> None:
        told.append(progress)
        if progress.asked == 30 and len(told) < 5:
            raise Stop

    def run() -> ExportResult:
        return export(range(1, 51), tmp_path / "tickets.jsonl", site=SITE, transport=answers, progress=stop)

    with pytest.raises(Stop):
        run()
    result = run()
    assert (result.tickets, len(result.missing), result.unexpected, result.resumed) == (5, 45, 10, 30)
    assert [progress.unexpected for progress in told] == [0, 2, 4, 6, 6, 8, 10]
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [  # one for each run
        f"the server sent tickets that nobody asked for, which are left out: tickets 9000{first}, 900001"
        for first in ("01", "31")
    ]
    assert run().unexpected == 10
    with SuperOffice(SITE, transport=answers, batch_size=10) as client:
        assert client.tickets.export(range(1, 21), BytesIO(), format="csv").unexpected == 4
        caplog.clear()
        assert len(client.tickets.get_many([1]).unexpected) == 2
        assert "left out: tickets 900001, 900001" in caplog.text


@pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("same", [True, False])
def test_two_tickets_with_one_id_are_told_unless_they_are_alike(
    kind: str, same: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wire = [{"TicketId": 1, "Title": title} for title in ("a", "b", "b" if same else "c")]
    wire[0]["TicketId"] = 2
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=wire))
    path = tmp_path / "tickets.jsonl"
    if kind == "sync":
        with SuperOffice(SITE, transport=transport) as client:
            result = client.tickets.export([1, 2], path)
            batch = client.tickets.get_many([1, 2])
            with client.tickets.stream([1, 2]) as stream:
                titles = [ticket.title for ticket in stream]
    else:

        async def go() -> tuple[ExportResult, TicketBatch[Ticket], list[str | None], Any]:
            async with AsyncSuperOffice(SITE, transport=transport) as client:
                result, batch = await client.tickets.export([1, 2], path), await client.tickets.get_many([1, 2])
                async with client.tickets.stream([1, 2]) as stream:
                    return result, batch, [ticket.title async for ticket in stream], stream

        result, batch, titles, stream = anyio.run(go, backend=kind)
    assert (result.tickets, result.unexpected, stream.counts.unexpected) == (2, not same, not same)
    assert titles == [ticket.title for ticket in batch] == ["b" if same else "c", "a"]
    assert [ticket.title for ticket in batch.unexpected] == ([] if same else ["b"])
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    told = "the server sent tickets that differ for the same ids, of which the last are taken: ticket 1"
    assert said == ([] if same else [told] * 3)
