"""Where one call goes: the processor time of each of its parts, and of the least that the machine could do.

A call for 100 full tickets, the default, over loopback. The least is a bare socket that sends the same bytes and reads
as many as the answer has, and the bare decoder. Each part is measured by itself, so they do not add up to the last
percent.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from harness import interleaved, ratio
from serving import PASSWORD, USER, sandbox
from setting import Setting

from superoffice import BasicAuth, SuperOffice
from superoffice._decode import WHOLE, Bounds, read_tickets
from superoffice._ids import ticket_ids
from superoffice._read_plan import ReadPlan
from superoffice.batch import TicketBatch
from superoffice.transport.body import Body
from superoffice.transport.http import request_of
from superoffice_api.api.ticket.get_tickets import build, get_tickets
from superoffice_api.models import GetTicketsRequest, Ticket
from superoffice_runtime import Response

COUNT = 100


def timed(run: Callable[[], object], times: int) -> Callable[[], float]:
    """Make a candidate of a part, by processor time."""

    def measured() -> float:
        start = time.process_time()
        for _ in range(times):
            run()
        return (time.process_time() - start) / times

    return measured


def exchange(site: str, request: httpx.Request, size: int) -> Callable[[], object]:
    """Send a request's bytes over a socket of its own, and read as many bytes as its answer has."""
    address = urlsplit(site)
    line = f"{request.method} {request.url.raw_path.decode()} HTTP/1.1\r\n".encode()
    head = b"".join(b"%b: %b\r\n" % pair for pair in request.headers.raw)

    def connected() -> socket.socket:
        made = socket.create_connection((str(address.hostname), int(address.port or 80)))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    connection = connected()

    def run() -> None:
        nonlocal connection
        connection.sendall(line + head + b"\r\n" + request.content)
        content = connection.recv(65_536)
        if not content:  # the server closes a connection that was idle while the others had their turn
            connection = connected()
            return run()
        left = size + content.index(b"\r\n\r\n") + 4 - len(content)
        while left > 0:
            left -= len(connection.recv(65_536))
        return None

    return run


def measure(setting: Setting) -> None:
    """Measure and report."""
    with sandbox() as site, SuperOffice(site, auth=BasicAuth(USER, PASSWORD), calls_per_second=None) as client:
        ids = list(range(1, COUNT + 1))
        core: Any = client._settings
        plan = ReadPlan[Any](core, WHOLE)
        out, bounds = plan.request(ids), Bounds(COUNT)
        request = request_of(out, 30.0, core.network.headers)
        plain = httpx.Client(auth=(USER, PASSWORD), headers={"Accept-Encoding": "identity"})
        answer = plain.post(site + out.path, content=out.content, headers=dict(out.headers))
        request.headers["accept-encoding"] = "identity"
        content, tickets = answer.content, client.tickets.get_many(ids)
        response = Response(200, answer.headers, content)
        decode = msgspec.json.Decoder(list[Ticket]).decode

        def by_hand() -> bytes:
            return plain.post(request.url, content=out.content, headers=dict(out.headers)).content

        def collected() -> object:
            out.ends = time.monotonic() + 30.0
            body = Body(out, 1 << 30)
            body.begin(answer)
            for start in range(0, len(content), 65_536):
                body.add(content[start : start + 65_536])
            return body.result()

        whole = "the whole call"
        parts: dict[str, tuple[Callable[[], object], int]] = {
            whole: (lambda: client.tickets.get_many(ids), 20),
            "least: the bytes over a bare socket": (exchange(site, request, len(content)), 20),
            "least: bare msgspec decode": (lambda: decode(content), 20),
            "httpx, the same request and answer": (by_hand, 20),
            "ids checked, request planned and written": (lambda: plan.request(ticket_ids(ids)), 200),
            "of this: the generated build": (lambda: build(GetTicketsRequest(ticket_ids=ids)), 200),
            "httpx's request made": (lambda: request_of(out, 30.0, core.network.headers), 200),
            "the answer's parts collected": (collected, 200),
            "media type and charset looked at": (lambda: get_tickets.json(response), 200),
            "decode, empty dates cleared, ids seen": (lambda: read_tickets(content, WHOLE, None, bounds), 20),
            "reconciled": (lambda: TicketBatch(ids, tickets), 200),
        }
        figures = interleaved({name: timed(*part) for name, part in parts.items()}, setting.rounds(31))
    title = f"where a call for {COUNT} tickets goes"
    setting.report.table(title, figures, whole, "µs", scale=1e6, digits=0)
    least = [a + b for a, b in zip(*(figures[name] for name in parts if name.startswith("least")), strict=True)]
    limit = ratio({whole: figures[whole], "least": least}, whole, "least")
    print(f"the whole call ÷ the least: {limit}")
    setting.report.keep("the whole call over the least", limit)
