"""Options that several commands take: the ids, the site and its credentials, the fields, the language."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ..errors import extra
from .output import tell

if TYPE_CHECKING:
    from ..client import SuperOffice

F = TypeVar("F", bound=Callable[..., Any])
HELP_END = """\b
--site or SUPEROFFICE_SITE names the site. SUPEROFFICE_TENANT, such as Cust12345,
finds it in SUPEROFFICE_ENVIRONMENT. Credentials come from the environment
alone: SUPEROFFICE_TOKEN, SUPEROFFICE_SOTICKET, SUPEROFFICE_USER with
SUPEROFFICE_PASSWORD, or for a system user SUPEROFFICE_SYSTEM_USER_TOKEN with
SUPEROFFICE_PRIVATE_KEY_FILE or SUPEROFFICE_PRIVATE_KEY; and SUPEROFFICE_APP_TOKEN.
Where there are none and no site is named, `superoffice login` says who signs in, and
where.

\b
Exit status: {}, 2 usage error,
3 the server, the authentication or the disk failed, 130 stopped by Ctrl-C."""
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@contextmanager
def site_settings(site: str | None, sandbox: bool) -> Generator[dict[str, Any]]:
    """Return a client's `site`, `auth` and `app_token`; a sandbox runs as long as they are used."""
    from .. import environment
    from .signed_in import settings

    if not sandbox:
        yield settings(site)
        return
    if site:
        raise click.UsageError("give --site or --sandbox, not both")
    with extra("sandbox"):
        from superoffice_sandbox import start
    with start() as box:
        yield environment.settings(box.environ)


@contextmanager
def client_of(
    site: str | None, sandbox: bool, timeout: float | None, retries: int | None, **locale: str | None
) -> Generator[SuperOffice]:
    """Return a client with these options; `none` sends no header."""
    from ..client import SuperOffice
    from ..locale import Locale

    given: dict[str, Any] = {
        name: None if text.lower() == "none" else text for name, text in locale.items() if text is not None
    }
    limits: dict[str, Any] = {"timeout": timeout, "retries": retries}
    limits = {name: value for name, value in limits.items() if value is not None}
    with site_settings(site, sandbox) as settings, SuperOffice(**settings, **limits, locale=Locale(**given)) as client:
        yield client


def _complete_select(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ..select import FIELDS, names_like

    done, comma, start = incomplete.rpartition(",")
    names = [name for name in names_like(start, FIELDS) if name.casefold().startswith(start.casefold())]
    return [CompletionItem(f"{done}{comma}{name}") for name in names]


def selection(text: str | None) -> Any:
    """Return `--select` as `select=` takes it; `raw:Name` asks for a field that only a newer server has."""
    from ..select import RawField

    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [RawField(name.removeprefix("raw:")) if name.startswith("raw:") else name for name in names]


def _show_log(context: click.Context, _: click.Parameter, verbose: bool) -> None:
    """Print what the SDK logs to standard error, until the command ends."""
    if verbose:
        import logging

        def emit(record: logging.LogRecord) -> None:
            with suppress(OSError):  # which `main` tells
                tell(handler.format(record))

        log, handler = logging.getLogger("superoffice"), logging.Handler()
        vars(handler)["emit"] = emit
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s: %(message)s"))
        context.call_on_close(partial(log.setLevel, log.level))
        context.call_on_close(partial(log.removeHandler, handler))
        log.setLevel(logging.DEBUG)
        log.addHandler(handler)


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


id_options = _options(
    click.argument("ids", nargs=-1),
    click.option("--ids-file", type=EXISTING_FILE, help="File or pipe of ids: text, CSV, JSON or Parquet."),
    click.option("--id-column", metavar="NAME", help="Column of a file that holds the ids, or field of JSON."),
    click.option("--skip-bad", is_flag=True, help="Leave out what is not an id, and say where it stood."),
)
api_names_option = click.option(
    "--api-names", is_flag=True, help="Name columns as the API does, OwnedByName, not owned_by_name; JSON always does."
)
site_option = click.option("--site", metavar="URL", help="The site's address, up to but not including /api.")
call_options = _options(
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(0, min_open=True),
        help="Seconds a request may take in all. [default: 120]",
    ),
    click.option(
        "--verbose", is_flag=True, expose_value=False, callback=_show_log, help="Show each request on standard error."
    ),
)
ticket_options = _options(
    site_option,
    click.option("--sandbox", is_flag=True, help="Start a sandbox and ask it; no account is needed."),
    click.option(
        "--select",
        metavar="NAMES",
        shell_complete=_complete_select,
        help="Fields to ask for, such as title,owned_by_name; nested ones as table_right/mask.",
    ),
    click.option(
        "--language",
        metavar="CODE",
        default="en",
        show_default=True,
        help="Language of texts; the word none sends no header.",
    ),
    click.option(
        "--culture", metavar="CODE", help="Culture of numbers and dates inside texts; the word none sends no header."
    ),
    click.option(
        "--time-zone",
        metavar="CODE",
        help="SuperOffice code, such as NO; the word none sends no header. [default: UTC]",
    ),
    click.option(
        "--retries", metavar="N", type=click.IntRange(0), help="Retries of a failed request; 0 is off. [default: 3]"
    ),
    call_options,
)
