"""What goes wrong between a client and a server, over real sockets, and what each client makes of it."""

from __future__ import annotations

import asyncio
import gc
import random
import re
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, cast

import attrs
import httpcore
import pytest

from superoffice import (
    APIError,
    APITimeoutError,
    AsyncSuperOffice,
    AuthenticationError,
    BadRequestError,
    BearerAuth,
    ConnectionBrokenError,
    EndpointNotFoundError,
    ErrorInSuccessError,
    InternalServerError,
    InvalidResponseError,
    MediaTypeError,
    PermissionDeniedError,
    RateLimitError,
    ResponseTooLargeError,
    RetryPolicy,
    SuperOffice,
    Ticket,
    TicketBatch,
    Timeout,
    TokenAuth,
    WrongHostError,
)
from superoffice.transport.attempts import SENDING, PreparedRequest
from superoffice.transport.connections import _AsyncStream
from superoffice_sandbox import Sandbox

from ...support.faults import (
    OK,
    Faults,
    Script,
    Visit,
    answer,
    before,
    blackhole,
    bomb,
    delays,
    fine,
    http_date,
    sends,
    slices,
    status,
    to_come,
    zipped,
)

QUICK = RetryPolicy(retries=2, base=0.01, cap=0.02)
BIG = b"[" + b",".join(b'{"TicketId": %d, "Title": "%s"}' % (n, b"x" * 200) for n in range(1, 400)) + b"]"
NOISE = random.Random(1).randbytes(200_000).hex().encode()  # noqa: S311 - no secret; it takes several reads
MUCH = b'[{"TicketId": 1, "Title": "%s"}, {"TicketId": 2}]' % NOISE
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMIT = 20.0  # seconds that no case may take: far above what it needs, far below a hang


@attrs.frozen
class Case:
    """What the server does, and what comes of it: ids of tickets, or an error with words of its sentence."""

    name: str
    scripts: list[Script]
    outcome: type[APIError] | list[int]
    attempts: int = 1
    said: str = ""
    options: dict[str, Any] = attrs.Factory(dict[str, Any])


GOOD = [1, 2]
ONCE: dict[str, Any] = {"retries": 0}
SMALL: dict[str, Any] = {"max_response_bytes": 10**6}
SHORT: dict[str, Any] = {"timeout": 1.5}  # enough to connect and ask, on a busy machine too


def squeezed(content: bytes, *codings: str) -> bytes:
    """Compress content by gzip, deflate, or deflate without its header (raw), one after the other."""
    for coding in codings:
        packer = zlib.compressobj(9, wbits={"gzip": 31, "deflate": 15, "raw": -15}[coding])
        content = packer.compress(content) + packer.flush()
    return content


def coded(content: bytes, name: str, *codings: str, code: int = 200, cut: int = 0) -> bytes:
    """Return a response that is called compressed as `name`, and is by `codings`; `cut` leaves off bytes at its end."""
    raw = squeezed(content, *codings)
    return answer(raw[: len(raw) - cut], code, headers=(f"Content-Encoding: {name}", "Content-Type: application/json"))


CASES = [
    # Slow, but whole
    Case("a late answer", [delays(0.2)], GOOD),
    Case("a pause in the head", [delays(0.2, after=20)], GOOD),
    Case("a pause in the body", [delays(0.2, after=120)], GOOD),
    Case("one byte at a time", [slices(answer())], GOOD),
    Case("gzip, one byte at a time", [slices(zipped(OK))], GOOD),
    Case("an answer in chunks", [sends(CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(OK), OK))], GOOD),
    Case("a length told by closing", [sends(b"HTTP/1.1 200 OK\r\n\r\n" + OK, then="close")], GOOD),
    Case("a 100 before the answer", [sends(b"HTTP/1.1 100 Continue\r\n\r\n" + answer())], GOOD),
    # Too slow
    Case("no answer, ever", [blackhole()], APITimeoutError, 1, "longer timeout=", SHORT),
    Case("no answer, asked again", [blackhole(), fine()], GOOD, 2, options={"timeout": Timeout(read=1.5)}),
    Case("a late answer, asked again", [delays(5), fine()], GOOD, 2, options={"timeout": Timeout(read=1.5)}),
    Case(
        "no answer, every time", [blackhole()], APITimeoutError, 3, "after 3 attempts", {"timeout": Timeout(read=0.1)}
    ),
    Case("a body that stalls", [delays(60, after=120)], APITimeoutError, 1, "within the time", SHORT),
    Case("a body that drips", [slices(answer(), 1, 0.05)], APITimeoutError, 1, "time allowed", SHORT),
    Case("a head that drips", [slices(answer(), 1, 0.2)], APITimeoutError, 1, "time allowed", SHORT),
    Case("gzip that drips", [slices(zipped(OK), 1, 0.05)], APITimeoutError, 1, "time allowed", SHORT),
    # Broken
    Case("a reset instead of an answer", [sends(then="reset")], ConnectionBrokenError, 3, "connection broke"),
    Case("a reset, asked again", [sends(then="reset"), fine()], GOOD, 2),
    Case("a reset in the head", [sends(b"HTTP/1.1 20", then="reset"), fine()], GOOD, 2),
    Case("a reset in the body", [sends(answer(BIG)[:5000], then="reset")], ConnectionBrokenError, 3, "only reads"),
    Case("a reset in the body, asked again", [sends(answer(BIG)[:5000], then="reset"), fine()], GOOD, 2),
    Case("a close instead of an answer", [sends(then="close")], ConnectionBrokenError, 3, "connection broke"),
    Case("a close in the head", [sends(b"HTTP/1.1 200 OK\r\nCon", then="close")], ConnectionBrokenError, 3),
    Case("a close in the body", [sends(answer(length=500), then="close")], ConnectionBrokenError, 3, "complete"),
    Case("a close in the body, asked again", [sends(answer(length=500), then="close"), fine()], GOOD, 2),
    Case("chunks cut off", [sends(CHUNKED + b"ff\r\n[{", then="close")], ConnectionBrokenError, 3, "incomplete"),
    Case("chunks without their end", [sends(CHUNKED + b"2\r\n[]\r\n", then="close")], ConnectionBrokenError, 3),
    Case("a chunk's size that is none", [sends(CHUNKED + b"zz\r\n[]\r\n")], ConnectionBrokenError, 3),
    Case("retries off", [sends(then="close"), fine()], ConnectionBrokenError, 1, "connection broke", ONCE),
    # Compressed
    Case("gzip", [sends(zipped(OK))], GOOD),
    Case("gzip by its old name", [sends(zipped(OK, head="Content-Encoding: X-GZIP"))], GOOD),
    Case("gzip in two members", [sends(answer(zipped(OK[:9], head="A: b").split(b"\r\n\r\n", 1)[1]
          + zipped(OK[9:], head="A: b").split(b"\r\n\r\n", 1)[1], headers=["Content-Encoding: gzip"]))], GOOD),
    Case("gzip cut off", [sends(zipped(BIG, cut=40))], ConnectionBrokenError, 3, "decompressed: it was cut off"),
    Case("gzip without its checksum", [sends(zipped(OK, cut=8)), fine()], GOOD, 2),
    Case("gzip of nothing", [sends(answer(b"", headers=["Content-Encoding: gzip"])), fine()], GOOD, 2),
    Case("gzip that is none", [sends(answer(headers=["Content-Encoding: gzip"]))], ConnectionBrokenError, 3, "decomp"),
    Case("gzip with a wrong checksum", [sends(zipped(OK)[:-8] + b"12345678")], ConnectionBrokenError, 3, "decomp"),
    *[Case(f"gzip called {name!r}", [sends(coded(OK, name, "gzip"))], GOOD)
      for name in ("gzip, identity", "identity,gzip", " GZip ", "utf-8, gzip", "gzip,,", "none, x-gzip")],
    *[Case(f"a coding that is none, {name!r}", [sends(coded(OK, name))], GOOD)
      for name in ("UTF-8", "none", "", "identity", "8bit, binary", "application/json", "\xe5")],
    Case("a coding told twice", [sends(answer(squeezed(OK, "gzip"), headers=["Content-Encoding: gzip",
         "Content-Encoding: identity"]))], GOOD),
    *[Case(f"much {name}", [sends(coded(MUCH, name, name))], GOOD) for name in ("gzip", "deflate")],
    Case("gzip in gzip", [slices(coded(OK, "gzip, gzip", "gzip", "gzip"))], GOOD),
    Case("gzip five times", [sends(coded(OK, ",".join(["gzip"] * 5), *["gzip"] * 5))], GOOD),
    Case("gzip six times", [sends(coded(OK, ",".join(["gzip"] * 6), *["gzip"] * 6))], ConnectionBrokenError, 1,
         "compressed 6 times over (asked for tickets 1, 2); check what responds"),
    Case("deflate", [slices(coded(OK, "deflate", "deflate"))], GOOD),
    Case("deflate without its header", [slices(coded(OK, "deflate", "raw"))], GOOD),
    Case("deflate in gzip", [sends(coded(OK, "deflate, gzip", "deflate", "gzip"))], GOOD),
    Case("deflate cut off", [sends(coded(OK, "deflate", "deflate", cut=9))], ConnectionBrokenError, 3, "was cut off"),
    Case("deflate that is none", [sends(coded(OK, "deflate"))], ConnectionBrokenError, 3, "could not be decompressed"),
    Case("the inner gzip cut off", [sends(coded(squeezed(OK, "gzip")[:-9], "gzip, gzip", "gzip"))],
         ConnectionBrokenError, 3, "it was cut off"),
    *[Case(f"a coding not asked for, {name!r}", [sends(coded(OK, name))], ConnectionBrokenError, 1,
           "which was not asked for (asked for tickets 1, 2); check what responds")
      for name in ("br", " Br", "zstd", "br, gzip", "compress", "dcz")],
    Case("a bomb of deflate", [sends(coded(bytes(10**7), "deflate", "raw"))], ResponseTooLargeError, 1, "past", SMALL),
    Case("a bomb", [sends(bomb(300))], ResponseTooLargeError, 1, "max_response_bytes=", {"max_response_bytes": 10**6}),
    Case("a bomb in a bomb", [sends(bomb(300, layers=2))], ResponseTooLargeError, 1, "past", SMALL),
    Case("a bomb before it is gzip", [sends(coded(squeezed(OK, "gzip") * 10**5, "gzip, gzip", "gzip"))],
         ResponseTooLargeError, 1, "past", SMALL),
    Case("too large", [sends(answer(BIG))], ResponseTooLargeError, 1, "past 1,000 bytes", {"max_response_bytes": 1000}),
    Case("as large as allowed", [sends(answer())], GOOD, options={"max_response_bytes": len(OK)}),
    Case("gzip as large as allowed", [sends(zipped(OK))], GOOD, options={"max_response_bytes": len(OK)}),
    Case("one byte over", [sends(zipped(OK))], ResponseTooLargeError, options={"max_response_bytes": len(OK) - 1}),
    # Statuses
    Case("502", [status(502)], InternalServerError, 3, r"failed (502): Not now. after 3 attempts"),
    Case("503, then well", [status(503), fine()], GOOD, 2),
    Case("504, then 502, then well", [status(504), status(502), fine()], GOOD, 3),
    Case("500", [status(500), fine()], InternalServerError, 1, "tell the server's operators"),
    Case("500, repeated", [status(500), fine()], GOOD, 2, options={"retries": RetryPolicy(base=0, statuses={500})}),
    Case("429", [status(429)], RateLimitError, 3, "asks for fewer calls"),
    Case("429 with seconds", [status(429, "Retry-After: 1"), fine()], GOOD, 2),
    Case("429 with too many seconds", [status(429, "Retry-After: 3600"), fine()], RateLimitError, 1, "wait"),
    Case("429 with endless seconds", [status(429, "Retry-After: " + "9" * 400), fine()], RateLimitError, 1),
    Case("503 with a past date", [status(503, "Retry-After: " + http_date(-60)), fine()], GOOD, 2),
    Case("503 with a date to come", [to_come(503, 2), fine()], GOOD, 2),
    Case("503 with a date too far", [status(503, "Retry-After: " + http_date(86400)), fine()], InternalServerError, 1),
    Case("503 with nonsense", [status(503, "Retry-After: soon"), fine()], GOOD, 2),
    Case("503 with a wait past the budget", [status(503, "Retry-After: 5"), fine()], InternalServerError, 1,
         options={"retries": RetryPolicy(budget=2)}),
    Case("503 with a wait past the timeout", [status(503, "Retry-After: 5"), fine()], InternalServerError, 1,
         options=SHORT),
    Case("401", [status(401)], AuthenticationError, 1, "none were given"),
    Case("403", [status(403)], PermissionDeniedError, 1, "ask an administrator"),
    Case("404", [status(404)], EndpointNotFoundError, 1, "site's address"),
    Case("406", [status(406)], MediaTypeError, 1, "accept="),
    Case("415", [status(415)], MediaTypeError, 1, "content_type="),
    Case("418", [status(418)], BadRequestError, 1, "refused the call (418)"),
    Case("421", [status(421)], WrongHostError, 1, "does not have this tenant"),
    # Not what it should be
    Case("a page", [sends(answer(b"<html>Sign in</html>"))], InvalidResponseError, 1, "a page or XML"),
    Case("a page with 503", [status(503, body=b"<html>"), fine()], GOOD, 2),
    Case("an error in a 200", [status(200, body=b'{"Error": true, "ErrorMessage": "Broken"}')], ErrorInSuccessError),
    Case("garbage", [sends(b"\x00\x01 what is this\r\n\r\n", then="close")], ConnectionBrokenError, 3),
    Case("much garbage", [sends(b"y" * 300_000, then="close")], ConnectionBrokenError, 3),
    Case("another protocol", [sends(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", then="close")], ConnectionBrokenError, 3),
    Case("a huge header", [sends(answer(headers=["X: " + "y" * 300_000]))], ConnectionBrokenError, 3),
    Case("many headers", [sends(answer(headers=[f"X-{n}: y" for n in range(500)]))], GOOD),
    Case("two lengths", [sends(answer(headers=["Content-Length: 5"]))], ConnectionBrokenError, 3),
    Case("more than was announced", [sends(answer(OK + b"[]", length=len(OK)))], GOOD),
]  # fmt: skip


def test_a_server_that_stops_leaves_none_of_its_connections_open() -> None:
    with ExitStack() as clients:
        for _ in range(20):
            with Faults(fine()) as server:  # some connections are not accepted yet when it stops, or only just
                for _ in range(5):
                    clients.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        gc.collect()  # what is open still warns now, and a warning fails the test


def test_there_are_enough_cases_and_each_has_its_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_faults(case: Case, get_many: Callable[..., TicketBatch[Ticket]]) -> None:
    options = {"retries": QUICK, "timeout": 15, "calls_per_second": None} | case.options
    begun = time.monotonic()
    with Faults(*case.scripts) as server:
        if isinstance(case.outcome, list):
            assert [ticket.ticket_id for ticket in get_many(server.site, [1, 2], {}, **options)] == case.outcome
        else:
            with pytest.raises(case.outcome, match=re.escape(case.said) or None) as caught:
                get_many(server.site, [1, 2], {}, **options)
            error = caught.value
            assert type(error) is case.outcome
            assert (error.ids, error.method, error.attempts) == ((1, 2), "POST", case.attempts)
            assert len(str(error)) < 700
        assert server.count(case.attempts) == case.attempts
    assert time.monotonic() - begun < LIMIT


NO = b'{"Message": "No."}'
BROKEN: dict[str, Callable[[int], Script]] = {
    "no gzip": lambda code: sends(coded(b"", "gzip", code=code)),
    "gzip cut off": lambda code: sends(coded(NO, "gzip", "gzip", code=code, cut=9)),
    "gzip that is none": lambda code: sends(coded(NO, "gzip", code=code)),
    "gzip without its name": lambda code: sends(answer(squeezed(NO, "gzip"), code)),
    "a coding not asked for": lambda code: sends(coded(NO, "br", code=code)),
    "layers without end": lambda code: sends(coded(NO, ",".join(["gzip"] * 99), code=code)),
    "a bomb": lambda code: sends(coded(bytes(10**7), "gzip", "gzip", code=code)),
    "too large": lambda code: sends(answer(bytes(10**7), code)),
    "cut off": lambda code: sends(answer(NO, code, length=99), then="close"),
    "reset": lambda code: sends(answer(NO, code, length=99), then="reset"),
    "chunks cut off": lambda code: sends(CHUNKED.replace(b"200", b"%d" % code) + b"ff\r\n[{", then="close"),
    "a chunk's size that is none": lambda code: sends(CHUNKED.replace(b"200", b"%d" % code) + b"zz\r\n[]\r\n"),
    "a body that stalls": lambda code: delays(60, answer(NO, code), after=len(answer(NO, code)) - 3),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize(
    ("code", "kind", "attempts"),
    [
        (302, BadRequestError, 1),
        (401, AuthenticationError, 1),
        (403, PermissionDeniedError, 1),
        (429, RateLimitError, 2),
        (500, InternalServerError, 1),
        (503, InternalServerError, 2),
    ],
)
def test_a_broken_body_does_not_hide_the_status(
    how: str, code: int, kind: type[APIError], attempts: int, get_many: Callable[..., Any]
) -> None:
    timeout = Timeout(read=1.5, total=15)
    with Faults(BROKEN[how](code)) as server:
        with pytest.raises(kind, match=rf"\({code}\)") as caught:
            get_many(server.site, [1], {}, retries=RetryPolicy(retries=1, base=0.01), timeout=timeout, **SMALL)
        assert type(caught.value) is kind
        assert caught.value.attempts == server.count(attempts) == attempts


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_body_costs_no_refresh_and_no_retry_after(how: str, get_many: Callable[..., Any]) -> None:
    tokens = iter(("8A:old", "8A:new"))
    options: dict[str, Any] = {"timeout": Timeout(read=1.5, total=15), "retries": QUICK, **SMALL}
    with Faults(BROKEN[how](401), fine()) as server:
        get_many(server.site, [1], {}, auth=TokenAuth(lambda: next(tokens)), **options)
        assert [b"8A:old" in server.seen[0], b"8A:new" in server.seen[1]] == [True, True]

    async def later(visit: Visit) -> None:
        told = Visit(visit.head, visit.body, visit.reader, _Waiting(visit.writer))  # type: ignore[arg-type]
        await BROKEN[how](503)(told)

    with Faults(later, fine()) as server:
        with pytest.raises(InternalServerError, match="503"):  # it says to wait for longer than is allowed
            get_many(server.site, [1], {}, **options)
        assert len(server.seen) == 1


class _Waiting:
    """Puts a Retry-After into the head of what is written."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(
            data.replace(b" X\r\n", b" X\r\nRetry-After: 99\r\n").replace(b" OK\r", b" X\r\nRetry-After: 99\r")
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


def test_a_refusal_whose_body_takes_all_the_time_is_one(get_many: Callable[..., Any]) -> None:
    calls: list[int] = []

    def token() -> str:
        calls.append(1)
        return "8A:old"

    for code, kind in ((401, AuthenticationError), (403, PermissionDeniedError), (503, InternalServerError)):
        with Faults(BROKEN["a body that stalls"](code)) as server:
            with pytest.raises(kind, match=str(code)):
                get_many(server.site, [1], {}, auth=TokenAuth(token), retries=QUICK, **SHORT)
            assert server.count(1) == 1
    assert len(calls) == 3


def test_what_a_server_sends_before_it_is_asked_is_read() -> None:
    class Early:
        """A connection on which an answer is there before the request was written."""

        def __init__(self) -> None:
            self.did: list[Any] = []

        async def start_tls(self) -> Any:
            return self

        async def read(self, max_bytes: int, timeout: float | None) -> bytes:
            self.did.append(("read", timeout))
            return b"HTTP/1.1 408 X\r\n" if len(self.did) == 1 else b"\r\n"

        async def write(self, buffer: bytes, timeout: float | None) -> None:
            self.did.append((buffer, timeout))
            raise httpcore.WriteError

    async def go() -> list[Any]:
        call = {"method": "POST", "site": "", "path": "/", "headers": {}, "timeout": Timeout(), "retries": QUICK}
        SENDING.set(PreparedRequest(**call))
        early = Early()
        stream = await _AsyncStream(cast("Any", early)).start_tls()
        await stream.write(b"POST", 3)
        await stream.write(b" /", 4)
        assert [await stream.read(99, 5), await stream.read(99, 5)] == [b"HTTP/1.1 408 X\r\n", b"\r\n"]
        return early.did

    assert asyncio.run(go()) == [("read", 0.001), (b"POST /", 4), ("read", 5)]


@pytest.mark.parametrize("code", [200, 201, 202, 203, 204, 205, 206])
@pytest.mark.parametrize("head", ["A: b", "Content-Encoding: gzip", "Content-Type: application/xml"])
def test_a_success_without_tickets_is_named(code: int, head: str, get_many: Callable[..., Any]) -> None:
    raw = squeezed(b"", "gzip") if "gzip" in head and code not in (204, 205) else b""
    kind = InvalidResponseError if code == 200 else BadRequestError
    with Faults(sends(answer(raw, code, headers=[head]))) as server:
        with pytest.raises(kind, match=r"responded with .*an empty body, .*; check what responds") as caught:
            get_many(server.site, [1], {}, retries=QUICK)
        assert (type(caught.value), caught.value.status_code, len(server.seen)) == (kind, code, 1)
        assert str(code) in str(caught.value)


def test_a_success_by_another_number_is_named(get_many: Callable[..., Any]) -> None:
    said = r"the server responded with a status that holds no tickets \(202\): Later\."
    with (
        Faults(sends(answer(b'{"Message": "Later."}', 202))) as server,
        pytest.raises(BadRequestError, match=said),
    ):
        get_many(server.site, [1, 2], {})


def test_a_bomb_takes_bounded_memory(get_many: Callable[..., Any]) -> None:
    with Faults(sends(bomb(300))) as server:
        with pytest.raises(ResponseTooLargeError):
            get_many(server.site, [1], {}, max_response_bytes=10**6)  # imports what it needs
        tracemalloc.start()
        try:
            with pytest.raises(ResponseTooLargeError):
                get_many(server.site, [1], {}, max_response_bytes=10**6)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 16 * 10**6


@pytest.mark.parametrize("case", ["sync", "async"])
def test_a_server_that_stops_and_comes_back(case: str) -> None:
    retries = RetryPolicy(retries=199, base=0.02, cap=0.05, budget=15)
    with Faults(fine()) as server:

        def pause() -> None:
            server.stop()
            threading.Timer(0.4, server.begin).start()

        if case == "sync":
            with SuperOffice(server.site, retries=retries) as client:
                assert len(client.tickets.get_many([1, 2])) == 2
                pause()
                assert len(client.tickets.get_many([1, 2])) == 2
            return

        async def go() -> None:
            async with AsyncSuperOffice(server.site, retries=retries) as client:
                assert len(await client.tickets.get_many([1, 2])) == 2
                await asyncio.to_thread(pause)
                assert len(await client.tickets.get_many([1, 2])) == 2

        asyncio.run(go())


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_kept_connection_that_the_server_ended_is_not_noticed(how: str) -> None:
    with Faults(sends(answer(), then=how)) as server:
        with SuperOffice(server.site, retries=0) as client:
            for _ in range(3):
                assert len(client.tickets.get_many([1, 2])) == 2
                server.settle()

        async def go() -> None:
            async with AsyncSuperOffice(server.site, retries=0) as client:
                for _ in range(3):
                    assert len(await client.tickets.get_many([1, 2])) == 2
                    await asyncio.to_thread(server.settle)

        asyncio.run(go())
        assert server.connections == 6


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(code: int, get_many: Callable[..., Any]) -> None:
    with Faults(fine()) as other, Faults(fine()) as server:
        places = [other.site + "/api", other.site.replace("127.0.0.1", "localhost"), "/elsewhere", server.site]
        places += [
            "https://xn--zzzzzz-.invalid/",
            "http://[::1",
            "http://a:b:c/",
            "//",
            "",
            "http://",
            "x" * 70_000,
            "\xe5",
        ]
        for place in places:
            server.scripts = [status(code, f"Location: {place}")]
            with pytest.raises(BadRequestError, match=rf"\({code}\)") as caught:
                get_many(server.site, [1], {}, auth=BearerAuth("8A:abc"))
            assert "not followed" in str(caught.value)
            assert caught.value.response is not None
            assert caught.value.response.headers["location"][:9] == place[:9]
        assert other.connections == 0
        assert len(server.seen) == len(places)


def test_a_kept_connection_is_used_again(get_many: Callable[..., Any]) -> None:
    with Faults(fine()) as server:
        get_many(server.site, range(1, 11), {}, batch_size=2)
        assert (len(server.seen), server.connections) == (5, 1)


@pytest.mark.parametrize("size", [1, 100])
def test_slices_before_a_sandbox_change_nothing(size: int, box: Sandbox, get_many: Callable[..., Any]) -> None:
    from superoffice import BasicAuth

    auth = BasicAuth(box.user, box.password)
    with Faults(before(box.site, size=size)) as server:
        assert get_many(server.site, [439, 829], {}, auth=auth) == get_many(box.site, [439, 829], {}, auth=auth)


PARTS = [sends(answer(b'[{"TicketId": %d}, {"TicketId": %d}]' % pair)) for pair in ((1, 2), (3, 4))]


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (status(500), InternalServerError),
        (sends(then="reset"), ConnectionBrokenError),
        (sends(answer(b"null")), InvalidResponseError),
    ],
)
def test_what_had_come_before_a_part_failed_is_on_the_error(
    last: Script, kind: type[APIError], get_many: Callable[..., Any]
) -> None:
    with Faults(*PARTS, last) as server:
        with pytest.raises(kind, match=r"tickets 5, 6\b") as caught:
            get_many(server.site, range(1, 8), {}, batch_size=2, retries=QUICK)
        received = caught.value.received
        assert caught.value.ids == (5, 6)
        assert received is not None
        assert [ticket.ticket_id for ticket in received] == [1, 2, 3, 4]
        assert (received.requested, received.missing) == ((1, 2, 3, 4), ())


def test_nothing_had_come_before_the_first_part_failed(get_many: Callable[..., Any]) -> None:
    with Faults(status(500)) as server, pytest.raises(InternalServerError) as caught:
        get_many(server.site, range(1, 8), {}, batch_size=2)
    assert caught.value.received is None
