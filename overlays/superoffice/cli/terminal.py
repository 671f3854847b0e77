"""Standard output and standard error: what fails there is noticed, and what strangers wrote steers no terminal."""

from __future__ import annotations

import os
import sys
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

    Control and format characters, line and paragraph separators, halves of surrogate pairs: titles are written by
    strangers. With `json`, the escapes are those of JSON.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'
    """
    if text.isprintable():
        return text
    return "".join(_escape(char, json) if category(char) in _ESCAPED and char not in kept else char for char in text)


def _escape(char: str, json: bool) -> str:
    if not json:
        return char.encode("unicode_escape").decode()
    from json import dumps

    return dumps(char)[1:-1]


class _Standard(BufferedWriter):
    """Standard output or standard error, which remembers that it failed, whoever handled that, and drops the rest."""

    failure: OSError | None = None

    def __init__(self, descriptor: int, label: str) -> None:
        super().__init__(FileIO(descriptor, "w", closefd=False))
        self.label = label

    def write(self, content: ReadableBuffer, /) -> int:
        if self.failure is not None:
            return memoryview(content).nbytes
        try:
            return super().write(content)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        if self.failure is not None:
            return
        try:
            super().flush()
        except OSError as error:
            self.failure = error
            raise


_streams: list[_Standard] = []


def guard_streams() -> None:
    """Put streams of ours in the place of Python's.

    Standard output that is closed cannot be written, and fails so; nobody wants what goes to a closed standard error.
    """
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
        if stream.failure is not None and not isinstance(stream.failure, BrokenPipeError):
            reason = "it is closed" if stream.failure.errno == EBADF else stream.failure.strerror
            return f"cannot write {stream.label}: {reason}; what it holds is not whole"
    return None


def reader_left(error: BaseException) -> bool:
    """Return whether the error says that the reader of standard output or standard error has left."""
    return isinstance(error, BrokenPipeError) and any(stream.failure is error for stream in _streams)
