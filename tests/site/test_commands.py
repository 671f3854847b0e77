"""Every command on every page is one that there is: the options, the extras, the sessions and the files it names."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import metadata
from pathlib import Path

import click
import pytest

from superoffice._cli import cli

from .conftest import ROOT

SESSIONS = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE))
EXTRAS = set(metadata("superoffice-sdk").get_all("Provides-Extra") or [])
READ = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[str]:
    """Give what stands behind each prompt, cut where the shell would."""
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [found for block in blocks for found in re.findall(r"^\$ (.*)$", block, re.MULTILINE)]
    return [part.strip() for line in lines for part in re.split(r"&&|\|\||[|;&]\s", f"{line} ")]


COMMANDS = [
    pytest.param(command, id=f"{page.relative_to(ROOT).as_posix()}-{place}")
    for page in READ
    for place, command in enumerate(commands(page))
]


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str) -> None:
    words = shlex.split(command, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):  # a variable for this command alone
        words.pop(0)
    program, given = Path(words[0]).name if words else "", words[1:]
    if program == "superoffice":
        parses([word for word in given if not re.fullmatch(r"\d?[<>]+\S*", word)])
    elif program == "nox" and "-s" in given:
        named = [word for word in given[given.index("-s") + 1 :] if word != "--"]
        assert named[0].partition("-")[0] in SESSIONS
    elif program == "pip":
        extras = {
            name for group in re.findall(r"\[([\w,]+)\]", command.replace("nox[uv]", "")) for name in group.split(",")
        }
        assert extras <= EXTRAS


def parses(arguments: list[str]) -> None:
    """Let the commands read their arguments, without files being there or anything being done."""
    command: click.Command = cli
    context = click.Context(cli, info_name="superoffice")
    while isinstance(command, click.Group) and arguments and arguments[0] in command.commands:
        command = command.commands[arguments[0]]
        context, arguments = click.Context(command, info_name=arguments[0], parent=context), arguments[1:]
    command.make_parser(context).parse_args(args=list(arguments))


def test_pages_show_commands() -> None:
    assert sum("superoffice" in each.values[0] for each in COMMANDS) > 5
