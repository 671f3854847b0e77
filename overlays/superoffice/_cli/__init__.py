"""The command line."""

from __future__ import annotations

import click

from .._version import __version__
from .completion import completion
from .doctor import doctor
from .export import export
from .get import get
from .login import login, logout
from .sandbox import sandbox

EPILOG = """\b
To begin with, without an account:
  superoffice get 439 829 1234 --sandbox

`superoffice COMMAND --help` says more of each, with examples."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(__version__, package_name="superoffice-sdk")
def cli() -> None:
    """Read SuperOffice help desk tickets from a terminal."""


cli.add_command(completion)
cli.add_command(doctor)
cli.add_command(export)
cli.add_command(get)
cli.add_command(login)
cli.add_command(logout)
cli.add_command(sandbox)
