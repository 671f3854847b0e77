from __future__ import annotations
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, unquote
from ._extras import extra
from .auth import hidden
from .errors import ConfigurationError, NoKeyringError

class Keeping(Protocol):

    def load(self, name: str) -> str | None:
        ...

    def save(self, name: str, secret: str) -> None:
        ...

    def delete(self, name: str) -> None:
        ...

def default_folder() -> Path:
    ...

class FileKeeping:

    def __init__(self, folder: str | os.PathLike[str] | None=None) -> None:
        self.folder = ...
        ...

    def __repr__(self) -> str:
        ...

    def load(self, name: str) -> str | None:
        ...

    def save(self, name: str, secret: str) -> None:
        ...

    def delete(self, name: str) -> None:
        ...

    def names(self) -> list[str]:
        ...

class KeyringKeeping:

    def __init__(self) -> None:
        ...

    def __repr__(self) -> str:
        ...

    def load(self, name: str) -> str | None:
        ...

    def save(self, name: str, secret: str) -> None:
        ...

    def delete(self, name: str) -> None:
        ...
