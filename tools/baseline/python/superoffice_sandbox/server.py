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
from .app import TRANSPORT, SandboxApp
from .behaviour import Behaviour
from .credentials import Credentials
from .guard import MAX_HEADER_BYTES, is_loopback
from .seed import tickets
from .store import Store
DEFAULT_TICKETS = 2000
DEFAULT_SEED = 1

class _Protocol(H11Protocol):

    def connection_made(self, transport: asyncio.Transport) -> None:
        ...

class _Server(uvicorn.Server):

    def __init__(self, config: uvicorn.Config) -> None:
        ...

    async def main_loop(self) -> None:
        ...

    def tell(self) -> None:
        ...

class Sandbox(SandboxApp):

    def __init__(self, *, behaviour: Behaviour | None=None, host: str='127.0.0.1', port: int=0, db: Path | None=None, tickets: int=DEFAULT_TICKETS, seed: int=DEFAULT_SEED, credentials: Credentials | None=None, record_secrets: bool=False) -> None:
        self.site = self.identity.environment_url = ...
        ...

    @property
    def environ(self) -> dict[str, str]:
        ...

    def start(self) -> Self:
        ...

    def serve(self, ready: Callable[[], None]) -> None:
        ...

    def end(self) -> None:
        ...

    def stop(self) -> None:
        ...

    def __enter__(self) -> Self:
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        ...

def start(*, behaviour: Behaviour | None=None, host: str='127.0.0.1', port: int=0, db: Path | None=None, tickets: int=DEFAULT_TICKETS, seed: int=DEFAULT_SEED, credentials: Credentials | None=None, record_secrets: bool=False) -> Sandbox:
    ...

def create_app(*, behaviour: Behaviour | None=None, db: Path | None=None, tickets: int=DEFAULT_TICKETS, seed: int=DEFAULT_SEED, credentials: Credentials | None=None, record_secrets: bool=False) -> SandboxApp:
    ...
