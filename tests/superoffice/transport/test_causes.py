"""What stops a request before a response came whole: each cause by its phase, and the error, retries and advice of it.

Each row is tried by both clients, for a call, while it signs in, and while a tenant is looked up.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import anyio
import attrs
import httpx
import pytest
import trustme

from superoffice import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncSuperOffice,
    BadRequestError,
    ConfigurationError,
    ConnectionBrokenError,
    ConnectionFailedError,
    Environment,
    RefreshingAuth,
    RetryPolicy,
    SignInError,
    Tenant,
    TenantError,
    TenantUnavailableError,
    Timeout,
    TlsError,
)
from superoffice.auth.refreshing import Credential, SendRequest
from superoffice_api.facts import Security

from ...support.faults import Faults, Script, Visit, answer, blackhole, delays, fine, never_accepting, sends, status

Patch: TypeAlias = pytest.MonkeyPatch
Place: TypeAlias = Callable[[Patch], Any]  # a context manager: where a request goes, and the options of a client
GetMany: TypeAlias = Callable[..., Any]
QUICK = RetryPolicy(retries=2, base=0.01, cap=0.02)
AGAIN, CHECK = "try again", "check that address, the network and any proxy"
THERE = "try again; if it stays, check what responds in the server's place, such as a proxy"
LONGER = f"{CHECK}, or give a longer timeout="


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def trust() -> Iterator[dict[str, Any]]:
    with TemporaryDirectory() as folder:
        authority().cert_pem.write_to_path(path := Path(folder) / "ca.pem")
        yield {"verify": path}


def context(host: str = "127.0.0.1", ca: trustme.CA | None = None, days: int = 1) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ends = datetime.now(UTC) + timedelta(days=days)
    (ca or authority()).issue_cert(host, not_before=ends - timedelta(days=2), not_after=ends).configure_cert(made)
    return made


@contextmanager
def responding(script: Script, _: Patch | None = None, **options: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    with Faults(script) as server:
        yield server.site, options


@contextmanager
def at(site: str, _: Patch | None = None, **options: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    yield site, options


@contextmanager
def nobody(scheme: str = "http") -> Iterator[str]:
    """Return a port that is taken, but does not listen: connecting to it is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def refused(_: Patch) -> Iterator[tuple[str, dict[str, Any]]]:
    with nobody() as site:
        yield site, {}


@contextmanager
def by_proxy(
    _: Patch, to: Any = None, site: str = "https://crm.invalid", scheme: str = "http", **more: Any
) -> Iterator[Any]:
    """Go by a proxy with a password, which nobody may see: one that responds by a script, or else refuses."""
    with ExitStack() as stack:
        place = stack.enter_context(nobody()) if to is None else stack.enter_context(Faults(to, **more)).site
        netloc = place.removeprefix("http://")
        yield site, {"proxy": f"{scheme}://user:pr0xy-pass@{netloc}"}


@contextmanager
def full(_: Patch) -> Iterator[Any]:
    with never_accepting() as site:
        yield site, {"timeout": Timeout(connect=0.3, total=5)}


@contextmanager
def serving(serve: Callable[[socket.socket], object], **options: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Have connections accepted and treated by a function, in a thread, and then closed."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connection.settimeout(20)
                with connection, suppress(OSError):
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", options
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(30)


def secured(tls: Callable[[], ssl.SSLContext], serve: Callable[[ssl.SSLSocket], None]) -> Place:
    """Return a place whose connections are made secure first, so far as the client agrees."""

    @contextmanager
    def place(_: Patch) -> Iterator[Any]:
        ours = tls()

        def secure(connection: socket.socket) -> None:
            with ours.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as made:
                with suppress(OSError):  # asyncio's servers send no alert
                    made.do_handshake()
                with suppress(OSError):
                    serve(made)

        with trust() as options, serving(secure) as (site, _none):
            yield site.replace("http:", "https:"), options

    return place


def drain(connection: ssl.SSLSocket) -> None:
    socket.socket.recv(connection, 65536)  # without what the client writes a close would be a reset


def wants_certificate() -> ssl.SSLContext:
    made = context()
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def plainly(connection: ssl.SSLSocket) -> None:
    connection.recv(65536)
    socket.socket.sendall(connection, b"HTTP/1.1 200 OK\r\n\r\n")
    drain(connection)  # at a close with something unread the client may see a reset first


def alert(connection: ssl.SSLSocket) -> None:
    connection.recv(65536)
    socket.socket.sendall(connection, b"\x15\x03\x03\x00\x02\x02\x50")  # not encrypted
    drain(connection)


@contextmanager
def hanging_up_at_hello(_: Patch) -> Iterator[Any]:
    with serving(lambda connection: connection.recv(65536)) as (site, options):
        yield site.replace("http:", "https:"), options


@contextmanager
def plain_http(_: Patch) -> Iterator[Any]:
    with Faults(fine(), greeting=b"220 mail.example.com\r\n") as server:
        yield server.site.replace("http:", "https:"), {}


def failing_look_up(code: int) -> Place:
    @contextmanager
    def place(patch: Patch) -> Iterator[Any]:
        real = socket.getaddrinfo

        def look_up(host: Any, *rest: Any, **options: Any) -> Any:
            if "crm.invalid" in str(host):
                raise socket.gaierror(code, "As the system says it")
            return real(host, *rest, **options)

        patch.setattr(socket, "getaddrinfo", look_up)
        yield "https://crm.invalid", {}

    return place


def failing_socket(number: int) -> Place:
    """Return a place to which the system makes no socket."""

    @contextmanager
    def place(patch: Patch) -> Iterator[Any]:
        class Socket(socket.socket):
            def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:  # noqa: A002
                if fileno is None and family == socket.AF_INET:
                    raise OSError(number, "As the system says it")
                super().__init__(family, type, proto, fileno)

        with Faults(fine()) as server:
            patch.setattr(socket, "socket", Socket)
            yield server.site, {}
            patch.undo()

    return place


def failing_read(number: int) -> Place:
    """Return a place whose connections break in the system."""

    @contextmanager
    def place(patch: Patch) -> Iterator[Any]:
        client = threading.current_thread()
        real = socket.socket.recv

        def receive(self: socket.socket, *given: Any) -> bytes:
            if threading.current_thread() is client:
                raise OSError(number, "As the system says it")
            return real(self, *given)

        with Faults(fine()) as server:
            patch.setattr(socket.socket, "recv", receive)
            yield server.site, {}
            patch.undo()

    return place


async def resets_early(visit: Visit) -> None:
    visit.reset()


def socks(*replies: bytes) -> Place:
    def serve(connection: socket.socket) -> None:
        for reply in replies:
            connection.recv(4096)
            connection.sendall(reply)
        connection.recv(4096)

    @contextmanager
    def place(_: Patch) -> Iterator[Any]:
        with serving(serve) as (site, _options):
            yield "https://crm.invalid", {"proxy": site.replace("http://", "socks5://user:pr0xy-pass@")}

    return place


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = Timeout(read=0.3, total=5)


@attrs.frozen
class Cause:
    phase: str
    name: str
    place: Place
    kind: type[APIConnectionError]
    attempts: int  # of three
    said: str
    advice: str


def row(  # noqa: PLR0917 - a row of a table
    phase: str, name: str, place: Any, kind: type[APIConnectionError], attempts: int, said: str, advice: str
) -> Cause:
    made = partial(responding, sends(*place[:-1], then=place[-1])) if isinstance(place, tuple) else place
    return Cause(phase, name, made, kind, attempts, said, advice)


FAILED, BROKEN, LATE = ConnectionFailedError, ConnectionBrokenError, APITimeoutError
CAUSES = [
    row("look-up", "no such name", partial(at, "https://crm.invalid"),
        FAILED, 1, "could not connect to crm.invalid: ", "check the name, and"),
    row("look-up", "the system knows no such name", failing_look_up(socket.EAI_NONAME),
        FAILED, 1, "crm.invalid: As the system says it", "check the name"),
    row("look-up", "no name server", failing_look_up(socket.EAI_AGAIN),
        FAILED, 3, "crm.invalid: As the system", "no name could be looked up: check the network, and try again"),
    row("connect", "refused", refused, FAILED, 3, r"could not connect to 127\.0\.0\.1:\d+: Connection refused", CHECK),
    row("connect", "never accepted", full,
        LATE, 3, r"no connection to 127\.0\.0\.1:\d+ within the time allowed", LONGER),
    row("connect", "unreachable", failing_socket(errno.ENETUNREACH), FAILED, 3, "Network is unreachable", CHECK),
    row("connect", "too many files", failing_socket(errno.EMFILE),
        FAILED, 3, "Too many open files", "close what the program has open"),
    row("connect", "no memory", failing_socket(errno.ENOMEM),
        FAILED, 3, "Cannot allocate memory", "free some of this machine's memory"),
    row("connect", "not permitted", failing_socket(errno.EPERM),
        FAILED, 1, "Operation not permitted", "check whether this machine's firewall"),
    row("handshake", "untrusted", secured(partial(context, ca=trustme.CA()), drain),
        TlsError, 1, "no secure connection to 127.*certificate", "install truststore"),
    row("handshake", "another host", secured(partial(context, "crm.example.com"), drain),
        TlsError, 1, "mismatch", "use the name that the certificate"),
    row("handshake", "expired", secured(partial(context, days=-1), drain),
        TlsError, 1, "expired", "ask whoever runs the server for one that is valid"),
    row("handshake", "plain HTTP", plain_http, TlsError, 1, "no secure connection to 127", "names the port of https"),
    row("handshake", "hung up", hanging_up_at_hello, TlsError, 3, "no secure connection to 127.*EOF", THERE),
    row("handshake", "certificate wanted", secured(wants_certificate, drain),
        TlsError, 1, "(?i)alert.certificate.required", "give a certificate"),
    row("head", "plain bytes", secured(context, plainly), TlsError, 3, "no secure connection to 127", THERE),
    row("head", "an alert that is not encrypted", secured(context, alert),
        TlsError, 3, "no secure connection to 127", THERE),
    row("proxy", "refused", by_proxy,
        FAILED, 3, r"could not connect to the proxy 127\.0\.0\.1:\d+: Connection refused", "check the proxy's address"),
    row("proxy", "forbids", partial(by_proxy, to=status(403)),
        FAILED, 1, r"the proxy 127\.0\.0\.1:\d+ did not connect to crm.invalid: 403", "ask whoever runs the proxy"),
    row("proxy", "wants credentials", partial(by_proxy, to=status(407)),
        FAILED, 1, r"the proxy 127\.0\.0\.1:\d+ on the way to crm.invalid asks for credentials of its own: 407",
        "give the proxy's user"),
    row("proxy", "fails", partial(by_proxy, to=status(502)),
        FAILED, 3, r"the proxy 127\.0\.0\.1:\d+ did not connect to crm.invalid: 502", CHECK),
    row("proxy", "hangs up", partial(by_proxy, to=sends(then="close")),
        BROKEN, 3, r"the connection through the proxy 127\.0\.0\.1:\d+ broke: Server disc", AGAIN),
    row("proxy", "no TLS behind it", partial(by_proxy, to=sends(b"HTTP/1.1 200 OK\r\n\r\n", b"no TLS" * 99, pause=0.3)),
        TlsError, 1, r"no secure connection to crm.invalid through the proxy 127", "names the port of https"),
    row("proxy", "of SOCKS, refused", partial(by_proxy, scheme="socks5"),
        FAILED, 3, r"could not connect to the proxy 127\.0\.0\.1:\d+", "check the proxy's address"),
    row("proxy", "of SOCKS, wants none", socks(b"\x05\xff"),
        FAILED, 1, "asks for credentials of its own", "give the proxy's user"),
    row("proxy", "of SOCKS, wants others", socks(b"\x05\x02", b"\x01\x01"),
        FAILED, 1, "asks for credentials of its own", "give the proxy's user"),
    row("proxy", "of SOCKS, does not reach it", socks(b"\x05\x02", b"\x01\x00", b"\x05\x04\x00\x01" + bytes(6)),
        FAILED, 3, "did not connect to crm.invalid: Proxy Server could not connect: Host unreach", CHECK),
    row("proxy", "of SOCKS, garbage", socks(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        FAILED, 3, r"the proxy 127\.0\.0\.1:\d+ did not connect to crm.invalid", CHECK),
    row("proxy", "of SOCKS, hangs up", socks(),
        FAILED, 3, r"the proxy 127\.0\.0\.1:\d+ did not connect to crm.invalid", CHECK),
    row("write", "reset", (b"", "reset"), BROKEN, 3, "the connection broke: Connection reset by peer", AGAIN),
    row("head", "closed", (b"", "close"), BROKEN, 3, "the connection broke: Server disconnected", AGAIN),
    row("head", "cut", (b"HTTP/1.1 200 OK\r\nConte", "close"), BROKEN, 3, "the connection broke", AGAIN),
    row("head", "another protocol", (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "close"),
        BROKEN, 3, "broke: illegal status line", THERE),
    row("head", "too long", (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000, "stay"),
        BROKEN, 3, "the connection broke", THERE),
    row("head", "late", partial(responding, blackhole(), timeout=SHORT),
        LATE, 3, "no response within the time allowed", "give a longer timeout="),
    row("head", "the system fails", failing_read(errno.ENETDOWN),
        BROKEN, 3, "the connection broke: Network is down", AGAIN),
    row("head", "the system waits no more", failing_read(errno.ETIMEDOUT),
        LATE, 3, "no response within the time allowed", "give a longer timeout="),
    row("body", "cut", (answer(length=500), "close"), BROKEN, 3, "the connection broke: peer closed", AGAIN),
    row("body", "reset", (answer(length=500), "reset"),
        BROKEN, 3, "the connection broke: Connection reset by peer", AGAIN),
    row("body", "a bad chunk", (CHUNKED + b"zz\r\n[]\r\n", "stay"), BROKEN, 3, "broke: illegal chunk header", THERE),
    row("body", "late", partial(responding, delays(60, after=120), timeout=SHORT),
        LATE, 3, "no response within the time", "give a longer timeout="),
    row("body", "not gzip", (answer(headers=["Content-Encoding: gzip"]), "stay"),
        BROKEN, 3, "could not be decompressed", AGAIN),
    row("body", "a coding not asked for", (answer(headers=["Content-Encoding: br"]), "stay"),
        BROKEN, 1, "was not asked for", "check what responds"),
]  # fmt: skip


class Elsewhere(RefreshingAuth):
    """Signs in at an address."""

    scheme = Security.BEARER

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def refresh(self, rejected: Credential | None) -> Any:
        yield SendRequest(url=self.url)
        return Credential({"Authorization": "Bearer x"})


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: Patch) -> None:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("cause", CAUSES, ids=[f"{cause.phase}: {cause.name}" for cause in CAUSES])
@pytest.mark.parametrize("what", ["call", "sign-in", "tenant"])
def test_an_errors_class_and_advice_follow_its_cause(what: str, cause: Cause, get_many: GetMany) -> None:
    with pytest.MonkeyPatch.context() as patch, Faults(fine()) as good, cause.place(patch) as (place, given):
        options = {"retries": QUICK, "calls_per_second": None, "timeout": 15} | given
        site: str | Tenant = place
        if what == "sign-in":
            options["auth"], site = Elsewhere(place), good.site
        elif what == "tenant":
            site = Tenant("Cust1", environment=Environment("test", place))
        told: list[int] = []
        options["hooks"] = _counting(told)
        with pytest.raises(APIError) as caught:
            get_many(site, [1, 2], {}, **options)
        assert good.seen == []
    error: APIError = caught.value
    assert len(told) == cause.attempts
    repeatable = cause.attempts > 1
    found = error if what == "call" else error.__cause__
    assert isinstance(found, APIConnectionError)
    assert (type(found), found.attempts, found.repeatable) == (cause.kind, cause.attempts, repeatable)
    assert re.search(cause.said, str(error)), str(error)
    assert len(str(error)) < 700
    assert "pr0xy-pass" not in str(error)
    if what == "sign-in":
        assert type(error) is SignInError
    elif what == "tenant":
        assert type(error) is (TenantUnavailableError if repeatable else TenantError)
    if what == "call" or cause.kind in (FAILED, TlsError, LATE):
        assert cause.advice in error.advice
    if not repeatable:  # it stands only where it can help
        assert AGAIN not in error.advice
    if what != "call":  # nothing that is about tickets
        assert not re.search("ticket|only reads|select", error.advice)


def _counting(told: list[int]) -> Any:
    from superoffice import Hooks

    return Hooks(before=lambda event: told.append(event.attempt))


def test_a_request_that_is_too_slow_to_write_or_reset_meanwhile(get_many: GetMany) -> None:
    many = {"batch_size": 10**6, "retries": 0, "timeout": Timeout(write=0.5, total=30)}
    done = threading.Event()
    with serving(lambda _: done.wait(20)) as (site, _):
        with pytest.raises(APITimeoutError, match="no response within the time allowed"):
            get_many(site, range(1, 10**6), {}, **many)
        done.set()

    def reset(connection: socket.socket) -> None:
        connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serving(reset) as (site, _), pytest.raises(ConnectionBrokenError, match="the connection broke"):
        get_many(site, range(1, 10**6), {}, **many)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_of_the_environment_is_named_too(scheme: str, monkeypatch: Patch, get_many: GetMany) -> None:
    with by_proxy(monkeypatch) as (_, options):
        monkeypatch.setenv(f"{scheme}_proxy", options["proxy"])
        with pytest.raises(
            ConnectionFailedError, match=r"to the proxy 127\.0\.0\.1:\d+: Conn.*check the proxy's"
        ) as caught:
            get_many(f"{scheme}://crm.invalid", [1], {}, retries=0)
        assert "pr0xy" not in str(caught.value)


def test_a_proxy_that_wants_credentials_for_a_plain_site(get_many: GetMany, monkeypatch: Patch) -> None:
    said = r"the proxy on the way asks for credentials of its own \(407\).*; give the proxy's user and password in "
    with by_proxy(monkeypatch, status(407)) as (_, options), pytest.raises(BadRequestError, match=said):
        get_many("http://crm.invalid", [1], {}, retries=QUICK, **options)


def test_names_that_no_host_can_have_are_refused(get_many: GetMany) -> None:
    for host in ("xn--zzzzzz-", "a" * 64, "a..b"):
        with pytest.raises(ConfigurationError, match="not an address"):
            get_many(f"https://{host}.invalid", [1], {}, retries=0)
        with pytest.raises(ConfigurationError, match="the proxy has no address that can be used"):
            get_many("https://crm.invalid", [1], {}, retries=0, proxy=f"http://{host}.invalid:1")


def test_what_a_program_was_handling_is_no_cause(get_many: GetMany) -> None:
    """A call is often made where another error is handled, which stays as it is."""
    for handled in (TimeoutError("other"), ssl.SSLError(1, "other"), socket.gaierror(-2, "other")):
        try:
            raise handled
        except OSError:
            with nobody() as site, pytest.raises(APIConnectionError) as caught:
                get_many(site, [1], {}, retries=0)
        assert type(caught.value) is ConnectionFailedError
        assert "Connection refused" in str(caught.value)
        assert handled.__traceback__ is not None


def _of(error: Exception, *causes: BaseException) -> Exception:
    """Chain an error to its causes, each to the next."""
    link: BaseException = error
    for cause in causes:
        link.__cause__ = cause
        link = cause
    return error


def _round() -> Exception:
    """Return an error that came of another, which was raised again while it was handled."""
    error, other = httpx.ReadError("x"), OSError(errno.ECONNRESET, "y")
    error.__cause__, other.__context__ = other, error
    return error


@pytest.mark.parametrize(
    ("raised", "kind", "sent"),
    [
        (_of(httpx.ReadError("x"), ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]")), TlsError, True),
        (_of(httpx.WriteError("x"), OSError(5, "x"), ssl.SSLError(1, "alert")), TlsError, True),
        (_of(httpx.ConnectError("x"), OSError(5, "x"), ssl.SSLCertVerificationError(1, "y")), TlsError, False),
        (_of(httpx.ReadError("x"), ssl.SSLEOFError(8, "EOF occurred")), BROKEN, True),
        (_of(httpx.ReadError("x"), ssl.SSLZeroReturnError(6, "closed")), BROKEN, True),
        (_of(httpx.ReadError("x"), OSError("x"), ssl.SSLWantReadError(2, "y")), BROKEN, True),
        (_of(httpx.ConnectError("x"), OSError("x"), TimeoutError(110, "y")), LATE, False),
        (
            _of(httpx.ConnectError("x"), OSError("x"), ExceptionGroup("y", [OSError(1, "a"), TimeoutError()])),
            LATE,
            False,
        ),
        (httpx.PoolTimeout("x"), LATE, False),
        (ConnectionResetError(104, "reset"), BROKEN, True),
        (_round(), BROKEN, True),
    ],
)
def test_a_transport_of_the_users_own_is_read_in_the_same_way(
    raised: Exception, kind: type[APIConnectionError], sent: bool, get_many: GetMany
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise raised

    with pytest.raises(APIConnectionError) as caught:
        get_many("https://crm.example.com", [1], {}, retries=0, transport=httpx.MockTransport(fail))
    assert (type(caught.value), caught.value.sent) == (kind, sent)


def test_what_such_a_transport_raises_of_its_own_is_its_own(get_many: GetMany) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise LookupError("of the user's")

    with pytest.raises(LookupError, match="of the user's"):
        get_many("https://crm.example.com", [1], {}, transport=httpx.MockTransport(fail))


def test_a_certificate_that_the_server_wants_is_told_on_trio() -> None:
    async def go() -> None:
        with pytest.MonkeyPatch.context() as patch, secured(wants_certificate, drain)(patch) as (site, options):
            async with AsyncSuperOffice(site, retries=QUICK, timeout=5, **options) as client:
                with pytest.raises(TlsError, match="no secure connection to 127"):
                    await client.tickets.get(1)

    anyio.run(go, backend="trio")
