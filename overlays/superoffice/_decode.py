"""From an answer's body to tickets: all at once where nothing is odd, else one by one: no value costs the page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import tzinfo
from functools import lru_cache
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar, cast

import attrs
import msgspec
from msgspec.structs import force_setattr

from superoffice_api.dates import settle_ticket_dates
from superoffice_api.models import Ticket
from superoffice_runtime import Model

from ._error_responses import error_in
from .batch import TICKET_ID, HasTicketId
from .errors import InvalidInputError, ProjectionError
from .problem import Problem
from .select import FIELDS, selected_paths
from .transport.call import HIDDEN, MOST, Cleaner
from .views import TicketView, partial_type, view_paths

T = TypeVar("T", bound=HasTicketId)
_DEEPEST: Final = 100  # levels that a value may have, far from those at which Python gives up
NOT_TEXT: Final = "is no text in UTF-8, or no number that fits"
TOO_DEEP: Final = f"is nested more than {_DEEPEST} deep"


class Reader(Generic[T]):
    """How the tickets of one call are asked for and read. Made once for each selection or class.

    `select` are the paths to ask for (None: everything). `decode` reads a whole answer, fast, and raises for anything
    odd; `decode_one` reads one ticket. `settle` clears empty dates and gives naive ones a zone; it says False where a
    member that must have a value has none, or where one that takes anything has a value that cannot be written.
    """

    __slots__ = ("decode", "decode_one", "kind", "select", "settle")

    def __init__(
        self,
        kind: type[T],
        select: tuple[str, ...] | None,
        decode: Callable[[bytes], list[T]],
        settle: Callable[[Sequence[T], tzinfo | None], bool],
    ) -> None:
        self.kind = kind
        self.select = select
        self.decode = decode
        self.decode_one: Callable[[bytes | msgspec.Raw], T] = msgspec.json.Decoder(kind).decode
        self.settle = settle


def _settle_whole(tickets: Sequence[Any], assume: tzinfo | None) -> bool:
    settle_ticket_dates(tickets, assume)
    return True


WHOLE: Final = Reader(Ticket, None, msgspec.json.Decoder(list[Ticket]).decode, _settle_whole)


def reader_for(select: Iterable[Any] | None, into: Any) -> Reader[Any]:
    """Find the reader for a call's `select=` or `into=`."""
    if select is not None and into is not None:
        raise InvalidInputError("give select= or into=, not both: a class already says which members it wants")
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
    decode = msgspec.json.Decoder(GenericAlias(list, kind)).decode  # known only at run time
    return Reader(kind, select, decode, _date_settler(kind))


def _date_settler(kind: type[Model]) -> Callable[[Sequence[Any], tzinfo | None], bool]:
    """Find `settle` for a class: the emitted one where it has all dates and may lack each, else one of its own."""
    dates = [
        (info.name, allows_none(info.type))
        for info in msgspec.structs.fields(kind)
        if info.encode_name in FIELDS
        and FIELDS[info.encode_name].type == "date-time"
        and info.type not in (Any, object)  # a view that takes anything is given what came
    ]
    known = {field.attribute for field in FIELDS.values() if field.type == "date-time"}
    loose = [info.name for info in msgspec.structs.fields(kind) if takes_anything(info.type)]
    if not loose and known.issubset(name for name, may_be_none in dates if may_be_none):
        return _settle_whole

    def settle(tickets: Sequence[Any], assume: tzinfo | None) -> bool:
        complete = True
        for ticket in tickets:
            for name, may_be_none in dates:
                value = getattr(ticket, name)
                if value is not None and value.year == 1:
                    complete = complete and may_be_none
                    force_setattr(ticket, name, None)
                elif value is not None and value.tzinfo is None and assume is not None:
                    force_setattr(ticket, name, value.replace(tzinfo=assume))
            for name in loose:
                complete = complete and not unwritable(getattr(ticket, name))
        return complete

    return settle


def takes_anything(kind: Any) -> bool:
    """Whether a type takes what the document does not know, in whatever shape."""
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
    """Whether it has no half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def allows_none(kind: Any) -> bool:
    """Whether null is a value of a type that does not take just anything."""
    return type(None) in getattr(kind, "__args__", ())


log = logging.getLogger("superoffice")
_ID, _DEPTH = "TicketId", 50
_NO_SECRETS: Final = Cleaner(tuple)
_ODD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class NotTicketsError(Exception):
    """The body is no array of tickets; the argument says what it is instead."""


def read_tickets(
    content: bytes, reader: Reader[T], assume: tzinfo | None, clean: Callable[[str], str] = _NO_SECRETS
) -> tuple[list[T], list[Problem]]:
    """Read every ticket of an answer's JSON that can be read, and give an account, in clean words, of what could not.

    Raises `NotTicketsError` where the body is no array.
    """
    try:
        tickets = reader.decode(content)
        if reader.settle(tickets, assume) and all(map(TICKET_ID, tickets)):
            return tickets, []
    except _ODD:
        pass  # the odd one is looked for below
    return _one_by_one(content, reader, assume, clean)


def _one_by_one(
    content: bytes, reader: Reader[T], assume: tzinfo | None, clean: Callable[[str], str]
) -> tuple[list[T], list[Problem]]:
    tickets: list[T] = []
    problems: list[Problem] = []
    for position, element in enumerate(_elements(content)):
        found = _read_one(element, position, reader, assume, problems)
        if found is not None:
            tickets.append(found)
    problems = [attrs.evolve(p, value=_shown(p.value, clean), reason=clean(p.reason)) for p in problems]
    for problem in problems:
        log.warning("%s", problem)
    return tickets, problems


def _shown(value: object, clean: Callable[[str], str]) -> object:
    """Return a value as it came; as text where it holds a secret, is very long, or deeper than Python can show."""
    level = [value]
    for _ in range(_DEPTH):
        level = [each for outer in level for each in _inner(outer)]
    if level:
        return f"a {type(value).__name__} that is more than {_DEPTH} deep"
    text = value if isinstance(value, str) else repr(value)
    said = clean(text)
    return said if HIDDEN in said or len(text) > MOST else value


def _inner(outer: object) -> Iterable[object]:
    if isinstance(outer, dict):
        return cast("dict[str, object]", outer).values()
    return cast("list[object]", outer) if isinstance(outer, list) else ()


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
    element: Any, position: int, reader: Reader[T], assume: tzinfo | None, problems: list[Problem]
) -> T | None:
    """Read one element; None where it stands for no ticket, or where a member that must have a value has none."""
    try:
        if isinstance(element, msgspec.Raw):
            ticket = reader.decode_one(element)
            if ticket.ticket_id and reader.settle([ticket], assume):
                return ticket
    except _ODD:
        pass  # the odd member is looked for below
    try:
        item = _loosely(element) if isinstance(element, msgspec.Raw) else element
    except _ODD as error:
        problems.append(Problem(None, None, None, str(error), position, fatal=True))
        return None
    if isinstance(item, dict):
        members = cast("dict[str, Any]", item)
        if members.get(_ID) not in (None, 0):
            return _salvage(members, position, reader, assume, problems)
        if (why := _why_none(members)) is not None:
            problems.append(Problem(None, _ID, *why, position))
    elif item is not None:
        problems.append(Problem(None, None, item, "is no ticket", position, fatal=True))
    return None


def _why_none(members: dict[str, Any]) -> tuple[object, str] | None:
    """Return what stands in the place of an id, and why that is not one; None where the server just says nothing."""
    for name, value in members.items():
        if name != _ID and value and name.replace("_", "").lower() in ("ticketid", "id"):
            return value, f"its id is named {name!r}, not {_ID!r}"
    told = error_in(members)
    return None if told is None else (None, f"the server says: {told.words or told.kind or 'it is an error'}")


def _loosely(raw: msgspec.Raw) -> Any:
    """Decode an element; a member that cannot be, such as text in another encoding, stays as the bytes that came."""
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
    """Return a member's value as it can be written again: texts of its own members that cannot be are put aside."""
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
    """Read a ticket member by member; what does not decode becomes None and a problem."""
    number: Any = item.get("TicketId")
    id_ = number if type(number) is int else None
    clean: dict[str, Any] = {}
    lost = False
    for info in msgspec.structs.fields(cast("type[msgspec.Struct]", reader.kind)):
        wire = info.encode_name
        nullable = allows_none(info.type) or info.type in (Any, object)
        value = item.get(wire)
        if wire not in item and not info.required:
            continue
        try:
            halves: dict[str, str] = {}
            fit = _writable(value, info.type, wire, halves)
            decoded = msgspec.convert(fit, info.type)
            if getattr(decoded, "year", None) == 1:
                decoded = None
                if not nullable:
                    raise msgspec.ValidationError("is an empty date, and the member must have a value")
            clean[wire] = fit if decoded is not None else None
            problems += (Problem(id_, path, text, NOT_TEXT, position) for path, text in halves.items())
        except (msgspec.ValidationError, RecursionError) as error:
            reason = "is null, and the member must have a value" if value is None else str(error)
            problems.append(Problem(id_, wire, value, reason, position, fatal=not nullable))
            lost = lost or not nullable
            clean[wire] = None
    if lost:
        return None
    ticket: T = msgspec.convert(clean, reader.kind)
    reader.settle([ticket], assume)
    return ticket
