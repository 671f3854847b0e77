"""The `superoffice` command's entry point, which works without the `cli` extra far enough to ask for it."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import Final, NoReturn

from . import FAILED, INTERNAL, MISSING, STOPPED, USAGE
from .terminal import guard_streams, printable, reader_left, write_failure

_SECRET: Final = re.compile(r"SUPEROFFICE_\w*(TOKEN|TICKET|PASSWORD|PASSPHRASE|KEY|SECRET)")
_CREDENTIAL: Final = re.compile(r"\b(?:Basic|Bearer|SOTicket) +([^\s'\"]+)", re.IGNORECASE)


def main() -> None:
    """Run the command line, and end with a status that means what is documented."""
    guard_streams()
    for name in ("COLUMNS", "LINES"):  # rich takes 0 for a width, and any script's digits
        if not re.fullmatch("0*[1-9][0-9]{0,3}", os.environ.get(name, "")):
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
        if (failure := write_failure()) is not None:
            _end(f"Error: {failure}", FAILED)
        if isinstance(error, SystemExit):
            raise
        if reader_left(error):
            raise SystemExit(MISSING) from None
        report = f"Error: {type(error).__name__} was raised"  # where there is no memory for more
        with suppress(Exception):
            report = _report(error)
        _end(report, INTERNAL)


def _run() -> None:
    try:
        from .app import cli
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("click", "rich"):
            raise
        _end("The command line needs its extra: pip install 'superoffice-sdk[cli]'", USAGE)
    cli(prog_name="superoffice")


def _end(message: str, status: int) -> NoReturn:
    with suppress(Exception):
        print(message, file=sys.stderr, flush=True)  # noqa: T201 - click may not be there
    raise SystemExit(status) from None


def _report(error: BaseException) -> str:
    from traceback import format_exception

    from ..transport.redaction import Cleaner

    parts = format_exception(error)
    secrets = [value for name, value in os.environ.items() if _SECRET.fullmatch(name)]
    clean = Cleaner(lambda: [*secrets, *_CREDENTIAL.findall("".join(parts))])
    lines = [part if part.startswith("  File ") else f"{clean(part)}\n" for part in parts]
    lines.append("\nError: this is an error in superoffice-sdk itself; please report it with the lines above")
    return printable("".join(lines), kept="\n")
