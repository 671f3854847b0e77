"""From a response's body to tickets: all at once where nothing is odd, else one by one: no value costs the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import lru_cache
from operator import attrgetter
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from superoffice_api.dates import is_empty, normalize_dates
from superoffice_api.models import Ticket

from ._error_responses import error_in
from .batch import TICKET_ID, HasTicketId
from .errors import InvalidInputError, ProjectionError
from .problem import Problem
from .select import FIELDS, selected_paths
from .transport.call import NO_SECRETS, told
from .views import TicketView, partial_type, view_paths

T = TypeVar("T", bound=HasTicketId)
_DEEPEST: Final = 100  # levels that a value may have, far from those at which Python gives up
NOT_TEXT: Final = "is not text in UTF-8, or not a number that fits"
TOO_DEEP: Final = f"is nested more than {_DEEPEST} deep"


class Reader(Generic[T]):
    """How the tickets of one call are asked for and read. Made once for each selection or class.

    `select` are the paths to ask for (None: everything). `decode` reads a whole response, fast, and raises for anything
    odd; `decode_one` reads one ticket. `dates` are what `normalize_dates` looks at, and `loose` are the attributes
    that take values of any type. `own` has the attributes, by API name, that an empty ticket leaves empty, and `sign`
    gets one of them that nearly each ticket has.
    """

    __slots__ = ("dates", "decode", "decode_one", "kind", "loose", "own", "select", "sign")

    def __init__(
        self,
        kind: type[T],
        select: tuple[str, ...] | None,
        dates: type | Mapping[str, bool] = Ticket,
        loose: Sequence[str] = (),
    ) -> None:
        self.kind = kind
        self.select = select
        self.dates = dates
        self.loose = loose
        of_list: Any = GenericAlias(list, kind)  # known only at run time
        self.decode: Callable[[bytes], list[T]] = msgspec.json.Decoder(of_list).decode
        self.decode_one: Callable[[bytes | msgspec.Raw], T] = msgspec.json.Decoder(kind).decode

        struct = cast("type[msgspec.Struct]", kind)
        names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
        self.own = {wire: name for name, wire in names if wire != "TicketId" and _is_telling(wire)}
        first = self.own.get("CreatedAt") or next(iter(self.own.values()), "ticket_id")
        self.sign: Callable[[T], object] = attrgetter(first)

    def is_bare(self, ticket: T) -> bool:
        """Return whether nothing of a ticket came but its id; empty tickets have rights and enumerations too."""
        return not any(getattr(ticket, name) for name in self.own.values())

    def is_sound(self, tickets: Sequence[T], assume: tzinfo | None) -> bool:
        """Normalize dates; return False where a field that must have a value has none, or one cannot be written."""
        sound = normalize_dates(tickets, assume, self.dates)
        for name in self.loose:
            sound = sound and not any(unwritable(getattr(ticket, name)) for ticket in tickets)
        return sound and all(map(TICKET_ID, tickets))


def _is_telling(wire: str) -> bool:
    known = FIELDS.get(wire)
    return known is None or known.type in ("string", "int32", "boolean", "date-time")


WHOLE: Final = Reader(Ticket, None)


def reader_for(select: Iterable[Any] | None, into: Any) -> Reader[Any]:
    """Find the reader for a call's `select=` or `into=`."""
    if select is not None and into is not None:
        raise InvalidInputError("give select= or into=, not both: a class already says which fields it wants")
    if select is not None:
        return _partial_reader(selected_paths(select))
    if into is None or into is Ticket:
        return WHOLE
    return _class_reader(into)


@lru_cache(maxsize=256)
def _partial_reader(paths: tuple[str, ...]) -> Reader[Any]:
    return _typed_reader(partial_type(paths), paths)


@lru_cache(maxsize=256)
def _class_reader(into: Any) -> Reader[Any]:
    if isinstance(into, type) and issubclass(into, TicketView):
        return _typed_reader(into, view_paths(into))
    if isinstance(into, type) and issubclass(into, Ticket):
        return _typed_reader(into, None)
    raise ProjectionError(f"into= takes a subclass of TicketView or of Ticket, not {into!r}")


def _typed_reader(kind: type[Any], select: tuple[str, ...] | None) -> Reader[Any]:
    fields = msgspec.structs.fields(kind)
    dates = {
        info.name: allows_none(info.type)
        for info in fields
        if info.encode_name in FIELDS
        and FIELDS[info.encode_name].type == "date-time"
        and info.type not in (Any, object)  # a view that takes anything is given what came
    }
    known = {field.attribute: True for field in FIELDS.values() if field.type == "date-time"}
    return Reader(
        kind,
        select,
        Ticket if dates == known else dates,
        [info.name for info in fields if takes_anything(info.type)],
    )


@lru_cache(maxsize=256)
def fields_of(kind: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return the fields of a class; msgspec works out their types each time that it is asked."""
    return msgspec.structs.fields(kind)


def takes_anything(kind: Any) -> bool:
    """Return whether a type takes what the OpenAPI document does not know, in whatever shape."""
    inner: tuple[Any, ...] = getattr(kind, "__args__", ())
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        inner = tuple(info.type for info in msgspec.structs.fields(kind))
    return kind in (Any, object) or any(map(takes_anything, inner))


def unwritable(value: Any) -> str:
    """Return what keeps a value from being written again, empty for nearly all."""
    level = [value]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, str):
                if not each.isascii() and not _is_text(each):
                    return NOT_TEXT
            elif isinstance(each, dict):
                members = cast("dict[str, Any]", each)
                inner += (*members, *members.values())
            elif isinstance(each, list):
                inner += cast("list[object]", each)
            elif isinstance(each, msgspec.Struct):
                inner += (getattr(each, name) for name in each.__struct_fields__)
        if not inner:
            return ""
        level = inner
    return TOO_DEEP


def _is_text(value: str) -> bool:
    """Return whether it has no half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def allows_none(kind: Any) -> bool:
    """Return whether null is a value of a type that does not take just anything."""
    return type(None) in getattr(kind, "__args__", ())


_ID: Final = "TicketId"
# A name in JSON that tells of a failure; nearly all tickets have something of their own, so that it is seldom sought.
_TELLS: Final = re.compile(
    rb'(?i)"[^"\\]*(?:error|fault|exception|message|msg|detail|modelstate)[^"\\]*"\s*:|"(?-i:title)"\s*:'
)
_ODD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class NotTicketsError(Exception):
    """The body is not an array of tickets; the argument is what it is instead."""


def read_tickets(
    content: bytes,
    reader: Reader[T],
    assume: tzinfo | None,
    clean: Callable[[str], str] = NO_SECRETS,
    written: Callable[[], Sequence[Any]] | None = None,
) -> tuple[list[T], list[Problem]]:
    """Return every ticket of a response's JSON that can be read, and the problems, in clean words.

    Where the response was not JSON, `written` returns its elements with what the OpenAPI document does not know.

    Raises `NotTicketsError` where the body is not an array.
    """
    try:
        tickets = reader.decode(content)
        if reader.is_sound(tickets, assume):
            whole = all(map(reader.sign, tickets)) or not any(map(reader.is_bare, tickets))
            if whole or not (written or _TELLS.search(content)):
                return tickets, []
    except _ODD:
        pass  # the odd one is looked for below
    return _one_by_one(content, reader, assume, clean, written)


def _one_by_one(
    content: bytes,
    reader: Reader[T],
    assume: tzinfo | None,
    clean: Callable[[str], str],
    written: Callable[[], Sequence[Any]] | None,
) -> tuple[list[T], list[Problem]]:
    tickets: list[T] = []
    problems: list[Problem] = []
    elements = _elements(content)
    said = written() if written else [None] * len(elements)
    for position, (element, as_written) in enumerate(zip(elements, said, strict=True)):
        found = _read_one((element, as_written), position, reader, assume, problems)
        if found is not None:
            tickets.append(found)
    return tickets, told(problems, clean)


def _elements(content: bytes) -> Sequence[Any]:
    """Split an array into its elements: each as it came, or loaded where one is written as msgspec takes none."""
    try:
        raws = msgspec.json.decode(content, type=list[msgspec.Raw] | None)
    except _ODD as error:
        said = str(error)
    else:
        if raws is None:
            raise NotTicketsError("null")
        return raws
    import json  # which only what is odd needs

    with suppress(ValueError, *_ODD):  # half of a surrogate pair, NaN, or a control character, which Python's own takes
        return msgspec.convert(json.loads(content.decode(), strict=False), list[Any])
    raise NotTicketsError(said)  # out here, without errors that hold what came


def _read_one(
    both: tuple[Any, Any], position: int, reader: Reader[T], assume: tzinfo | None, problems: list[Problem]
) -> T | None:
    """Read one element; None where it is not a ticket, or where a field that must have a value has none."""
    element, written = both
    try:
        if isinstance(element, msgspec.Raw):
            ticket = reader.decode_one(element)
            if reader.is_sound([ticket], assume) and not reader.is_bare(ticket):
                return ticket
    except _ODD:
        pass  # the odd field is looked for below
    try:
        item = _loosely(element) if isinstance(element, msgspec.Raw) else element
    except _ODD as error:
        problems.append(Problem(None, None, None, str(error), position, fatal=True))
        return None
    if isinstance(item, dict):
        members = cast("dict[str, Any]", item)
        number = members.get(_ID)
        has_id = number not in (None, 0)
        why = None if has_id and _has_own(members, reader) else _why_none(written or members, has_id)
        if why is not None:
            problems.append(Problem(number if has_id and type(number) is int else None, _ID, *why, position))
        elif has_id:
            return _salvage(members, position, reader, assume, problems)
    elif item is not None and written is not None and (why := _why_none(written, False)) is not None:
        problems.append(Problem(None, _ID, *why, position))
    elif item is not None:
        problems.append(Problem(None, None, item, "is not a ticket", position, fatal=True))
    return None


def _has_own(members: dict[str, Any], reader: Reader[Any]) -> bool:
    """Return whether something of a ticket came beside its id."""
    return any(
        value and wire in reader.own and not str(value).startswith("0001-01-0") for wire, value in members.items()
    )


def _why_none(members: dict[str, Any], has_id: bool) -> tuple[object, str] | None:
    """Return what stands in the place of an id, and why no ticket; None where the server just says nothing."""
    rest: dict[str, Any] = {}
    for name, value in members.items():
        if name.replace("_", "").lower() not in ("ticketid", "id"):
            rest[name] = value
        elif name != _ID and value and not has_id:
            return value, f"its id is named {name!r}, not {_ID!r}"
    error = error_in(rest)
    return None if error is None else (None, "the server says" + (error.colon or f": {error.kind or 'it is an error'}"))


def _loosely(raw: msgspec.Raw) -> Any:
    """Decode an element; a value that cannot be, such as text in another encoding, stays as the bytes that came."""
    try:
        return msgspec.json.decode(raw)
    except _ODD:
        return {name: _or_bytes(value) for name, value in msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).items()}


def _or_bytes(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except _ODD:
        return bytes(raw)


def _writable(value: Any, kind: Any, wire: str, halves: dict[str, str]) -> Any:
    """Return a field's value as it can be written again; texts inside it that cannot be are put aside."""
    wrong = NOT_TEXT if isinstance(value, bytes) else unwritable(value)
    if wrong == NOT_TEXT and not isinstance(value, bytes | str) and not takes_anything(kind):
        return _without_halves(value, wire, halves)
    if wrong:
        raise msgspec.ValidationError(wrong)
    return cast("object", value)


def _without_halves(value: object, path: str, halves: dict[str, str]) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if any(map(unwritable, members)):
            raise msgspec.ValidationError(NOT_TEXT)
        return {name: _without_halves(inner, f"{path}/{name}", halves) for name, inner in members.items()}
    if isinstance(value, list):
        return [_without_halves(inner, path, halves) for inner in cast("list[object]", value)]
    if isinstance(value, str) and unwritable(value):
        halves[path] = value
        return None
    return value


def _salvage(
    item: dict[str, Any], position: int, reader: Reader[T], assume: tzinfo | None, problems: list[Problem]
) -> T | None:
    """Read a ticket field by field; what does not decode becomes None and a problem."""
    number: Any = item.get("TicketId")
    id_ = number if type(number) is int else None
    clean: dict[str, Any] = {}
    lost = False
    for info in fields_of(reader.kind):
        wire = info.encode_name
        nullable = allows_none(info.type) or info.type in (Any, object)
        value = item.get(wire)
        if wire not in item and not info.required:
            continue
        try:
            halves: dict[str, str] = {}
            fit = _writable(value, info.type, wire, halves)
            decoded = msgspec.convert(fit, info.type)
            if isinstance(decoded, datetime) and is_empty(decoded):
                decoded = None
                if not nullable:
                    raise msgspec.ValidationError("is an empty date, and the field must have a value")
            clean[wire] = fit if decoded is not None else None
            problems += (Problem(id_, path, text, NOT_TEXT, position) for path, text in halves.items())
        except (msgspec.ValidationError, RecursionError) as error:
            reason = "is null, and the field must have a value" if value is None else str(error)
            problems.append(Problem(id_, wire, value, reason, position, fatal=not nullable))
            lost = lost or not nullable
            clean[wire] = None
    if lost:
        return None
    ticket: T = msgspec.convert(clean, reader.kind)
    normalize_dates([ticket], assume, reader.dates)
    return ticket
