"""The running sandbox: in a thread for programs and tests, in the foreground for the command line."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import SandboxApp
from .behaviour import Behaviour, check_number
from .credentials import Credentials
from .faults import TRANSPORT
from .guard import MAX_HEADER_BYTES, is_loopback
from .seed import tickets
from .store import Store

DEFAULT_TICKETS = 2_000
DEFAULT_SEED = 1
_START_SECONDS = 10
_CALLABLE_AS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to call for one that listens on all
_LOG = logging.getLogger("superoffice_sandbox")


class _Protocol(H11Protocol):
    """Puts the connection into the scope, so that a fault can cut or reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = cast("ASGIApp", self.app)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """Stops at once; uvicorn itself checks only ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        count = 0
        while not await self.on_tick(count) and not self._stopping.is_set():
            count = (count + 1) % 864_000
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.1)
        for server in self.servers:  # asyncio never closes a connection that it accepts while its server closes
            for listening in server.sockets:
                with suppress(NotImplementedError):  # Windows accepts in another way
                    self._loop.remove_reader(listening)
        for _ in range(5):
            await asyncio.sleep(0)  # uvicorn learns of each accepted connection, and then closes it

    def request_stop(self) -> None:
        """Stop, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._stopping.set)


class Sandbox(SandboxApp):
    """A running sandbox. `site` is the address to give to a client; leave the `with` block, or `stop()`, to end it.

    Args:
        behaviour: How it responds where the real server's behaviour is not documented, and what is wrong with it.
        host: Address to listen on. For one that other machines can reach, the log has a warning, and the checks that
            keep web pages out are off.
        port: Port to listen on; 0 takes a free one.
        db: SQLite file to serve; made if it does not exist. None keeps everything in memory.
        tickets: How many made-up tickets a new database gets, besides 439, 829 and 1234.
        seed: Which made-up tickets: the same seed makes the same ones.
        credentials: What it accepts, in place of the published ones.
        record_secrets: If True, `requests` shows the credentials that were sent.

    Raises:
        superoffice_sandbox.StoreError: `db` is not a sandbox's file.
        OSError: The port is in use.

    >>> with Sandbox(tickets=0).start() as own:
    ...     with SuperOffice(own.site, auth=BasicAuth(own.user, own.password)) as client:
    ...         client.tickets.get(439).ticket_id
    439
    """

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        db: Path | None = None,
        tickets: int = DEFAULT_TICKETS,
        seed: int = DEFAULT_SEED,
        credentials: Credentials | None = None,
        record_secrets: bool = False,
    ) -> None:
        store = _store(db, tickets, seed)
        super().__init__(store, behaviour, credentials, record_secrets=record_secrets, loopback_only=is_loopback(host))
        # A socket without the protocol named loses TCP_NODELAY under uvicorn and is thirty times slower.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            self.store.close()
            raise
        self._host = host
        config = uvicorn.Config(
            cast("ASGIApp", self),
            log_level="error",
            lifespan="off",
            http=_Protocol,
            ws="none",
            h11_max_incomplete_event_size=2 * MAX_HEADER_BYTES,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._thread: threading.Thread | None = None
        bound, own_port, *_ = self._socket.getsockname()
        own = _CALLABLE_AS.get(bound, host)
        self.site = self.identity.environment_url = f"http://{f'[{own}]' if ':' in own else own}:{own_port}"

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables with which `from_env()` and the command line find it and sign in.

        >>> from superoffice import SuperOffice
        >>> with start(tickets=0) as box, SuperOffice.from_env(box.environ) as client:
        ...     client.tickets.get(1234).priority_name
        'Medium'
        """
        return {"SUPEROFFICE_SITE": self.site, "SUPEROFFICE_USER": self.user, "SUPEROFFICE_PASSWORD": self.password}

    def start(self) -> Self:
        """Serve in a thread, and return once it responds."""
        if not is_loopback(self._host):
            _LOG.warning("%s can be reached from other machines, with a password that everybody knows", self._host)
        self._socket.listen()  # fails here if another process listens already
        self._thread = threading.Thread(target=self._run, name="superoffice-sandbox", daemon=True)
        self._thread.start()
        ready = threading.Event()
        deadline = _START_SECONDS * 100
        while not self._server.started and self._thread.is_alive() and deadline:
            ready.wait(0.01)
            deadline -= 1
        if not self._server.started:
            self.stop()
            raise RuntimeError(f"the sandbox did not start within {_START_SECONDS} s")
        return self

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def serve(self, ready: Callable[[], None]) -> None:
        """Serve in this thread until interrupted; `ready` is called once the port responds."""
        self._socket.listen()  # from here on connections wait for the server instead of being refused
        ready()
        try:
            self._run()
        finally:
            self._close()

    def end(self) -> None:
        """Make `serve` return, from any thread."""
        self._server.request_stop()

    def stop(self) -> None:
        """Stop serving and close port and database; stopping twice is harmless."""
        self._server.request_stop()
        if self._thread is not None:
            self._thread.join(_START_SECONDS)
        self._close()

    def _close(self) -> None:
        self._socket.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _store(db: Path | None, count: int, seed: int) -> Store:
    check_number("tickets", count, whole=True)
    if count < 0:
        raise ValueError(f"tickets must not be negative (got {count})")
    return Store(db, tickets(count, seed))


def start(
    *,
    behaviour: Behaviour | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    db: Path | None = None,
    tickets: int = DEFAULT_TICKETS,
    seed: int = DEFAULT_SEED,
    credentials: Credentials | None = None,
    record_secrets: bool = False,
) -> Sandbox:
    """Start a sandbox in a thread; it responds when this returns. Arguments and errors as in `Sandbox`.

    >>> with start(tickets=10) as box:
    ...     box.store.count()
    13
    """
    return Sandbox(
        behaviour=behaviour,
        host=host,
        port=port,
        db=db,
        tickets=tickets,
        seed=seed,
        credentials=credentials,
        record_secrets=record_secrets,
    ).start()


def create_app(
    *,
    behaviour: Behaviour | None = None,
    db: Path | None = None,
    tickets: int = DEFAULT_TICKETS,
    seed: int = DEFAULT_SEED,
    credentials: Credentials | None = None,
    record_secrets: bool = False,
) -> SandboxApp:
    """Make the ASGI application, for calls in this process as by `httpx.ASGITransport`; no port is opened.

    >>> app = create_app(tickets=10)
    >>> app.store.count()
    13
    >>> app.close()
    """
    return SandboxApp(_store(db, tickets, seed), behaviour, credentials, record_secrets=record_secrets)
