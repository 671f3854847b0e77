"""What commands that ask for tickets share: the site, the sign-in, the members, the language, the ids."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from .sandbox import load_sandbox

if TYPE_CHECKING:
    from ..client import SuperOffice
    from ..errors import APIError
    from ..locale import Locale

F = TypeVar("F", bound=Callable[..., Any])
_SECRETS = (
    "credentials come from the environment alone: SUPEROFFICE_USER with SUPEROFFICE_PASSWORD, or SUPEROFFICE_TOKEN"
)
_ELSEWHERE = {  # what people try, and where it is
    **dict.fromkeys(("--user", "--username", "--password", "--token", "--ticket", "--app-token"), _SECRETS),
    "--tenant": "set SUPEROFFICE_TENANT, such as Cust12345, in the environment",
    "--format": "how it is printed is chosen by --output",
}
SITE_HELP = "The site's address, up to but not including /api."
CREDENTIALS = """\b
A site is named by --site or SUPEROFFICE_SITE, or found for SUPEROFFICE_TENANT, such as
Cust12345, in SUPEROFFICE_ENVIRONMENT. Credentials come from the environment
alone: SUPEROFFICE_TOKEN, SUPEROFFICE_SOTICKET, SUPEROFFICE_USER with
SUPEROFFICE_PASSWORD, or for a system user SUPEROFFICE_SYSTEM_USER_TOKEN with
SUPEROFFICE_PRIVATE_KEY_FILE; and SUPEROFFICE_APP_TOKEN. Where there are none and no
site is named, `superoffice login` says who signs in, and where."""

_ADVICE = {  # where an error's own speaks of a program's arguments
    "AuthenticationError": "check the user and password, token or ticket in the environment (and online "
    "SUPEROFFICE_APP_TOKEN), or sign in anew with superoffice login",
    "APITimeoutError": "try again; superoffice doctor says how fast the site answers",
    "RateLimitError": "wait a moment and try again",
    "WrongHostError": "look up the tenant's present address, or name the tenant by SUPEROFFICE_TENANT in its place",
}


def for_terminal(error: APIError) -> APIError:
    """Give an error advice that fits a terminal, where its own speaks of a program's arguments."""
    if "advice" not in vars(error):  # one of this error alone fits already
        error.advice = _ADVICE.get(type(error).__name__, error.advice)
    return error


class TicketCommand(click.Command):
    """A command that says of an option that people expect where it is."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments, and raise a usage error with advice for an unknown option."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if (where := _ELSEWHERE.get(error.option_name)) is None:
                raise
            raise click.UsageError(f"there is no {error.option_name}; {where}", ctx) from None


@contextmanager
def client(site: str | None, sandbox: bool, locale: Locale) -> Generator[SuperOffice]:
    """Give a client for the site, or for a sandbox that runs as long as the client is used."""
    from ..auth.schemes import BasicAuth
    from ..client import SuperOffice
    from .signed_in import settings

    if sandbox:
        if site:
            raise click.UsageError("give --site or --sandbox, not both")
        with load_sandbox()().start() as box:
            auth = BasicAuth(box.user, box.password)
            with SuperOffice(box.site, auth=auth, locale=locale) as client:
                yield client
    else:
        with SuperOffice(**settings(site), locale=locale) as client:
            yield client


def _complete_select(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last name of a list of members."""
    from ..select import FIELDS

    done, comma, start = incomplete.rpartition(",")
    names = [name for name in FIELDS if name.casefold().startswith(start.casefold())]
    return [CompletionItem(f"{done}{comma}{name}") for name in names]


def selection(text: str) -> list[Any]:
    """Split `--select`; `raw:Name` asks for a member that only a newer server has."""
    from ..select import RawField

    names = [name.strip() for name in text.split(",") if name.strip()]
    return [RawField(name.removeprefix("raw:")) if name.startswith("raw:") else name for name in names]


def locale_of(language: str, culture: str | None, time_zone: str | None) -> Locale:
    """Return the locale of the options, where `none` sends nothing."""
    from ..locale import INHERIT, Locale

    def value(text: str | None) -> Any:
        return INHERIT if text is None else None if text.lower() == "none" else text

    return Locale(language=value(language), culture=value(culture), time_zone=value(time_zone))


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Give several options at once, in the order in which help shows them."""

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
id_options = _options(
    click.option("--ids-file", type=_FILE, help="File or pipe of ids: text, CSV, JSON or Parquet."),
    click.option("--id-column", metavar="NAME", help="Column of a file that holds the ids, or member of JSON."),
    click.option("--skip-bad", is_flag=True, help="Leave out what is no id, and say where it stood."),
)
site_options = _options(
    click.option("--site", metavar="URL", help=SITE_HELP),
    click.option("--sandbox", is_flag=True, help="Start a sandbox and ask it; no account is needed."),
)
ticket_options = _options(
    click.option(
        "--select", metavar="NAMES", shell_complete=_complete_select, help="Members to ask for: Title,TableRight/Mask"
    ),
    click.option(
        "--language", metavar="CODE", default="en", show_default=True, help="Language of texts; none sends no header."
    ),
    click.option("--culture", metavar="CODE", help="Culture of numbers and dates inside texts; none sends no header."),
    click.option(
        "--time-zone", metavar="CODE", help="SuperOffice code, such as NO. [default: UTC; none sends no header]"
    ),
)
