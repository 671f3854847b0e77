"""Ids as people give them: in arguments, in a file, on standard input."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import click

_NUMBER = re.compile(r"-?[0-9]{1,20}")  # one below 1 or too large is refused with what ids are
_SHOWN = 40  # characters of a word in a sentence


def read_ids(arguments: Iterable[str], ids_file: Path | None) -> list[int]:
    """Collect ids from arguments, a file, and standard input where an argument is `-`."""
    found: list[int] = []
    for argument in arguments:
        if argument == "-":
            found += _parsed(sys.stdin.read().removeprefix("\ufeff"), "standard input")
        else:
            found += _parsed(argument, "the arguments")
    if ids_file is not None:
        try:
            text = ids_file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise click.UsageError(f"{ids_file} is no text in UTF-8; save it as such") from None
        found += _parsed(text, str(ids_file))
    return found


def _parsed(text: str, source: str) -> list[int]:
    found: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.replace(",", " ").replace(";", " ").split():
            if _NUMBER.fullmatch(word) is None:
                raise click.UsageError(f"{source}, line {number}: {word[:_SHOWN]!r} is no ticket id")
            found.append(int(word))
    return found
