"""The command line: its commands, and how Ctrl-C and errors end them."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import click
from click.shell_completion import get_completion_class

from .._version import __version__
from ..errors import MissingExtraError, extra
from . import STOPPED
from .doctor import doctor
from .export import export
from .get import get
from .login import login, logout
from .output import tell, with_notes
from .terminal import printable, reader_left


@contextmanager
def _documented_exit() -> Generator[None]:
    """Have Ctrl-C end a command as shells have it; click's own way is status 1, which says that tickets are missing."""
    try:
        yield
    except KeyboardInterrupt as stop:
        tell(with_notes("Stopped.", stop))
        raise click.exceptions.Exit(STOPPED) from None
    except (EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError) and error.filename is None:
            raise click.UsageError("the current folder is gone; change to another one") from None
        if isinstance(error, EOFError | BrokenPipeError) and not reader_left(error):  # to click, Ctrl-D and `| head`
            raise RuntimeError(f"{type(error).__name__} is not what click takes it for") from error
        raise
    except click.ClickException as error:
        if sys.stderr.isatty():
            vars(error)["message"] = printable(error.message, kept="\n")
        raise


class _Commands(click.Group):
    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _documented_exit():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _documented_exit():
            return super().invoke(ctx)


class _MissingCommand(click.Command):
    def make_context(self, *_: Any, **__: Any) -> click.Context:
        raise click.UsageError(str(self.help))


def _sandbox() -> click.Command:
    try:
        with extra("sandbox"):
            from superoffice_sandbox.command import sandbox
    except MissingExtraError as error:
        return _MissingCommand("sandbox", help=str(error), short_help="Serve a mock server; needs its extra.")
    return sandbox


@click.command(epilog='Example, in ~/.bashrc: eval "$(superoffice completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - the three are built in
    root = context.find_root()
    click.echo(kind(root.command, {}, root.info_name or "superoffice", "_SUPEROFFICE_COMPLETE").source())


@click.group(
    cls=_Commands,
    commands=[completion, doctor, export, get, login, logout, _sandbox()],
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nTo begin with, without an account:\n  superoffice get 439 829 1234 --sandbox\n\n"
    "`superoffice COMMAND --help` says more of each, with examples.",
)
@click.version_option(__version__, package_name="superoffice-sdk")
def cli() -> None:
    """Read SuperOffice help desk tickets from a terminal."""
