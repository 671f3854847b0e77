"""A TCP server that misbehaves on demand, before a sandbox or by script. It binds 127.0.0.1 only.

Each request to `Faults(*scripts)` takes the next script, and the last one for ever.
A script is an async function of a `Visit`; the makers below give the usual ones.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from email.utils import formatdate
from typing import Any, Self

import attrs
import trustme

OK = b'[{"TicketId": 1, "Title": "One"}, {"TicketId": 2, "Title": "Two"}]'
_CA = trustme.CA()
TRUST = ssl.create_default_context()
"""What trusts the certificate of `OURS`, for 127.0.0.1 and crm.example.com."""
_CA.configure_trust(TRUST)
OURS = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
_CA.issue_cert("127.0.0.1", "crm.example.com").configure_cert(OURS)
RST = struct.pack("ii", 1, 0)  # linger for 0 s: close() then resets the connection


@attrs.define
class Visit:
    """One request that came in, and the way back."""

    head: bytes
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes, pause: float = 0.0) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            if pause:
                await asyncio.sleep(pause)

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()


Script = Callable[[Visit], Awaitable[None]]


class Faults:
    """The server, in a thread and event loop of its own.

    `seen` are the requests' heads, `bodies` their bodies, `arrivals` when they came, `busy` how many are under way,
    `busiest` how many were at once at most, `connections` how many were accepted, `ended` how many of these are over.
    """

    def __init__(self, *scripts: Script, greeting: bytes = b"", tls: ssl.SSLContext | None = None) -> None:
        self.scripts = list(scripts)
        self.seen: list[bytes] = []
        self.bodies: list[bytes] = []
        self.arrivals: list[float] = []
        self.connections = 0
        self.ended = 0
        self.busiest = 0
        self.busy = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faults", daemon=True)
        self._server: asyncio.Server | None = None
        self._port = 0  # a free one; kept after a stop
        self._greeting = greeting  # sent before anything was asked
        self._tls = tls

    @property
    def port(self) -> int:
        return self._port

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def begin(self) -> None:
        """Listen, on the same port after a `stop`."""

        async def listen() -> None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, ssl=self._tls)
            self._port = self._server.sockets[0].getsockname()[1]

        self._do(listen())

    def stop(self) -> None:
        """Stop listening, and drop every connection."""

        async def end() -> None:
            assert self._server is not None
            for listening in self._server.sockets:
                self._loop.remove_reader(listening)  # a server that is closed loses what it has just accepted
            for _ in range(5):  # what was just accepted begins in a later turn of the loop
                while others := asyncio.all_tasks() - {asyncio.current_task()}:  # asyncio's own, which accept, too
                    await asyncio.sleep(0)  # each has begun then: one that is cancelled before closes nothing
                    for task in others:
                        task.cancel()
                    await asyncio.gather(*others, return_exceptions=True)
                await asyncio.sleep(0)
            self._server.close()

        self._do(end())

    async def gathered(self, number: int) -> None:
        """Wait, in a script, until that many requests were under way at once, however long a busy machine takes."""
        while self.busiest < number:
            await asyncio.sleep(0.005)

    def count(self, number: int) -> int:
        """Return how many requests came, once that many did: a busy server reads after its client has given up."""
        deadline = time.monotonic() + 30
        while len(self.seen) < number and time.monotonic() < deadline:
            time.sleep(0.005)
        return len(self.seen)

    def settle(self) -> None:
        """Wait until the connections that a script ended are closed."""
        while self.ended < self.connections:
            time.sleep(0.005)
        self._do(asyncio.sleep(0.02))  # their sockets are closed in a later turn of the loop

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            writer.write(self._greeting)
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
                )
                body = await reader.readexactly(length)
                self.arrivals.append(time.monotonic())
                self.seen.append(head)
                self.bodies.append(body)
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                self.busy += 1
                self.busiest = max(self.busiest, self.busy)
                try:
                    await script(Visit(head, body, reader, writer))
                finally:
                    self.busy -= 1
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the server stops
        finally:
            writer.transport.abort()
            self.ended += 1


@contextmanager
def raw(script: Callable[[socket.socket], object]) -> Iterator[int]:
    """Return the port of a server that does with each connection what a script says, in a thread, until it fails."""
    accepted: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            script(connection)

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            accepted.append(connection)
            threading.Thread(target=one, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(30)
            for connection in accepted:
                with suppress(OSError):  # its script has ended, or its client has gone
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextmanager
def never_accepting() -> Iterator[str]:
    """Return a site whose host takes no more connections, and does not say so."""
    with socket.socket() as full, ExitStack() as others:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # they fill the queue, so that the next one's handshake is not answered
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


def answer(
    body: bytes = OK,
    status: int | str = 200,
    *,
    headers: Iterable[str] = ("Content-Type: application/json",),
    length: int | None = None,
) -> bytes:
    """Return the bytes of a response; `length` may be wrong."""
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sends(*parts: bytes, pause: float = 0.0, then: str = "stay") -> Script:
    """Send parts, with a pause after each; `then` stay, close or reset."""

    async def script(visit: Visit) -> None:
        await visit.send(*parts, pause=pause)
        if then == "reset":
            await asyncio.sleep(0.05)  # what was sent must arrive; a reset throws away what has not
            visit.reset()
        elif then == "close":
            visit.close()

    return script


def fine() -> Script:
    return sends(answer())


def held(until: threading.Event) -> Script:
    """Answer when told to, or after so long that a test is over that waits for it."""

    async def script(visit: Visit) -> None:
        for _ in range(1500):
            if until.is_set():
                break
            await asyncio.sleep(0.02)
        await visit.send(answer())

    return script


def status(code: int, *headers: str, body: bytes = b'{"Message": "Not now."}') -> Script:
    return sends(answer(body, code, headers=("Content-Type: application/json", *headers)))


def slices(raw: bytes, size: int = 1, pause: float = 0.0) -> Script:
    return sends(*(raw[at : at + size] for at in range(0, len(raw), size)), pause=pause)


def delays(seconds: float, raw: bytes | None = None, after: int = 0) -> Script:
    """Wait before the response, or after N of its bytes."""
    whole = answer() if raw is None else raw

    async def script(visit: Visit) -> None:
        await visit.send(whole[:after])
        await asyncio.sleep(seconds)
        await visit.send(whole[after:])

    return script


def blackhole() -> Script:
    """Answer nothing until the client goes."""

    async def script(visit: Visit) -> None:
        await visit.reader.read()

    return script


def to_come(code: int, seconds: float) -> Script:
    """Respond with a Retry-After of some seconds after the request, as a date."""

    async def script(visit: Visit) -> None:
        await status(code, f"Retry-After: {http_date(seconds)}")(visit)

    return script


def zipped(content: bytes, *, cut: int | None = None, head: str = "Content-Encoding: gzip") -> bytes:
    """Return a gzip response; `cut` leaves off that many bytes at its end, and Content-Length agrees."""
    packer = zlib.compressobj(wbits=31)
    raw = packer.compress(content) + packer.flush()
    return answer(raw if cut is None else raw[:-cut], headers=(head, "Content-Type: application/json"))


def bomb(megabytes: int, layers: int = 1) -> bytes:
    """Return a response that is small on the wire and becomes that many megabytes."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1024 * 1024)
    raw = b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()
    for _ in range(layers - 1):
        packer = zlib.compressobj(9, wbits=31)
        raw = packer.compress(raw) + packer.flush()
    return answer(raw, headers=(f"Content-Encoding: {', '.join(['gzip'] * layers)}",))


def http_date(seconds: float) -> str:
    return formatdate(time.time() + seconds, usegmt=True)


def before(site: str, *, size: int = 65536, pause: float = 0.0) -> Script:
    """Pass the request on to a real server, and its response back in slices."""
    host, port = site.removeprefix("http://").split(":")

    async def script(visit: Visit) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(visit.head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + visit.body)
            await writer.drain()
            while part := await reader.read(size):
                await visit.send(part, pause=pause)
        finally:
            writer.close()
        visit.close()

    return script
