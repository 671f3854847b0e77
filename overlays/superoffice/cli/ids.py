"""Ids as people give them: in arguments, in a file, on standard input."""

from __future__ import annotations

import csv
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any

import click

from .._ids import GAPS, MAX_ID, hint, id_in, ids_in_text, lines_of, words
from ..errors import InvalidIdError, extra
from .output import tell

_SHOWN = 10  # bad lines that are shown
_DELIMITERS = ",;\t|"  # of a CSV file
_TABLES = (".csv", ".tsv")
_PARQUET = b"PAR1"  # with which such a file begins and ends


class GivenIds:
    """The ids of arguments, of standard input where an argument is `-`, and of a file; an iterable.

    What is not an id is refused with a usage error, all of it at once, with where it stands; or it is left out, and
    counted in `skipped`.
    """

    def __init__(
        self, arguments: Iterable[str], file: Path | None, *, column: str | None = None, skip_bad: bool | None = None
    ) -> None:
        if column is not None and file is None:
            raise click.UsageError("--id-column goes with --ids-file")
        self._arguments, self._file, self._column = tuple(arguments), file, column
        self._skip = skip_bad  # None where the command has no --skip-bad
        self._bad: list[str] = []
        self.skipped = 0

    def __bool__(self) -> bool:
        return bool(self._arguments) or self._file is not None

    def refuse_as_output(self, out: Path | None) -> None:
        """Refuse to write over the file that they are read from."""
        if self._file is not None and out is not None and os.path.exists(out) and out.samefile(self._file):
            raise click.UsageError(f"the ids are read from {out}; name another file for the tickets with --out")

    @property
    def lasting(self) -> bool:
        """True where they can be iterated over again; standard input and pipes cannot."""
        return "-" not in self._arguments and (self._file is None or self._file.is_file())

    def __iter__(self) -> Iterator[int]:
        self._bad, self.skipped = [], 0
        field = ""
        for place, found in self._words():
            word = str(found)
            if (number := id_in(word)) is not None:
                yield number
                continue
            self.skipped += 1
            if self._file and word.startswith("{"):
                field = "; --id-column names the field of JSON that holds the id"
            if len(self._bad) < _SHOWN:
                shown = repr(word[:40]) if isinstance(found, str) else word
                self._bad.append(f"{place}: {shown} is not a ticket id{hint(word)}")
            if not (self._skip or self.lasting):
                break  # what comes after it has not been read, and perhaps never ends
        if self._bad and not self._skip:
            skip = "" if self._skip is None else "; --skip-bad leaves out what is not one"
            if self._file and self._column is None and self._file.suffix.lower() in _TABLES:
                field = "; --id-column names the column of a file that has a header"
            raise click.UsageError(f"{self._listed()}\nIds are whole numbers from 1 to {MAX_ID}{skip}{field}")

    def _listed(self) -> str:
        more = f"\n... and {self.skipped - len(self._bad):,} more" if self.skipped > len(self._bad) else ""
        return "\n".join(self._bad) + more

    def report(self) -> None:
        """Print to standard error what was left out."""
        if self.skipped:
            tell(f"Left out:\n{self._listed()}")

    def _words(self) -> Iterator[tuple[str, Any]]:
        source = "standard input"
        try:
            for argument in self._arguments:
                if argument != "-":
                    yield from (("the arguments", word) for _, word in words([argument], ""))
                elif sys.stdin is None:  # as Python has it where a shell closed it
                    raise click.UsageError("standard input is closed; give ids some other way than by -")
                else:
                    yield from ids_in_text(sys.stdin.buffer, source)
            if self._file is not None:
                source = str(self._file)
                with open(source, "rb") as content:
                    yield from _words_of_file(self._file, content, self._column)
        except InvalidIdError as error:
            raise click.UsageError(str(error)) from None
        except OSError as error:
            raise click.UsageError(f"{source} cannot be read: {error.strerror}") from None


def _words_of_file(file: Path, content: BufferedReader, column: str | None) -> Iterator[tuple[str, Any]]:
    start, extension = content.peek(len(_PARQUET)), file.suffix.lower()
    if extension == ".parquet" or start.startswith(_PARQUET):
        yield from _parquet(file, column)
    elif extension in _TABLES or (column and not start.removeprefix(BOM_UTF8).lstrip().startswith((b"[", b"{"))):
        with TextIOWrapper(content, encoding="utf-8-sig", newline="") as text:
            yield from _csv(lines_of(text, str(file)), str(file), column)
    else:
        yield from ids_in_text(content, str(file), column)


def _csv(lines: Iterator[str], source: str, column: str | None) -> Iterator[tuple[str, str]]:
    default = csv.field_size_limit(1 << 24)  # characters, for the whole process
    line = 1
    try:
        head = next(lines, "")
        heads = {mark: next(csv.reader([head], delimiter=mark), list[str]()) for mark in _DELIMITERS}
        longest = max(heads.values(), key=len)
        if column is None:
            if len(longest) > 1 and not any(name.strip().isdigit() for name in longest):
                raise _no_column(source, None, longest)
            yield from words(chain([head], lines), source)
            return
        mark = next((mark for mark, names in heads.items() if column in names), None)
        if mark is None:
            raise _no_column(source, column, longest)
        place = heads[mark].index(column)
        rows = csv.reader(lines, delimiter=mark, strict=True)
        line = 2
        for row in rows:
            if row:
                yield f"{source}, line {line}", row[place].strip() if place < len(row) else ""
            line = rows.line_num + 2
    except csv.Error as error:
        raise click.UsageError(f"{source}: the row that begins in line {line} is not CSV: {error}") from None
    finally:
        csv.field_size_limit(default)


def _parquet(file: Path, column: str | None) -> Iterator[tuple[str, Any]]:
    with extra("export"):
        from arro3.core import DataType
        from arro3.io import read_parquet
    if not file.is_file():
        raise click.UsageError(f"{file} is a pipe, and Parquet is read from its end; save it in a file")
    with open(file, "rb") as content:  # the reader prints a panic for another file, or for one that was cut off
        begins = content.read(len(_PARQUET))
        content.seek(-len(begins), os.SEEK_END)
        if {begins, content.read()} != {_PARQUET} or content.tell() < 2 * len(_PARQUET):
            raise click.UsageError(f"{file} is not a whole Parquet file")
    try:
        reader: Any = read_parquet(file, batch_size=4_096)
        names = reader.schema.names
        column = names[0] if column is None and len(names) == 1 else column
        if column not in names:
            raise _no_column(str(file), column, names)
        if DataType.is_floating(reader.schema.field(column).type):  # what pandas makes of whole numbers with gaps
            raise click.UsageError(f"{file}: column {column!r} holds numbers with a point, which are not ids; {GAPS}")
        values = chain.from_iterable(batch.column(column).to_pylist() for batch in reader)
        yield from ((f"{file}, row {row:,}", value) for row, value in enumerate(values, 1))
    except click.UsageError:
        raise
    except BaseException as error:  # some are panics, which are not subclasses of `Exception`
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise click.UsageError(f"{file} is damaged: {str(error).splitlines()[0]}") from None


def _no_column(source: str, column: str | None, names: Sequence[str]) -> click.UsageError:
    wrong = f"no column {column!r};" if column else "several columns; name that of the ids with --id-column:"
    names_shown = ", ".join(map(repr, names[:_SHOWN])) + (" and others" if len(names) > _SHOWN else "")
    return click.UsageError(f"{source} has {wrong} it has {names_shown}")
