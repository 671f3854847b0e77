"""The page of the command line, from the commands themselves: what `--help` says, as one page."""

from __future__ import annotations

from collections.abc import Iterator

import click

from superoffice.cli.app import cli
from tools.site.markdown import code, fence, table

HEAD = """# Command line

The output of `superoffice --help` and `superoffice COMMAND --help`, on one page.
"""


def page() -> str:
    """Make the page."""
    return "\n\n".join([HEAD.rstrip(), *_parts(cli, "superoffice", None)]) + "\n"


def _parts(command: click.Command, name: str, above: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above, **command.context_settings)
    yield f"## {context.command_path}"
    yield fence(" ".join([context.command_path, *command.collect_usage_pieces(context)]))
    yield from _paragraphs(command.help or "")
    options = (each for each in command.get_params(context) if isinstance(each, click.Option))
    records = [record for each in options if (record := each.get_help_record(context))]
    yield table(["Option", "What it does"], ([code(option), _plain(text)] for option, text in records))
    yield from _paragraphs(command.epilog or "")
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            yield from _parts(command.commands[sub], sub, context)


def _plain(text: str) -> str:
    r"""Keep what stands in brackets or between stars from being read as Markdown."""
    return text.replace("[", r"\[").replace("*", r"\*").replace("<", "&lt;")


def _paragraphs(text: str) -> Iterator[str]:
    """Return the paragraphs of a command's text; click keeps the lines of those that begin with a backspace."""
    for paragraph in text.split("\n\n"):
        if "\b" in paragraph and "\n  " in paragraph:
            first, _, rest = paragraph.replace("\b\n", "").strip("\n").partition("\n")
            yield _plain(first)
            yield fence("\n".join(line.removeprefix("  ") for line in rest.splitlines()), "console")
        elif paragraph.strip():
            yield _plain(paragraph.replace("\b\n", "").strip())
