"""Ids as people give them: in arguments, in a file, on standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click


def read_ids(arguments: Iterable[str], ids_file: Path | None) -> list[int]:
    """Collect ids from arguments, a file, and standard input where an argument is `-`."""
    found: list[int] = []
    for argument in arguments:
        if argument == "-":
            found += _parsed(sys.stdin.read(), "standard input")
        else:
            found += _parsed(argument, "the arguments")
    if ids_file is not None:
        found += _parsed(ids_file.read_text(encoding="utf-8-sig"), str(ids_file))
    return found


def _parsed(text: str, source: str) -> list[int]:
    found: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.replace(",", " ").replace(";", " ").split():
            if not (word.isascii() and word.lstrip("-").isdigit()):
                raise click.UsageError(f"{source}, line {number}: {word!r} is no ticket id")
            found.append(int(word))
    return found
