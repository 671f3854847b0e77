"""The `superoffice` command's entry point, which works without the `cli` extra far enough to ask for it."""

from __future__ import annotations

import sys

STOPPED = 130  # exit status, as shells have it for Ctrl-C


def main() -> None:
    """Run the command line."""
    try:
        _run()
    except KeyboardInterrupt:  # while it is imported, or as it ends
        print("Stopped.", file=sys.stderr)  # noqa: T201 - click may not be there
        raise SystemExit(STOPPED) from None


def _run() -> None:
    """Run the command line, or say which extra it needs."""
    try:
        from ._cli import cli
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("click", "rich"):
            raise
        print("The command line needs its extra: pip install 'superoffice-sdk[cli]'", file=sys.stderr)  # noqa: T201 - click may not be there
        raise SystemExit(2) from None
    cli(prog_name="superoffice")
