from __future__ import annotations
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any
LOOK = 0.05

class StoppedError(Exception):
    ...

class Stop:

    def __init__(self) -> None:
        ...

    def set(self) -> None:
        ...

    def check(self) -> None:
        ...

    def wait(self, seconds: float) -> None:
        ...

    @contextmanager
    def turn(self, slots: threading.Semaphore) -> Generator[None]:
        ...

    @contextmanager
    def waiting_on(self, connection: Any) -> Generator[None]:
        ...
