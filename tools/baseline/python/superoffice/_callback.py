from __future__ import annotations
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, Self
from urllib.parse import urlsplit
from .auth import hidden
from .errors import ConfigurationError
DEFAULT_REDIRECT: Final = 'http://127.0.0.1/callback'

def checked_redirect(address: str) -> str:
    ...

class Callback:

    def __init__(self, redirect: str, accept: Callable[[str], bool], origin: str) -> None:
        self.redirect = ...
        ...

    def __enter__(self) -> Self:
        ...

    def __exit__(self, *_: object) -> None:
        ...

    def wait(self, seconds: float) -> str | None:
        ...

    def answer(self, target: str, host: str | None, origin: str | None) -> int:
        ...

    def answered(self) -> None:
        ...

class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = sys.platform != 'win32'
    block_on_close = False

    def __init__(self, address: tuple[str, int], callback: Callback) -> None:
        self.address_family = ...
        ...

    def handle_error(self, request: object, client_address: object) -> None:
        ...

class _Handler(BaseHTTPRequestHandler):
    timeout = _SECONDS

    def __init__(self, callback: Callback, *args: Any) -> None:
        ...

    def do_GET(self) -> None:
        ...

    def log_message(self, format: str, *args: object) -> None:
        ...
