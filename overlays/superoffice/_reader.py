"""What a caller wants tickets to be read as: which members to ask for, and which class to read them into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from functools import lru_cache
from operator import attrgetter
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar, cast

import msgspec
from msgspec.structs import force_setattr

from superoffice_api.dates import settle_ticket_dates
from superoffice_api.models import Ticket
from superoffice_runtime import Model

from .batch import HasTicketId
from .errors import InvalidInputError, ProjectionError
from .partial import partial_type
from .select import FIELDS, selected_paths
from .view import TicketView, view_paths

T = TypeVar("T", bound=HasTicketId)
_DEEPEST: Final = 100  # levels that a value may have, far from those at which Python gives up
NOT_TEXT: Final = "is no text in UTF-8, or no number that fits"
TOO_DEEP: Final = f"is nested more than {_DEEPEST} deep"


class Reader(Generic[T]):
    """How the tickets of one call are asked for and read. Made once for each selection or class.

    `select` are the paths to ask for (None: everything). `decode` reads a whole answer, fast, and raises for anything
    odd; `decode_one` reads one ticket. `own` has the attributes, by wire name, that an empty ticket leaves empty, and
    `sign` gets one of them that nearly each ticket has. `settle` clears empty dates and gives naive ones a zone; it is
    False where a member that must have a value has none, or where one that takes anything cannot be written.
    """

    __slots__ = ("decode", "decode_one", "kind", "own", "select", "settle", "sign")

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
        struct = cast("type[msgspec.Struct]", kind)
        names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
        self.own = {wire: name for name, wire in names if wire != "TicketId" and _is_telling(wire)}
        first = self.own.get("CreatedAt") or next(iter(self.own.values()), "ticket_id")
        self.sign: Callable[[T], object] = attrgetter(first)

    def is_bare(self, ticket: T) -> bool:
        """Whether nothing of a ticket came but its id; rights and enumerations are written for what is empty too."""
        return not any(getattr(ticket, name) for name in self.own.values())


def _is_telling(wire: str) -> bool:
    known = FIELDS.get(wire)
    return known is None or known.type in ("string", "int32", "boolean", "date-time")


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


@lru_cache(maxsize=256)
def members_of(kind: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return the members of a class; msgspec works out their types each time that it is asked."""
    return msgspec.structs.fields(kind)


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
