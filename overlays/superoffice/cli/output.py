"""What every command prints: sentences to standard error, data to standard output, errors with their exit status."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from ..errors import APIError, ConfigurationError, ExportError, ExportRefusedError, InvalidInputError
from . import FAILED
from .terminal import printable

_CREDENTIALS = (
    "credentials come from the environment alone: SUPEROFFICE_USER with SUPEROFFICE_PASSWORD, or SUPEROFFICE_TOKEN"
)
_ELSEWHERE = {  # what people try, and where it is
    **dict.fromkeys(("--user", "--username", "--password", "--token", "--ticket", "--app-token"), _CREDENTIALS),
    "--tenant": "set SUPEROFFICE_TENANT, such as Cust12345, in the environment",
    "--output": "--format chooses how tickets are written, and --out the file",
    **dict.fromkeys(("--json", "--csv"), "--format chooses json, jsonl or csv"),
    **dict.fromkeys(("--columns", "--fields", "--field"), "--select names the fields, such as title,owned_by_name"),
    "-v": "--verbose shows each request",
}
_ADVICE = {  # where an error's own speaks of a program's arguments
    "AuthenticationError": "check the user and password, token or ticket in the environment (and online "
    "SUPEROFFICE_APP_TOKEN), or sign in again with superoffice login",
    "APITimeoutError": "give a longer --timeout; superoffice doctor says how fast the site responds",
    "MediaTypeError": "check the site's address; no JSON is spoken there",
    "ResponseTooLargeError": "select fewer fields with --select",
    "RateLimitError": "wait a moment and try again",
    "WrongHostError": "look up the tenant's present address, or name the tenant by SUPEROFFICE_TENANT in its place",
}
_ARGUMENT = re.compile(r"""(?<![\w/\\])([a-z_]+)=(?:True|('[^']*'|"[^"]*"|\d+))?(?![\w/\\])""")


class Failed(click.ClickException):
    """The server, the authentication or the disk failed."""

    exit_code = FAILED


class Command(click.Command):
    """A command that turns the SDK's errors into click's, and says where an option that people expect is set."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; an unknown option's value, which may be a secret, is in no message."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if (where := _ELSEWHERE.get(error.option_name)) is None:
                raise
            raise click.UsageError(f"there is no {error.option_name}; {where}", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (ConfigurationError, ExportRefusedError, InvalidInputError) as error:
            raise click.UsageError(in_options(str(error), self), ctx) from None
        except ExportError as error:
            raise Failed(in_options(str(error), self)) from None
        except APIError as error:
            if "advice" not in vars(error):  # one of this error alone fits a terminal already
                error.advice = _ADVICE.get(type(error).__name__, error.advice)
            error.advice = in_options(error.advice, self)  # and not the server's words
            raise Failed(with_notes(str(error), error)) from None


def in_options(sentence: str, command: click.Command) -> str:
    """Return a sentence of the SDK with the command's options where it names a program's arguments."""
    options = {option.name: option.opts[0] for option in command.params if isinstance(option, click.Option)}

    def option(found: re.Match[str]) -> str:
        name, value = found.groups()
        return f"{options[name]} {value or ''}".rstrip() if name in options else found[0]

    known = sentence.replace("RawField", "raw:Name").replace(" or a superoffice.Timeout", "")
    return _ARGUMENT.sub(option, known)


def with_notes(sentence: str, error: BaseException) -> str:
    """Add the notes that a command left on an error, a line each."""
    return "\n".join([sentence, *getattr(error, "__notes__", ())])


def tell(sentence: str) -> None:
    """Print a sentence to standard error; a terminal is not steered by what strangers wrote."""
    click.echo(printable(sentence, kept="\n") if sys.stderr.isatty() else sentence, err=True)


def put(text: str, *, json: bool = False) -> None:
    """Print text to standard output: in UTF-8 as it is into a file or a pipe; a terminal is not steered by it."""
    click.echo(printable(text, kept="\n", json=json) if sys.stdout.isatty() else text.encode(), nl=False)


def put_json(content: Any) -> None:
    """Print JSON, indented."""
    import msgspec  # which `--help` does without

    put(msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n", json=True)


def write_file(path: Path, option: str, content: bytes | None = None) -> None:
    """Write a file as a whole, over one's own alone, or into a pipe; without content, only check whether one can."""
    from .._private_files import Folder, NotOwnError

    try:
        if not path.parent.is_dir():
            raise click.UsageError(f"there is no folder {path.parent} for {path.name}; make it, or choose another one")
        special = path.exists() and not path.is_file()
        with Folder(path.parent, own=False) as folder:
            if not special:
                folder.check(path.name)
            if content is not None:
                path.write_bytes(content) if special else folder.write(path.name, content)
    except NotOwnError as error:
        raise click.UsageError(f"{error}; name another file with {option}") from None
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror}") from None
