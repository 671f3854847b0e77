"""Reading and checking the ids that a user gives: numbers, columns of tables, texts and JSON."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator, Sized
from functools import partial
from io import TextIOWrapper
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, SupportsIndex, TextIO, TypeAlias, cast

from .errors import InvalidIdError

if TYPE_CHECKING:
    from json import JSONDecoder


MAX_ID = 2**31 - 1  # TicketId is an int32
GAPS = "where a column has gaps, leave its empty rows out first: in pandas, ids.dropna().astype(int)"


def ticket_id(value: SupportsIndex) -> int:
    """Return an integer of any kind (numpy's and pandas' too) as an id; raises `InvalidIdError` for the rest."""
    number = value
    if type(number) is not int:
        try:
            if isinstance(value, bool):
                raise TypeError
            number = operator.index(value)
        except TypeError:  # an array of several has an __index__, too, but no number for it
            gaps = isinstance(value, float | None)
            raise InvalidIdError(
                f"{value!r} is a {type(value).__name__}, not a ticket's id; "
                + (GAPS if gaps else "give a whole number, for text int(...)")
            ) from None
    if not 0 < number <= MAX_ID:
        raise InvalidIdError(f"{number} cannot be a ticket's id; ids are whole numbers from 1 to {MAX_ID}")
    return number


def ticket_ids(values: Iterable[SupportsIndex], method: str = "get_many") -> list[int]:
    """Return checked ids, in order; raises `InvalidIdError` for the first that is not one."""
    ids, wrong = sound_ids(each_id(values, method), 0)
    if wrong is not None:
        raise wrong
    return ids


def sound_ids(values: Iterable[Any], start: int) -> tuple[list[int], InvalidIdError | None]:
    """Return the ids before the first bad one, and what is wrong with that; positions count from `start`."""
    given = list(values)
    if set(map(type, given)) == {int} and min(given) > 0 and max(given) <= MAX_ID:
        return given, None  # most lists, without a call for each id
    ids: list[int] = []
    try:
        for value in given:
            ids.append(ticket_id(value))  # noqa: PERF401 - what was good before a bad one is needed
    except InvalidIdError as error:
        return ids, error.at(start + len(ids))
    return ids, None


def each_id(values: Any, method: str) -> Iterable[SupportsIndex]:
    """Return what holds several ids, a column of a table as Arrow has it; raises `InvalidIdError` for anything else."""
    if hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
        values = column(values)
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        one = values if hasattr(values, "__index__") else 439
        way = f"; for one use get({one})" if method == "get_many" else ""
        raise InvalidIdError(f"{method} takes several ids, such as [{one}], not {values!r}{way}")
    return cast("Iterable[SupportsIndex]", values)


_AT_ONCE = 4_096  # ids that are Python integers at a time


class ArrowArray(Protocol):
    """A column in one piece, by the Arrow C interface: pyarrow's, arro3's, nanoarrow's array."""

    def __arrow_c_array__(self, requested_schema: object | None = None, /) -> tuple[object, object]: ...


class ArrowStream(Protocol):
    """A column in pieces, by the Arrow C interface: a polars or pandas Series, pyarrow's ChunkedArray."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object: ...


class _Column:
    def __init__(self, values: Any) -> None:
        self._values = values

    def __iter__(self) -> Iterator[Any]:
        from arro3.core import ArrayReader

        arrays: Any = ArrayReader.from_arrow(self._values)
        for array in arrays:
            for start in range(0, len(array), _AT_ONCE):
                yield from array.slice(start, min(_AT_ONCE, len(array) - start)).to_pylist()


def column(values: Any) -> Any:
    """Return a column of whole numbers as an iterable, where Arrow can be read; else what was given.

    A column without rows holds no ids, whatever its type. A stream's rows are not counted, and it is read only once.
    """
    name = type(values).__name__
    try:
        from arro3.core import ArrayReader, DataType

        reader: Any = ArrayReader.from_arrow(values)
    except ImportError:  # without the extra, or from pandas without pyarrow: it is iterated over as it is
        return values
    except Exception as error:  # each library has its own, such as pyarrow's for a column of several types
        raise InvalidIdError(f"a {name} cannot be read as a column of ids: {error}; give whole numbers") from error
    kind = reader.field.type
    if DataType.is_dictionary(kind):  # pandas' category, for one
        kind = kind.value_type
    if DataType.is_struct(kind):
        raise InvalidIdError(f"a {name} is a whole table; give the column that holds the ids")
    if isinstance(values, Sized) and not len(values):
        return []  # its type is a guess, or null
    if not DataType.is_integer(kind):
        remedy = GAPS if DataType.is_floating(kind) or DataType.is_null(kind) else "give whole numbers"
        raise InvalidIdError(f"a {name} of {str(kind).strip()} holds no ids; {remedy}")
    return _Column(values) if isinstance(values, Sized) else iter(_Column(reader))


_Lines: TypeAlias = Iterator[tuple[int, str]]  # with their numbers; without blanks around them, and without blank ones
Words: TypeAlias = Iterator[tuple[str, str]]  # what stands where an id should, each after its place
_LONGEST: Final = 1 << 26  # characters of a line, and of a JSON document
_MARK: Final = re.compile(r"\S")
_ENDS: Final = ",; "
_BLANKS: Final = " \t\n\r\f\v"
_WORD: Final = re.compile(rf"[^{_BLANKS},;]+")  # other blanks, such as thin ones, stand within numbers
_SEVERAL: Final = re.compile(rf"[0-9]+[{_BLANKS},;]+[0-9]+(?![^{_BLANKS},;])")  # how a list of ids begins
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}([ ,])[0-9]{3}(?:\1[0-9]{3})*")
_LISTS: Final = ("value", "rows", "ticketids", "ids")  # where pages of an archive and bodies of requests have several
_TICKETS: Final = ("ticket", "ticketdisplayclosed")  # what web hooks and archives call a ticket
_JSON: Final = "give a list of ids, such as [439, 829], or objects with TicketId"


def ids_in_text(content: BinaryIO, source: str, field: str | None = None) -> Words:
    """Yield the words of a text, or the ids in JSON, each after its place.

    `field` names the one of a JSON object that has the id, where that is not a known one. Raises `InvalidIdError` for
    what cannot be read, or does not end.
    """
    text = TextIOWrapper(content, encoding="utf-8-sig", newline="")
    try:
        lines = _numbered(lines_of(text, source))
        for number, first in lines:
            whole = chain([(number, first)], lines)
            yield from _json(whole, source, field) if first.startswith(("[", "{")) else _words(whole, source)
    finally:
        text.detach()  # who opened it closes it


def lines_of(text: TextIO, source: str) -> Iterator[str]:
    """Yield lines; raises `InvalidIdError` for one that does not end, and for what is not text in UTF-8."""
    try:
        for number, line in enumerate(iter(partial(text.readline, _LONGEST + 1), ""), 1):
            if len(line) > _LONGEST:
                raise InvalidIdError(
                    f"{source}, line {number} does not end within {_LONGEST:,} characters; give ids in lines"
                )
            yield line
    except UnicodeDecodeError:
        raise InvalidIdError(f"{source} is not text in UTF-8; save it as such") from None


def words(lines: Iterable[str], source: str) -> Words:
    """Yield the words between commas, semicolons and blanks, each after its place."""
    return _words(_numbered(lines), source)


def _numbered(lines: Iterable[str]) -> _Lines:
    return ((number, text) for number, line in enumerate(lines, 1) if (text := line.strip()))


def _words(lines: _Lines, source: str) -> Words:
    """Yield words: of a line such as `1,234` one where other lines hold one id each, and two where it is alone."""
    start = list(islice(lines, 2))
    lists = len(start) == 1 or any(_is_list(text.strip(_ENDS)) for _, text in start)
    for number, text in chain(start, lines):
        place = f"{source}, line {number}"
        if text.isdigit():  # most lines
            yield place, text
            continue
        line = text.strip(_ENDS)
        lists = lists or _is_list(line)
        found = _WORD.findall(line) if lists or not is_grouped(line) else [line]
        yield from ((place, word) for word in map(str.strip, found) if word)


def _is_list(text: str) -> bool:
    return _SEVERAL.match(text) is not None and not is_grouped(text)


def _json(lines: _Lines, source: str, field: str | None) -> Words:
    from json import JSONDecoder

    decoder = JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)  # numbers as they are written
    for before, (number, line) in enumerate(lines):
        try:
            found = decoder.decode(line)
        except (ValueError, RecursionError):
            found = None
        if found is not None:
            yield from _ids_of(found, f"{source}, line {number}", field)
        elif before:
            yield f"{source}, line {number}", line
        else:
            yield from _documents(decoder, chain([(number, line)], lines), source, field)


def _documents(decoder: JSONDecoder, lines: _Lines, source: str, field: str | None) -> Words:
    read, size, end = list[str](), 0, 0
    for _, line in lines:
        read.append(line)
        size += len(line) + 1
        if size > _LONGEST:
            raise InvalidIdError(f"{source} is JSON of more than {_LONGEST:,} characters; give an object in each line")
    text = "\n".join(read)
    while begins := _MARK.search(text, end):
        try:
            found, end = decoder.raw_decode(text, begins.start())
        except (ValueError, RecursionError) as error:
            raise InvalidIdError(f"{source} begins like JSON, and cannot be read as such: {error}; {_JSON}") from None
        yield from _ids_of(found, source, field)


def _ids_of(found: Any, place: str, field: str | None) -> Words:
    listed = found
    if isinstance(found, dict) and field not in found and "ticketid" not in (names := _plain_names(listed)):
        listed = next((names[name] for name in _LISTS if isinstance(names.get(name), list)), None)
    if isinstance(listed, list):
        some = cast("list[object]", listed)
        yield from ((f"{place}, element {number}", _word(each, field)) for number, each in enumerate(some, 1))
    else:
        yield place, _word(found, field)


def _word(found: Any, field: str | None) -> str:
    from json import dumps

    word = _id_of(cast("dict[str, Any]", found), field) if isinstance(found, dict) else found
    return word if isinstance(word, str) else dumps(found)


def _id_of(members: dict[str, Any], field: str | None) -> Any:
    if field is not None:
        return members.get(field)
    names = _plain_names(members)
    entity = names.get("entity") or names.get("entityname") or str(names.get("event", "ticket")).partition(".")[0]
    known = ("ticketid", "id", "primarykey") if str(entity).casefold() in _TICKETS else ("ticketid",)
    return next((names[name] for name in known if name in names), None)


def _plain_names(members: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "").casefold(): value for name, value in members.items()}


def is_grouped(text: str) -> bool:
    """Return True for a text that may be one id whose digits are in groups, such as 1,234 and 1 234."""
    return _GROUPED.fullmatch(text) is not None and int(re.sub("[ ,]", "", text)) <= MAX_ID


def hint(word: str) -> str:
    """Return the end of a sentence on a word that is not an id: what to write, where its form shows what was meant."""
    if is_grouped(word):
        return f"; write {re.sub('[ ,]', '', word)} for one id, and each of several in a line of its own"
    if limits := re.fullmatch(r"([0-9]+)(?:-|:|\.{2,3})([0-9]+)", word):
        return f"; write each id of a range, as by: seq {limits[1]} {limits[2]}"
    if re.fullmatch(r"[0-9]+\.0", word):
        return f"; {GAPS}"
    return f"; {_JSON}" if word.startswith(("[", "{")) else ""


def id_in(word: str) -> int | None:
    """Return the id that a word is, written in the digits 0 to 9 alone; None where it is not one."""
    if not (word.isascii() and word.isdigit() and len(word) < 20):  # more than an id has, zeros before it included
        return None
    number = int(word)
    return number if 0 < number <= MAX_ID else None
