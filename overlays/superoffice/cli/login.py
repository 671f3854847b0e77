"""`superoffice login` and `superoffice logout`: a person signs in with the browser, once for many commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import ConfigurationError
from .output import Command, put, tell

if TYPE_CHECKING:
    from .signed_in import StoreName

EPILOG = """\b
Examples:
  superoffice login Cust12345 --environment sod --client-id 1f0c...
  superoffice get 439
  superoffice logout

\b
The application's secret, where it has one, comes from the environment alone:
SUPEROFFICE_APP_TOKEN, for this command and for those that use the credentials.

\b
Exit status: 0 signed in, 2 usage error, 3 the person or the server refused,
130 stopped by Ctrl-C."""


def _choose_store(asked: StoreName | None) -> StoreName:
    from ..auth.storage import KeyringTokenStore

    if asked == "file":
        return "file"
    try:
        KeyringTokenStore().load("trial")
    except ConfigurationError as error:
        if asked is not None:
            raise
        tell(f"The tokens are stored in a file, since {error}")
        return "file"
    return "keyring"


@click.command(cls=Command, epilog=EPILOG, short_help="Sign in to a tenant with the browser, for later commands.")
@click.argument("tenant")
@click.option(
    "--environment",
    metavar="NAME",
    default="online",
    show_default=True,
    envvar="SUPEROFFICE_ENVIRONMENT",
    help="sod, qaonline, online, or the address of one of your own.",
)
@click.option("--client-id", required=True, envvar="SUPEROFFICE_CLIENT_ID", help="The application's id.")
@click.option("--redirect", metavar="URL", help="Where the browser comes back to. [default: http://127.0.0.1/callback]")
@click.option(
    "--token-store", type=click.Choice(["keyring", "file"]), help="Where the tokens are stored. [default: a keyring]"
)
@click.option("--no-browser", is_flag=True, help="Only print the address; it must be opened on this machine.")
@click.option(
    "--wait", metavar="SECONDS", default=300, show_default=True, type=click.IntRange(1), help="How long to wait."
)
def login(
    *, tenant: str, environment: str, client_id: str, redirect: str | None, token_store: StoreName | None,
    no_browser: bool, wait: int,
) -> None:  # fmt: skip
    """Sign in to TENANT, such as Cust12345, with the browser, for the commands that follow."""
    import webbrowser

    from ..auth.login import DEFAULT_REDIRECT
    from ..auth.storage import default_folder
    from .signed_in import SignedIn

    def show(address: str) -> None:
        tell("Sign in with the browser. If it does not open by itself, open this address on this machine:")
        put(f"{address}\n")

    folder = default_folder()  # what is missing is told before a person signs in
    signed_in = SignedIn(tenant, environment.rstrip("/"), client_id, _choose_store(token_store))
    browser = None if no_browser else webbrowser.open
    signed_in.sign_in(redirect=redirect or DEFAULT_REDIRECT, open_browser=browser, show=show, timeout=wait)
    stored = "the keyring" if signed_in.store == "keyring" else f"{folder}, which you alone can read"
    tell(f"Signed in to {tenant} ({environment}); the tokens are in {stored}.")


@click.command(
    cls=Command,
    short_help="Sign out on this machine, of one tenant or all.",
    epilog="Example: superoffice logout Cust12345 --environment sod",
)
@click.argument("tenant", required=False)
@click.option("--environment", metavar="NAME", help="Where several were signed in to: sod, qaonline or online.")
def logout(tenant: str | None, environment: str | None) -> None:
    """Sign out of TENANT on this machine; without one, of all tenants.

    SuperOffice documents no way to end a refresh token from outside: an administrator can, by taking the application
    off the tenant.
    """
    from .signed_in import forget, names

    found = names(tenant, environment)
    for name in found:
        whole = forget(name)
        where, _, who = name.rpartition("/")
        tell(f"Signed out of {who} ({where}).")
        if not whole:
            tell(f"It was damaged. If a keyring holds its tokens, remove there what begins with {name}/.")
    if not found:
        tell("Nobody was signed in.")
