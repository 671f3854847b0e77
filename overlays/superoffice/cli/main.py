"""The `superoffice` command's entry point, which works without the `cli` extra far enough to ask for it.

What it prints and how it ends is seen to here: standard streams that fail, internal errors, text written by strangers.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from errno import EBADF
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, Final, NoReturn, TextIO
from unicodedata import category

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MISSING, WRONG, FAILED = 1, 2, 3  # exit statuses
STOPPED: Final = 130  # as shells have it for Ctrl-C
DEFECT: Final = 70  # Python's own is 1, which says that tickets are missing
_SECRET: Final = re.compile(r"SUPEROFFICE_\w*(TOKEN|TICKET|PASSWORD|PASSPHRASE|KEY|SECRET)")
_UNDERSTOOD: Final = {  # rich takes 0 for a width, and any script's digits; click ends with 1 for a shell unknown to it
    **dict.fromkeys(("COLUMNS", "LINES"), re.compile("0*[1-9][0-9]{0,3}")),
    "_SUPEROFFICE_COMPLETE": re.compile("(bash|zsh|fish)_(source|complete)"),
}
_CREDENTIAL: Final = re.compile(r"\b(Basic|Bearer|SOTicket) +[^\s'\"]+", re.IGNORECASE)
_UNSEEN: Final = {
    "Cc",
    "Cf",
    "Cs",
    "Zl",
    "Zp",
}  # Unicode's categories of what steers a terminal, hides text or reorders it


def printable(text: str, *, kept: str = "", json: bool = False) -> str:
    r"""Return text with escapes in the place of what a terminal does not show, but for the characters in `kept`.

    Control and format characters, line and paragraph separators, halves of surrogate pairs: titles are written by
    strangers. With `json`, the escapes are those of JSON.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'
    """
    if text.isprintable():
        return text
    return "".join(_escape(char, json) if category(char) in _UNSEEN and char not in kept else char for char in text)


def _escape(char: str, json: bool) -> str:
    if not json:
        return char.encode("unicode_escape").decode()
    from json import dumps

    return dumps(char)[1:-1]


class _Standard(BufferedWriter):
    """Standard output or standard error, which remembers that it failed, whoever handled that, and drops the rest."""

    failure: OSError | None = None

    def __init__(self, descriptor: int, called: str) -> None:
        super().__init__(FileIO(descriptor, "w", closefd=False))
        self.called = called

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


_written: list[_Standard] = []


def main() -> None:
    """Run the command line, and end with a status that means what is documented."""
    _take("stdout", "standard output", os.O_RDONLY)
    _take("stderr", "standard error", os.O_WRONLY)
    for name, known in _UNDERSTOOD.items():
        if not known.fullmatch(os.environ.get(name, "")):
            os.environ.pop(name, None)
    try:
        try:
            _run()
        finally:  # Python's own end has a status of its own for what fails then
            sys.stdout.flush()
            sys.stderr.flush()
    except KeyboardInterrupt:  # while it is imported, or as it ends
        _end("Stopped.", STOPPED)
    except BaseException as error:
        for stream in _written:
            if stream.failure is not None and not isinstance(stream.failure, BrokenPipeError):
                why = "it is closed" if stream.failure.errno == EBADF else stream.failure.strerror
                _end(f"Error: cannot write {stream.called}: {why}; what it holds is not whole", FAILED)
        if isinstance(error, SystemExit):
            raise
        if reader_left(error):
            raise SystemExit(MISSING) from None
        said = f"Error: {type(error).__name__} was raised"  # where there is no memory for more
        with suppress(Exception):
            said = _report(error)
        _end(said, DEFECT)


def reader_left(error: BaseException) -> bool:
    """Return whether this is what is raised where who reads standard output or standard error has left."""
    return isinstance(error, BrokenPipeError) and any(stream.failure is error for stream in _written)


def _run() -> None:
    """Run the command line, or say which extra it needs."""
    try:
        from .app import cli
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("click", "rich"):
            raise
        print("The command line needs its extra: pip install 'superoffice-sdk[cli]'", file=sys.stderr)  # noqa: T201 - click may not be there
        raise SystemExit(WRONG) from None
    cli(prog_name="superoffice")


def _take(name: str, called: str, closed: int) -> None:
    """Put a stream of ours in the place of Python's; `closed` is how one that is closed is opened.

    Standard output that is closed cannot be written, and says so; nobody wants what goes to a closed standard error.
    """
    stream: TextIO | None = getattr(sys, name)
    if stream is None:
        binary, encoding, lines = _Standard(os.open(os.devnull, closed), called), "utf-8", False
    elif isinstance(_raw(stream), FileIO) and isinstance(stream, TextIOWrapper):
        binary, encoding = _Standard(stream.fileno(), called), stream.encoding
        lines = stream.line_buffering or stream.write_through
    else:  # a console of Windows, or what a test has put there
        return
    # What a narrow encoding lacks is shown as escapes.
    text = TextIOWrapper(binary, encoding, "backslashreplace", line_buffering=lines)
    setattr(sys, name, text)
    _written.append(binary)


def _raw(stream: TextIO) -> object:
    binary = getattr(stream, "buffer", None)
    return getattr(binary, "raw", binary)  # the second where Python runs unbuffered


def _end(said: str, status: int) -> NoReturn:
    with suppress(Exception):
        print(said, file=sys.stderr, flush=True)  # noqa: T201 - click may not be there
    raise SystemExit(status) from None


def _report(error: BaseException) -> str:
    """Return the traceback of an internal error, without what is secret in the environment."""
    from traceback import format_exception

    secrets = [value for name, value in os.environ.items() if value and _SECRET.fullmatch(name)]
    hidden = re.compile("|".join(re.escape(form) for value in secrets for form in (value, repr(value)[1:-1])) or "(?!)")
    lines = [
        line if line.startswith("  File ") else _CREDENTIAL.sub(r"\1 <secret>", hidden.sub("<secret>", line))
        for line in format_exception(error)
    ]
    text = printable("".join(lines), kept="\n")
    return f"{text}\nError: this is an error in superoffice-sdk itself; please report it with the lines above"
