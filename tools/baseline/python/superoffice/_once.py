from __future__ import annotations
import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextvars import ContextVar
from copy import copy
from typing import Any, Generic, TypeVar, cast
import msgspec
from ._fork import renew_after_fork
from .errors import CallTimeoutError, ConfigurationError
T = TypeVar('T')
E = TypeVar('E', bound=BaseException)
log = logging.getLogger('superoffice')

class Hold(msgspec.Struct, frozen=True):
    flight: Future[Any]
    seconds: float

class Once(Generic[T]):

    def __init__(self, what: str, expires_at: Callable[[T], float | None], *, otherwise: float=float('inf')) -> None:
        ...

    def renew(self) -> None:
        ...

    @property
    def last(self) -> T | None:
        ...

    def newest(self, rejected: T | None) -> T | None:
        ...

    def used(self, value: T, seconds: float) -> None:
        ...

    def replace(self, old: T | None, new: T) -> bool:
        ...

    def get(self, make: Callable[[T | None], Generator[Any, Any, T]], rejected: T | None, *, began: float, ends: float) -> Generator[Any, Any, T]:
        ...
