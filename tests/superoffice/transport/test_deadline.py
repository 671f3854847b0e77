"""A call ends when its time is over, whatever a server does at any step, sync and async."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from superoffice import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncSuperOffice,
    Environment,
    OAuthAuth,
    RetryPolicy,
    SignInError,
    SuperOffice,
    SuperOfficeError,
    Tenant,
    TenantUnavailableError,
)

from ...support.faults import OURS, TRUST, answer, never_accepting, raw

TIME = 1.0  # seconds that each call has
MARGIN = 0.5  # seconds by which none may be late
ELSEWHERE = "http://crm.example.com"
MANY = range(1, 90_000)  # a request that is larger than what a system takes at once
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # a handshake message that is to be long
Server: TypeAlias = Callable[[socket.socket], object]
Setting: TypeAlias = tuple[str | Tenant, dict[str, Any]]  # a site, and options of the client


def asked(connection: socket.socket) -> None:
    """Read a request, whose body comes with its head or right after it."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (part := connection.recv(65536)):
            raise OSError("the client has gone")
        head += part
    head, _, body = head.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0)
    while len(body) < length:
        body += connection.recv(65536)


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def drips(begin: bytes, endless: bytes, pause: float = 0.02) -> Server:
    def serve(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(begin)
        for byte in itertools.cycle(endless):
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return serve


def floods(begin: bytes, endless: bytes) -> Server:
    def serve(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(begin)
        many = endless * (65536 // len(endless) + 1)
        while True:
            connection.sendall(many)

    return serve


def responds(parts: Iterable[bytes], pause: float = 0.0) -> Server:
    """Respond to each request by the same parts, with a pause before each."""
    given = list(parts)

    def serve(connection: socket.socket) -> None:
        while True:
            asked(connection)
            for part in given:
                time.sleep(pause)
                connection.sendall(part)

    return serve


def shakes(connection: socket.socket) -> None:
    """Drip a handshake."""
    connection.recv(65536)
    connection.sendall(RECORD)
    while True:
        connection.sendall(b"\0")
        time.sleep(0.02)


def tunnels(then: Server) -> Server:
    """Be a proxy that makes a connection, to a server of its own."""

    def serve(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(TUNNEL)
        then(connection)

    return serve


def over_tls(then: Server) -> Server:
    def serve(connection: socket.socket) -> None:
        with OURS.wrap_socket(connection, server_side=True) as secured:
            then(secured)

    return serve


def reads_slowly(connection: socket.socket) -> None:
    while connection.recv(1):
        time.sleep(0.02)


def socks(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"\x05\x00")
    connection.recv(65536)
    silent(connection)


def deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


def over_tls_within(connection: socket.socket) -> None:
    """Have TLS in TLS, and then a record that drips: it is read in many steps."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    inner = OURS.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        try:
            inner.do_handshake()
            break
        except ssl.SSLWantReadError:
            connection.sendall(outgoing.read())
            incoming.write(connection.recv(65536))
    inner.write(HEAD + b"\r\n" + b" " * 8000)
    for byte in outgoing.read():
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


ZIPPED = HEAD + b"Content-Encoding: gzip\r\n\r\n" + deflate(b"")
BUSY = answer(b"{}", 503, headers=["Content-Type: application/json"])
REFUSED = answer(b"{}", 401, headers=["Content-Type: application/json"])


@contextmanager
def direct(script: Server, **options: Any) -> Iterator[Setting]:
    with raw(script) as port:
        yield f"http://127.0.0.1:{port}", options


@contextmanager
def in_time(unit: bytes, most: int = 33 * 1024 * 1024) -> Iterator[Setting]:
    """Have 100 tickets asked for, and get, within their time, one that is as large as accepted."""
    body = b'[{"TicketId":1,"Priority":[' + unit * (most // len(unit)) + b"0]}]"
    packer = zlib.compressobj(1, wbits=31)
    packed = answer(packer.compress(body) + packer.flush(), headers=["Content-Encoding: gzip"])
    with raw(responds([packed])) as port:
        yield f"http://127.0.0.1:{port}", {"ids": range(1, 101)}


@contextmanager
def secure(script: Server) -> Iterator[Setting]:
    with raw(script) as port:
        yield f"https://127.0.0.1:{port}", {"verify": TRUST}


@contextmanager
def by_proxy(script: Server, scheme: str = "http", site: str = "https://crm.example.com") -> Iterator[Setting]:
    with raw(script) as port:
        yield site, {"proxy": f"{scheme}://127.0.0.1:{port}", "verify": TRUST}


@contextmanager
def looked_up(addresses: list[str], seconds: float = 0.0) -> Iterator[Setting]:
    """Have a name with these addresses, none of which responds, or one that is looked up for some seconds."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host not in ("crm.example.com", b"crm.example.com"):
            return real(host, port, *args, **options)
        if options.get("flags", 0) & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not a number")
        time.sleep(seconds)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    with pytest.MonkeyPatch.context() as given:
        given.setattr(socket, "getaddrinfo", look_up)
        yield ELSEWHERE, {}


@contextmanager
def of_silent_addresses() -> Iterator[Setting]:
    """Have a name with six addresses, at which a connection is neither accepted nor refused."""
    real = socket.socket.connect
    with never_accepting() as site, ExitStack() as stack:
        port = int(site.rpartition(":")[2])

        def connect(this: socket.socket, address: Any) -> None:
            real(this, ("127.0.0.1", port) if str(address[0]).startswith("127.9.") else address)

        # 127.9.0.N is this machine, where nothing listens: only its connections are sent to the port that is full.
        stack.enter_context(looked_up([f"127.9.0.{number}" for number in range(1, 7)]))
        with pytest.MonkeyPatch.context() as given:
            given.setattr(socket.socket, "connect", connect)
            yield f"{ELSEWHERE}:{port}", {}


@contextmanager
def that_never_accepts() -> Iterator[Setting]:
    with never_accepting() as site:
        yield site, {}


@contextmanager
def at_token_endpoint(script: Server) -> Iterator[Setting]:
    """A tenant whose state is told, and whose authentication is up to a script."""

    def serve(connection: socket.socket) -> None:
        while b"/api/state/" in connection.recv(65536, socket.MSG_PEEK).split(b"\r\n")[0]:
            asked(connection)
            connection.sendall(answer(json.dumps(state).encode()))
        script(connection)

    with raw(serve) as port:
        tenant = Tenant("Cust1", environment=Environment("test", f"http://127.0.0.1:{port}"))
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        state = {"ContextIdentifier": "Cust1", "Endpoint": f"http://127.0.0.1:{port}", "State": "Running",
                 "IsRunning": True, "ValidUntil": until, "Api": f"http://127.0.0.1:{port}/Cust1/api"}  # fmt: skip
        yield tenant, {"auth": OAuthAuth(tenant, "client", refresh_token="r3fresh")}


@contextmanager
def at_state_service(script: Server) -> Iterator[Setting]:
    with raw(script) as port:
        yield Tenant("Cust1", environment=Environment("test", f"http://127.0.0.1:{port}")), {}


ENDLESS = RetryPolicy(retries=9998, base=0.01, cap=0.05)
LATE = APITimeoutError
STEPS: dict[str, tuple[Callable[[], Any], type[SuperOfficeError]]] = {
    # Connecting
    "a look-up that lasts": (lambda: looked_up(["127.0.0.1"], 8.0), LATE),
    "six silent addresses": (of_silent_addresses, LATE),
    "a connection that is not accepted": (that_never_accepts, LATE),
    "a handshake without a response": (lambda: secure(silent), LATE),
    "a handshake that drips": (lambda: secure(shakes), LATE),
    "a proxy that is silent": (lambda: by_proxy(silent), LATE),
    "a proxy that drips": (lambda: by_proxy(drips(b"HTTP/1.1 200 OK\r\nX: ", b"y")), LATE),
    "a proxy that floods with 1xx": (lambda: by_proxy(floods(b"", EARLY)), LATE),
    "a proxy's refusal that drips": (lambda: by_proxy(drips(b"HTTP/1.1 502 X\r\nX: ", b"y")), LATE),
    "a silent handshake through a proxy": (lambda: by_proxy(tunnels(silent)), LATE),
    "a dripping handshake through a proxy": (lambda: by_proxy(tunnels(shakes)), LATE),
    "a dripping handshake within TLS": (lambda: by_proxy(over_tls(tunnels(shakes)), "https"), LATE),
    "a response that drips within TLS in TLS": (
        lambda: by_proxy(over_tls(tunnels(over_tls_within)), "https"), LATE),
    "a SOCKS proxy that is silent": (lambda: by_proxy(silent, "socks5"), LATE),
    "a SOCKS proxy that is silent later": (lambda: by_proxy(socks, "socks5"), LATE),
    # Sending
    "a request that is not read": (lambda: direct(lambda connection: time.sleep(4)), LATE),
    "a request that is read slowly": (lambda: direct(reads_slowly), LATE),
    # The head
    "no response": (lambda: direct(silent), LATE),
    "no response over TLS": (lambda: secure(over_tls(silent)), LATE),
    "a flood of 1xx": (lambda: direct(floods(b"", EARLY)), LATE),
    "a flood of 1xx over TLS": (lambda: secure(over_tls(floods(b"", EARLY))), LATE),
    "1xx that drip": (lambda: direct(drips(b"", EARLY)), LATE),
    "a head that drips": (lambda: direct(drips(HEAD, b"A: b\r\n")), LATE),
    "a head that drips over TLS": (lambda: secure(over_tls(drips(HEAD, b"A: b\r\n"))), LATE),
    "a head without an end": (lambda: direct(floods(HEAD, b"A: b\r\n")), APIConnectionError),
    "a header without an end": (lambda: direct(floods(HEAD + b"A: ", b"b")), APIConnectionError),
    # The body
    "a body that drips": (lambda: direct(drips(HEAD + b"\r\n", b" ")), LATE),
    "a body that drips over TLS": (lambda: secure(over_tls(drips(HEAD + b"\r\n", b" "))), LATE),
    "a flood of blanks": (lambda: direct(floods(HEAD + b"\r\n", b" ")), APIConnectionError),
    "chunks of a byte": (lambda: direct(floods(CHUNKED, b"1\r\n \r\n")), APIConnectionError),
    "a chunk's extension without an end": (lambda: direct(floods(CHUNKED + b"1;", b"x")), APIConnectionError),
    "trailers without an end": (lambda: direct(floods(CHUNKED + b"0\r\n", b"A: b\r\n")), APIConnectionError),
    "gzip that becomes nothing": (lambda: direct(floods(ZIPPED, b"\0\0\0\xff\xff")), LATE),
    "gzip that drips": (lambda: direct(drips(ZIPPED, b"\0\0\0\xff\xff")), LATE),
    "a bomb": (lambda: direct(floods(ZIPPED, deflate(bytes(2**20))[10:])), APIConnectionError),
    # What came is read
    "numbers that are long to read": (lambda: in_time(b"9" * 4000 + b","), SuperOfficeError),
    "more values than any server has": (lambda: in_time(b"0,"), SuperOfficeError),
    "texts that hold what separates values": (lambda: in_time(b'",",'), SuperOfficeError),
    "objects of one field": (lambda: in_time(b'{"a":{"b":[]}},', 400_000), SuperOfficeError),
    # Refusals and retries
    "refusals, each of them late": (lambda: direct(responds([b"", BUSY], 0.2), retries=ENDLESS), APIError),
    "refusals that drip": (lambda: direct(drips(b"HTTP/1.1 503 X\r\n\r\n", b" "), retries=ENDLESS), APIError),
    # Authentication
    "a token endpoint that is silent": (lambda: at_token_endpoint(silent), SignInError),
    "a token endpoint that drips": (lambda: at_token_endpoint(drips(HEAD + b"\r\n", b" ")), SignInError),
    "a token endpoint that floods with 1xx": (lambda: at_token_endpoint(floods(b"", EARLY)), SignInError),
    "a state service that is silent": (lambda: at_state_service(silent), TenantUnavailableError),
    "a state service that drips": (lambda: at_state_service(drips(HEAD + b"\r\n", b" ")), TenantUnavailableError),
    "a state service that floods with 1xx": (lambda: at_state_service(floods(b"", EARLY)), TenantUnavailableError),
}  # fmt: skip


Took: TypeAlias = tuple[float, BaseException]


def sync(site: str | Tenant, ids: range = MANY, **options: Any) -> Took:
    with SuperOffice(site, **options) as client:
        began = time.monotonic()
        with pytest.raises(SuperOfficeError) as caught:
            client.tickets.get_many(ids, strict=True)
        return time.monotonic() - began, caught.value


def asynchronous(site: str | Tenant, ids: range = MANY, **options: Any) -> Took:
    async def go() -> Took:
        async with AsyncSuperOffice(site, **options) as client:
            began = time.monotonic()
            with pytest.raises(SuperOfficeError) as caught:
                await client.tickets.get_many(ids, strict=True)
            return time.monotonic() - began, caught.value

    return asyncio.run(go())


@pytest.mark.parametrize("call", [sync, asynchronous])
@pytest.mark.parametrize("step", STEPS)
def test_a_call_ends_in_its_time(step: str, call: Callable[..., Took]) -> None:
    """Each has three tries: a machine that stalls makes one late."""
    make, kind = STEPS[step]
    shared: dict[str, Any] = {"batch_size": len(MANY), "timeout": TIME, "calls_per_second": None}
    for _ in range(3):
        with make() as (site, options):
            took, error = call(site, **shared, **options)
        assert isinstance(error, kind), error
        if took < TIME + MARGIN:
            return
    pytest.fail(f"took {took} s: {error}")


def test_there_are_enough_steps() -> None:
    assert len(STEPS) >= 20
