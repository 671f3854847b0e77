"""The worker, with its input ended and with a signal."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from superoffice_sandbox import Sandbox

from .conftest import EXAMPLES, Run

LATE = "is late"


def test_it_does_everything_in_few_calls(run: Run, desk: Sandbox) -> None:
    given = "\n".join(map(str, range(6, 406)))
    reminded = run("worker.py", given=given).splitlines()
    assert reminded
    assert {line.split("\t")[1] for line in reminded} == {"SJ", "unassigned"}
    asked = [request.json()["TicketIds"] for request in desk.requests]
    assert sorted(number for ids in asked for number in ids) == list(range(6, 406))
    assert max(map(len, asked)) <= 100


def test_it_tells_what_was_not_done(run: Run, desk: Sandbox) -> None:
    reminded = run("worker.py", given="0\nx\n5\n1\n2\n3\n", status=1)
    assert "not done: [5]" in reminded
    assert r"b'x\n' is not a ticket id" in reminded
    assert r"b'0\n' is not a ticket id" in reminded
    desk.fault(status=403)
    assert "not done: [1]" in run("worker.py", given="1", status=1)


def test_it_finishes_what_it_has_read_when_it_is_stopped(desk: Sandbox, environment: dict[str, str]) -> None:
    late = desk.add(ticket_id=5_000, title=LATE, base_status="Active", owned_by=1)
    with subprocess.Popen(
        [sys.executable, str(EXAMPLES / "worker.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as worker:
        assert worker.stdin is not None
        desk.fault(delay=1)
        worker.stdin.write(f"{late.ticket_id}\n")
        worker.stdin.flush()
        deadline = time.monotonic() + 300
        while desk.faults._waiting and time.monotonic() < deadline:  # until the call is under way
            time.sleep(0.01)
        worker.send_signal(signal.SIGTERM)
        assert worker.stdout is not None
        assert worker.stderr is not None
        assert worker.stdout.read() == f"{late.ticket_id}\tunassigned\t{LATE}\n"
        assert worker.stderr.read() == ""
        assert worker.wait() == 0  # though its input has not ended
