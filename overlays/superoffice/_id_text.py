"""Ids in texts, as people write them: in a file, in an argument, in an option."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ._plan import MAX_ID

_DIGITS = 20  # more than an id has, zeros before it included


def words(lines: Iterable[str], source: str) -> Iterator[tuple[str, str]]:
    """Give what stands between commas, semicolons and blanks, each with its place."""
    for number, line in enumerate(lines, 1):
        for word in line.replace(",", " ").replace(";", " ").split():
            yield f"{source}, line {number}", word


def id_in(word: str) -> int | None:
    """Read an id, which is written in the digits 0 to 9 alone; None where it is none.

    >>> id_in("439"), id_in("4_39"), id_in("0")
    (439, None, None)
    """
    if not (word.isascii() and word.isdigit() and len(word) < _DIGITS):
        return None
    number = int(word)
    return number if 0 < number <= MAX_ID else None
