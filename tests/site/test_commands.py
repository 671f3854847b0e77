"""Every command on every page is one that there is: its options and values, the extras, the sessions it names."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import click
import pytest

from superoffice import UnknownFieldError, fields
from superoffice.cli.app import cli

from .conftest import ROOT

NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")
SESSIONS = {name for pair in re.findall(r'(?m)^@nox.*\ndef (\w+)|^suite\("(\w+)"', NOXFILE) for name in pair} - {""}
EXTRAS = set(metadata("superoffice-sdk").get_all("Provides-Extra") or [])
READ = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
READ += sorted((ROOT / "docs").rglob("*.md"))
OURS = ("superoffice", "nox", "pip")
A_FILE = r"[\w-]+\.\w+|[A-Z]+"  # in capitals it stands for one of the reader's


def commands(text: str) -> list[str]:
    """Return what stands behind each prompt, cut where the shell would."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [found for block in blocks for found in re.findall(r"^\$ (.*)$", block, re.MULTILINE)]
    return [part.strip() for line in lines for part in re.split(r"&&|\|\||[|;&]\s", f"{line} ")]


def mentions(text: str) -> list[str]:
    """Return what sentences and tables name of our commands."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = [" ".join(words.split()) for words in re.findall(r"`([^`]+)`", prose)]  # a line may end within one
    return [each for each in found if each.partition(" ")[0] in OURS and " " in each]


COMMANDS = [
    pytest.param(command, id=f"{page.relative_to(ROOT).as_posix()}-{place}")
    for page in READ
    for text in [page.read_text(encoding="utf-8")]
    for place, command in enumerate([*commands(text), *mentions(text)])
]


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where there are the files that it speaks of
    read(command)


@pytest.mark.parametrize(
    "command",
    [
        "superoffice get 439 829 --choose Title --format csv",
        "superoffice get 439 829 --select Title --format xml",
        "superoffice get 439 --select Titel",
        "superoffice get x",
        "superoffice serve --port 8080",
        "superoffice sandbox --port high",
        "superoffice sandbox --missing nothing",
        "superoffice sandbox store tickets.json --db tickets.db",
        "superoffice sandbox load tickets.json",
        "superoffice login Cust12345",
        "superoffice doctor --ids x,y",
        "nox -s tests linting",
        "pip install 'superoffice-sdk[cli,tables]'",
    ],
)
def test_what_is_no_command_is_found(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((click.UsageError, AssertionError, UnknownFieldError)):
        read(command)


def read(command: str) -> None:
    """Fail where a command is none."""
    command = re.sub(r"<\([^)]*\)", "pipe.txt", command)  # what another command writes, as a file
    words = shlex.split(re.sub(r"\d?[<>]+ ?\S+", "", command), comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):  # a variable for this command alone
        words.pop(0)
    program, given = Path(words[0]).name if words else "", words[1:]
    if program == "superoffice":
        parse(given)
    elif program == "nox" and "-s" in given:
        named = " ".join(given[given.index("-s") + 1 :]).partition(" -- ")[0]
        assert {re.split(r"[-(]", name)[0] for name in named.split()} <= SESSIONS  # with neither Python nor parameters
    elif program == "pip":
        extras = re.findall(r"(?:superoffice-sdk|'\.)\[([\w,]+)\]", command)
        assert set(",".join(extras).split(",")) - {""} <= EXTRAS


def parse(arguments: list[str]) -> None:
    """Let the commands read their arguments and convert the values, without anything being done."""
    for word in arguments:
        if re.fullmatch(A_FILE, word):
            Path(word).touch()
    command: click.Command = cli
    context, name = None, "superoffice"
    while arguments or isinstance(command, click.Group):  # a command alone is its name
        try:
            context = command.make_context(name, arguments, parent=context)
        except click.exceptions.Exit:  # of --help
            return
        look_up(context.params)
        arguments = [*context._protected_args, *context.args]
        if not arguments:
            return
        assert isinstance(command, click.Group)
        found, command, arguments = command.resolve_command(context, arguments)
        name = str(found)


def look_up(given: dict[str, Any]) -> None:
    """Fail where ids or members are given that are none; these the commands read when they are run."""
    ids = given.get("ids") or ()
    assert all(re.fullmatch(r"\d+|-", each) for each in (ids.split(",") if isinstance(ids, str) else ids)), ids
    fields(name for name in (given.get("select") or "").split(",") if name)


def test_pages_show_commands() -> None:
    assert sum("superoffice" in each.values[0] for each in COMMANDS) > 50
    tables = mentions((ROOT / "docs/start/cheat-sheet.md").read_text(encoding="utf-8"))
    assert "superoffice sandbox --port 8080" in tables
