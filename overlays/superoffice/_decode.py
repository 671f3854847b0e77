"""From a response's body to tickets: all at once where nothing is odd, else one by one: no value costs the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import islice
from math import inf
from operator import attrgetter
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from superoffice_api.dates import is_empty, normalize_dates
from superoffice_api.models import Ticket
from superoffice_runtime import Response, xml_items

from ._error_responses import error_in
from .batch import HasTicketId
from .errors import InvalidInputError, ProjectionError
from .problem import NotListed, Problem
from .select import FIELDS, Select, selected_paths
from .transport.redaction import NO_SECRETS, told
from .views import PartialTicket, TicketView, partial_type, takes_none, view_paths

T = TypeVar("T", bound=HasTicketId)
NOT_TEXT: Final = "is not text in UTF-8, or not a number that fits"
_DEEPEST: Final = 100  # levels that a value may have, far from those at which Python gives up
_ID: Final = "TicketId"
_PLAIN: Final = "string", "int32", "boolean", "date-time"  # types whose values an empty ticket leaves empty
_HALF: Final = re.compile("[\ud800-\udfff]")  # of a surrogate pair: no text in UTF-8 has it
# A name in JSON that tells of a failure; nearly all tickets have something of their own, so that it is seldom sought.
_TELLS: Final = re.compile(
    rb'(?i)"(?=[^"\\]*+"\s*+:)(?:[^"\\]*(?:error|fault|exception|message|msg|detail|modelstate)|(?-i:title)")'
)
_TEXT: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_PACE: Final = 2_000_000  # bytes that are read in a second, at the least
_LONGEST: Final = 200  # characters of the path to a value
_ODD: Final = ValueError, RecursionError  # msgspec's errors are ValueErrors


class Bounds:
    """How much a response may hold for a number of ids; a full ticket with 200 fields of its own has 2,500 `values`.

    `bytes` are so few that whatever stands in them is soon read. `values` are objects, arrays, and what has a comma
    before it. Past `problems`, those that cost no ticket are only counted.
    """

    def __init__(self, ids: int) -> None:
        self.ids = ids
        self.bytes = (32 + ids) * 256 * 1024
        self.elements = 100 + 2 * ids
        self.values = 20_000 + 3_000 * ids
        self.problems = 1_000 + 20 * ids

    def check(self, response: Response) -> None:
        """Raise ValueError for what would take far more time or memory than it has bytes, before any of it is made."""
        content = response.content
        if not xml_items(response):
            self.check_json(content)
        # Elements without their ends, and attributes, of which long texts may have the sign too.
        elif max(content.count(b"<") - content.count(b"</"), content.count(b"=") - len(content) // 32) > self.values:
            self._refuse(self.values, "values")

    def check_json(self, content: bytes) -> None:
        """Do it for JSON; what was in another charset is checked again in its own."""
        if len(content) <= 2 * self.values:  # as nearly always; the smallest values have two bytes
            return
        marks = _marks(content)
        if marks > self.values:  # unless these stand in texts, of which each value has one or two
            texts = islice(_TEXT.finditer(content), 2 * self.values)
            if marks - sum(_marks(content, *text.span()) for text in texts) > self.values:
                self._refuse(self.values, "values")
        count = 0
        with suppress(*_ODD):  # which is told of where it is read
            count = len(msgspec.json.decode(content, type=list[msgspec.Raw]))
        self.check_elements(count)

    def check_elements(self, count: int) -> None:
        """Raise ValueError for more tickets, or what stands in their places, than an honest server sends."""
        if count > self.elements:
            self._refuse(self.elements, "elements")

    def _refuse(self, most: int, what: str) -> None:
        raise ValueError(f"it holds more than {most:,} {what}, where {self.ids:,} tickets were asked for")


def _marks(content: bytes, *within: int) -> int:
    return sum(content.count(mark, *within) for mark in (b"{", b"[", b","))


class Reader(Generic[T]):
    """How the tickets of one call are asked for and read. Made once for each selection or class.

    `select` None asks for everything. `dates` are what `normalize_dates` looks at, and `loose` the attributes that take
    any value. `own` has the attributes, by API name, that an empty ticket leaves empty; nearly each has that of `sign`.
    """

    def __init__(
        self,
        kind: type[T],
        select: tuple[str, ...] | None,
        dates: type | Mapping[str, bool] = Ticket,
        loose: Sequence[str] = (),
    ) -> None:
        self.kind: Any = kind  # a class is hashable, which mypy does not see of a union
        self.select = select
        self.dates = dates
        self.loose = loose
        of_list: Any = GenericAlias(list, kind)  # known only at run time
        self.decode: Callable[[bytes], list[T]] = msgspec.json.Decoder(of_list).decode
        self.decode_one: Callable[[bytes | msgspec.Raw], T] = msgspec.json.Decoder(kind).decode
        struct = cast("type[msgspec.Struct]", kind)
        names = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
        own = [wire for wire in names if wire != _ID and (wire not in FIELDS or FIELDS[wire].type in _PLAIN)]
        self.own = {wire: names[wire] for wire in own}
        first = self.own.get("CreatedAt") or next(iter(self.own.values()), "ticket_id")
        self.sign: Callable[[T], object] = attrgetter(first)

    def is_bare(self, ticket: T) -> bool:
        """Return whether nothing of a ticket came but its id; empty tickets have rights and enumerations too."""
        return not any(getattr(ticket, name) for name in self.own.values())

    def is_sound(self, tickets: Sequence[T], assume: tzinfo | None) -> bool:
        """Normalize dates; return False where a field that must have a value has none, or one cannot be written."""
        return (
            normalize_dates(tickets, assume, self.dates)
            and not any(unwritable(getattr(ticket, name)) for name in self.loose for ticket in tickets)
            and 0 not in [ticket.ticket_id for ticket in tickets]
        )


WHOLE: Final = Reader(Ticket, None)


def reader_for(select: Select | None = None, into: Any = None) -> Reader[Any]:
    if select is not None and into is not None:
        raise InvalidInputError("give select= or into=, not both: a class already says which fields it wants")
    if select is not None:
        return _reader_of(partial_type(selected_paths(select)))
    if into is None or into is Ticket:
        return WHOLE
    if isinstance(into, type) and issubclass(into, TicketView | Ticket):
        return _reader_of(into)
    raise ProjectionError(f"into= takes a subclass of TicketView or of Ticket, not {into!r}")


@lru_cache(maxsize=512)
def _reader_of(kind: type[PartialTicket | TicketView | Ticket]) -> Reader[Any]:
    select = None if issubclass(kind, Ticket) else view_paths(kind) if issubclass(kind, TicketView) else kind.paths()
    fields = msgspec.structs.fields(kind)
    known = {name: field.attribute for name, field in FIELDS.items() if field.type == "date-time"}
    dates = {
        info.name: takes_none(info.type)
        for info in fields
        if info.encode_name in known and info.type not in (Any, object)  # what takes anything is given what came
    }
    all_dates = dates == dict.fromkeys(known.values(), True)
    loose = [info.name for info in fields if takes_anything(info.type)]
    return Reader(kind, select, Ticket if all_dates else dates, loose)


@lru_cache(maxsize=256)  # it takes long to work out whether each may be None
def _fields_of(kind: Any) -> list[tuple[msgspec.structs.FieldInfo, bool]]:
    return [(info, takes_none(info.type)) for info in msgspec.structs.fields(kind)]


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
                if not each.isascii() and _HALF.search(each):
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
    return f"is nested more than {_DEEPEST} deep"


def read_tickets(
    content: bytes,
    reader: Reader[T],
    assume: tzinfo | None,
    bounds: Bounds,
    *,
    ends: float = inf,
    clean: Callable[[str], str] = NO_SECRETS,
    written: Callable[[], Sequence[Any]] | None = None,
) -> tuple[list[T], list[Problem]]:
    """Return every ticket of a response's JSON that can be read, and the problems, in clean words.

    Where the response was not JSON, `written` returns its elements with what the OpenAPI document does not know.
    Raises ValueError where the body is not an array, or holds more than its bounds, and TimeoutError where reading it
    does not end in time, on the monotonic clock.
    """
    bounds.check_json(content)
    hurry = time.monotonic() + len(content) / _PACE > ends
    try:
        tickets = [] if hurry else reader.decode(content)
        if not hurry and len(tickets) <= bounds.elements and reader.is_sound(tickets, assume):
            whole = all(map(reader.sign, tickets)) or not any(map(reader.is_bare, tickets))
            if whole or not (written or _TELLS.search(content)):
                return tickets, []
    except _ODD:
        pass  # the odd ticket is looked for below
    page = _OddPage(reader, assume, bounds)
    tickets = page.read(content, written, ends if hurry else inf)
    return tickets, told(page.problems, clean)


class _OddPage(Generic[T]):
    def __init__(self, reader: Reader[T], assume: tzinfo | None, bounds: Bounds) -> None:
        self._reader = reader
        self._assume = assume
        self._bounds = bounds
        self._more = 0
        self.problems: list[Problem] = []

    def read(self, content: bytes, written: Callable[[], Sequence[Any]] | None, ends: float) -> list[T]:
        elements = _elements(content, hurry=ends < inf)
        self._bounds.check_elements(len(elements))
        said = written() if written else [None] * len(elements)
        tickets: list[T] = []
        for self._position, (element, as_written) in enumerate(zip(elements, said, strict=True)):
            if time.monotonic() > ends or (ends < inf and len(element) > Bounds(1).bytes):
                raise TimeoutError
            if (ticket := self._read_one(element, as_written)) is not None:
                tickets.append(ticket)
        if self._more:
            self.problems.append(NotListed(None, None, self._more, "values that did not decode", self._position))
        return tickets

    def _note(self, id_: int | None, member: str | None, value: object, reason: str, *, fatal: bool = False) -> None:
        if fatal or member == _ID or len(self.problems) < self._bounds.problems:
            self.problems.append(Problem(id_, member, value, reason[:_LONGEST], self._position, fatal))
        else:
            self._more += 1

    def _read_one(self, element: Any, written: Any) -> T | None:
        """Read one element; None where it is not a ticket, or where a field that must have a value has none."""
        item = element
        if isinstance(element, msgspec.Raw):
            with suppress(*_ODD):  # the odd field is looked for below
                ticket = self._reader.decode_one(element)
                if self._reader.is_sound([ticket], self._assume) and not self._reader.is_bare(ticket):
                    return ticket
            try:
                item = _loosely(element)
            except _ODD as error:
                self._note(None, None, None, str(error), fatal=True)
                return None
        members = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        number = members.get(_ID)
        has_id = number not in (None, 0)
        id_ = number if has_id and type(number) is int else None
        own = [value for wire, value in members.items() if value and wire in self._reader.own]
        bare = all(isinstance(value, str) and value.startswith("0001-01-0") for value in own)  # as an empty date may
        if (bare or not has_id) and (why := _why_none(written or members, has_id)) is not None:
            self._note(id_, _ID, *why)
        elif has_id:
            return self._salvage(id_, members)
        elif not isinstance(item, dict | None):
            self._note(None, None, item, "is not a ticket", fatal=True)
        return None

    def _drop_halves(self, id_: int | None, path: str, value: object) -> None:
        members = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        for name, inner in members.items():
            inside = f"{path}/{name[:_LONGEST]}"[:_LONGEST]
            if isinstance(inner, str) and _HALF.search(inner) and not _HALF.search(name):
                self._note(id_, inside, inner, NOT_TEXT)
                members[name] = None
            self._drop_halves(id_, inside, inner)

    def _salvage(self, id_: int | None, item: dict[str, Any]) -> T | None:
        clean: dict[str, Any] = {}
        lost = False
        for info, nullable in _fields_of(self._reader.kind):
            wire = info.encode_name
            if wire not in item and not info.required:
                continue
            value = clean[wire] = item.get(wire)
            try:
                wrong = NOT_TEXT if isinstance(value, bytes) else unwritable(value)
                if wrong == NOT_TEXT and not isinstance(value, bytes):
                    self._drop_halves(id_, wire, value)
                    wrong = unwritable(value)
                if wrong:
                    raise ValueError(wrong)
                decoded = msgspec.convert(value, info.type)
                if isinstance(decoded, datetime) and is_empty(decoded):
                    clean[wire] = None
                    if not nullable:
                        raise ValueError("is an empty date, and the field must have a value")
            except _ODD as error:
                clean[wire] = None
                reason = "is null, and the field must have a value" if value is None else str(error)
                self._note(id_, wire, value, reason, fatal=not nullable)
                lost = lost or not nullable
        if lost:
            return None
        ticket: T = msgspec.convert(clean, self._reader.kind)
        normalize_dates([ticket], self._assume, self._reader.dates)
        return ticket


def _elements(content: bytes, *, hurry: bool) -> Sequence[Any]:
    try:
        return msgspec.json.decode(content, type=list[msgspec.Raw])
    except _ODD as error:
        said = str(error)
    import json  # which only what is odd needs

    if hurry:
        raise TimeoutError
    with suppress(*_ODD):  # half of a surrogate pair, NaN, or a control character, which Python's own takes
        return msgspec.convert(json.loads(content.decode(), strict=False), list[Any])
    raise ValueError(said)  # out here, without errors that hold what came


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


def _loosely(raw: msgspec.Raw, *, fields: bool = True) -> Any:
    """Decode an element; a field that cannot be, such as text in another encoding, stays as the bytes that came."""
    try:
        return msgspec.json.decode(raw)
    except _ODD:
        if not fields:
            return bytes(raw)
    members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    return {name: _loosely(value, fields=False) for name, value in members.items()}
