"""`superoffice completion`: the script that makes a shell complete commands, options and field names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog='Example, in ~/.bashrc: eval "$(superoffice completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - the three are built in
    root = context.find_root()
    click.echo(kind(root.command, {}, root.info_name or "superoffice", "_SUPEROFFICE_COMPLETE").source())
