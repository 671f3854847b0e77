"""Ids as people give them: in arguments, in a file, on standard input."""

from __future__ import annotations

import csv
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar

import click

from .._ids import GAPS, MAX_ID, hint, id_in, ids_in_text, lines_of, words
from ..errors import InvalidIdError
from .output import tell

R = TypeVar("R")
_SHOWN = 10  # bad lines that are shown
_WORD = 40  # characters of what is shown of them
_MARKS = ",;\t|"  # between the columns of a CSV file
_CELL = 1 << 24  # characters of its longest cell
_AT_ONCE = 4_096  # rows of a Parquet file
_JSON = (b"[", b"{")
_TABLES = (".csv", ".tsv")
_PARQUET = b"PAR1"  # with which such a file begins


class GivenIds:
    """The ids of arguments, of standard input where an argument is `-`, and of a file; to be gone over while they last.

    What is no id is refused, all of it at once, with where it stands; or left out and counted. `skipped` are how many
    were left out, when the ids were gone over last.

    Raises:
        click.UsageError: While it is gone over: something is no id, or the file has no such column.
    """

    def __init__(
        self, arguments: Iterable[str], file: Path | None, *, column: str | None = None, skip_bad: bool | None = None
    ) -> None:
        self._arguments = tuple(arguments)
        self._file = file
        self._column = column
        self._skip = skip_bad  # None where the command has no --skip-bad
        self._bad: list[str] = []
        self._objects = False  # JSON of the file, in which no id was found
        self.skipped = 0
        if column is not None and file is None:
            raise click.UsageError("--id-column goes with --ids-file")

    @property
    def lasting(self) -> bool:
        """Whether they can be gone over again; standard input and pipes cannot."""
        return "-" not in self._arguments and (self._file is None or self._file.is_file())

    def __iter__(self) -> Iterator[int]:
        self._bad.clear()
        self.skipped, self._objects = 0, False
        for place, text in self._texts():
            word = str(text)
            if (number := id_in(word)) is not None:
                yield number
                continue
            self.skipped += 1
            self._objects = self._objects or (self._file is not None and word.startswith("{"))
            if len(self._bad) < _SHOWN:
                shown = repr(word[:_WORD]) if isinstance(text, str) else word
                self._bad.append(f"{place}: {shown} is no ticket id{hint(word)}")
            if not (self._skip or self.lasting):
                break  # what comes after it has not been read, and perhaps never ends
        if self._bad and not self._skip:
            what = "column of a file that has a header" if self._is_table else "member of JSON that holds the id"
            way = f"; --id-column names the {what}" if self._is_table or self._objects else ""
            skip = "" if self._skip is None else "; --skip-bad leaves out what is none"
            raise click.UsageError(f"{self._listed()}\nIds are whole numbers from 1 to {MAX_ID}{skip}{way}")

    @property
    def _is_table(self) -> bool:
        """Whether the file may have columns, of which none is named."""
        return self._file is not None and self._column is None and self._file.suffix.lower() in _TABLES

    def _listed(self) -> str:
        more = f"\n... and {self.skipped - len(self._bad):,} more" if self.skipped > len(self._bad) else ""
        return "\n".join(self._bad) + more

    def report(self) -> None:
        """Say on standard error what was left out."""
        if self.skipped:
            tell(f"Left out:\n{self._listed()}")

    def _texts(self) -> Iterator[tuple[str, Any]]:
        """Give what stands where ids should, and its place."""
        for argument in self._arguments:
            if argument != "-":
                yield from (("the arguments", word) for _, word in words([argument], ""))
            elif sys.stdin is None:  # as Python has it where a shell closed it
                raise click.UsageError("standard input is closed; give ids some other way than by -")
            else:
                with _trouble_told("standard input"):
                    yield from ids_in_text(sys.stdin.buffer, "standard input")
        if self._file is None:
            return
        with _trouble_told(str(self._file)), open(self._file, "rb") as content:
            start, ending = content.peek(len(_PARQUET)), self._file.suffix.lower()
            if ending == ".parquet" or start.startswith(_PARQUET):
                yield from _parquet(self._file, self._column)
            elif ending in _TABLES or (self._column and not start.removeprefix(BOM_UTF8).lstrip().startswith(_JSON)):
                with TextIOWrapper(content, encoding="utf-8-sig", newline="") as text:
                    lines = lines_of(text, str(self._file))
                    if self._column is None:
                        yield from words(_headless(lines, self._file), str(self._file))
                    else:
                        with _long_cells():
                            yield from _csv(lines, str(self._file), self._column)
            else:
                yield from ids_in_text(content, str(self._file), self._column)


@contextmanager
def _trouble_told(source: str) -> Generator[None]:
    """Say what cannot be read as wrong use."""
    try:
        yield
    except InvalidIdError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"{source} cannot be read: {error.strerror}") from None


def _headless(lines: Iterator[str], file: Path) -> Iterator[str]:
    """Refuse lines that begin with the names of several columns, whose numbers need not be ids."""
    head = next(lines, "")
    names = max(([name.strip('" \r\n') for name in head.split(mark)] for mark in _MARKS), key=len)
    if len(names) > 1 and not any(name.isdigit() for name in names):
        raise _no_column(str(file), None, names)
    yield head
    yield from lines


def _csv(lines: Iterator[str], source: str, column: str) -> Iterator[tuple[str, str]]:
    """Give a column of a file whose first line names its columns, whatever mark stands between them."""
    line = 1
    try:
        head = next(lines, "")
        heads = {mark: [name for names in csv.reader([head], delimiter=mark) for name in names] for mark in _MARKS}
        mark = next((mark for mark, names in heads.items() if column in names), None)
        if mark is None:
            raise _no_column(source, column, max(heads.values(), key=len))
        place = heads[mark].index(column)
        rows = csv.reader(lines, delimiter=mark, strict=True)
        line = 2
        for row in rows:
            if row:
                yield f"{source}, line {line}", row[place].strip() if place < len(row) else ""
            line = rows.line_num + 2
    except csv.Error as error:
        raise click.UsageError(f"{source}: the row that begins in line {line} is no CSV: {error}") from None


@contextmanager
def _long_cells() -> Generator[None]:
    """Have cells be longer than the csv module allows, whose setting holds for the whole process."""
    usual = csv.field_size_limit(_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(usual)


def _parquet(file: Path, column: str | None) -> Iterator[tuple[str, Any]]:
    """Give a column of a Parquet file, the only one where none is named."""
    try:
        from arro3.core import DataType
        from arro3.io import read_parquet
    except ImportError:
        raise click.UsageError("Parquet needs its extra: pip install 'superoffice-sdk[export]'") from None
    if not file.is_file():
        raise click.UsageError(f"{file} is a pipe, and Parquet is read from its end; save it in a file")
    with open(file, "rb") as content:  # the reader dies of a file that is none, or that was cut off
        if content.read(len(_PARQUET)) != _PARQUET:
            raise click.UsageError(f"{file} is no Parquet file")
        content.seek(-len(_PARQUET), os.SEEK_END)
        if content.tell() < 2 * len(_PARQUET) or content.read() != _PARQUET:
            raise click.UsageError(f"{file} is no whole Parquet file")
    with _damage_told(file):
        reader = read_parquet(file, batch_size=_AT_ONCE)
    names = reader.schema.names
    if column is None and len(names) == 1:
        column = names[0]
    if column not in names:
        raise _no_column(str(file), column, names)
    row = 0
    for batch in _sound(reader, file):
        ids: Any = batch.column(column)
        if DataType.is_floating(ids.type):  # what pandas makes of whole numbers with gaps
            raise click.UsageError(f"{file}: column {column!r} holds numbers with a point, which are no ids; {GAPS}")
        for value in ids.to_pylist():
            row += 1
            yield f"{file}, row {row:,}", value


def _sound(batches: Iterable[R], file: Path) -> Iterator[R]:
    with _damage_told(file):
        yield from batches


@contextmanager
def _damage_told(file: Path) -> Generator[None]:
    """Say the reader's errors as ours; some are panics, which are no exceptions of Python's usual kind."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise click.UsageError(f"{file} is damaged: {str(error).splitlines()[0]}") from None


def _no_column(source: str, column: str | None, names: Sequence[str]) -> click.UsageError:
    has = f"it has {', '.join(map(repr, names[:_SHOWN]))}{' and others' if len(names) > _SHOWN else ''}"
    if column is None:
        return click.UsageError(f"{source} has several columns; name that of the ids with --id-column: {has}")
    return click.UsageError(f"{source} has no column {column!r}; {has}")
