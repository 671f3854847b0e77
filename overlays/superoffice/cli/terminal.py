"""Standard output and standard error: what fails there is noticed, and what strangers wrote steers no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from errno import EBADF
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, Final, TextIO
from unicodedata import category

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Unicode's categories of what steers a terminal, hides text or reorders it.
_ESCAPED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, *, kept: str = "", json: bool = False) -> str:
    r"""Return text with escapes in the place of what a terminal does not show, except the characters in `kept`.

    Titles are written by strangers. With `json`, the escapes are those of JSON.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'
    """
    if text.isprintable():
        return text
    from json import dumps

    def escape(char: str) -> str:
        return dumps(char)[1:-1] if json else char.encode("unicode_escape").decode()

    return "".join(escape(char) if category(char) in _ESCAPED and char not in kept else char for char in text)


class _Standard(BufferedWriter):
    """Standard output or standard error, which remembers that it failed, whoever handled that, and drops the rest."""

    failure: OSError | None = None

    def __init__(self, descriptor: int, label: str) -> None:
        super().__init__(FileIO(descriptor, "w", closefd=False))
        self.label = label

    def write(self, content: ReadableBuffer, /) -> int:
        with self._remembering():
            return super().write(content) if self.failure is None else memoryview(content).nbytes

    def flush(self) -> None:
        with self._remembering():
            if self.failure is None:
                super().flush()

    @contextmanager
    def _remembering(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error
            raise


_streams: list[_Standard] = []


def guard_streams() -> None:
    """Put streams of ours in the place of Python's; writing to standard output that is closed fails too."""
    for name, label, closed in (("stdout", "standard output", os.O_RDONLY), ("stderr", "standard error", os.O_WRONLY)):
        stream: TextIO | None = getattr(sys, name)
        buffer = getattr(stream, "buffer", None)
        if stream is None:
            binary, encoding, lines = _Standard(os.open(os.devnull, closed), label), "utf-8", False
        elif isinstance(stream, TextIOWrapper) and isinstance(getattr(buffer, "raw", buffer), FileIO):  # if buffered
            binary, encoding = _Standard(stream.fileno(), label), stream.encoding
            lines = stream.line_buffering or stream.write_through
        else:  # a console of Windows, or what a test has put there
            continue
        # What a narrow encoding lacks is shown as escapes.
        setattr(sys, name, TextIOWrapper(binary, encoding, "backslashreplace", line_buffering=lines))
        _streams.append(binary)


def write_failure() -> str | None:
    """Return what is wrong with a stream that could not be written; None where its reader has just left."""
    for stream in _streams:
        if (failure := stream.failure) and not isinstance(failure, BrokenPipeError):
            reason = "it is closed" if failure.errno == EBADF else failure.strerror
            return f"cannot write {stream.label}: {reason}; what it holds is not whole"
    return None


def reader_left(error: BaseException) -> bool:
    """Return whether the error says that the reader of standard output or standard error has left."""
    return isinstance(error, BrokenPipeError) and any(stream.failure is error for stream in _streams)
