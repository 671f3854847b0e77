"""Tickets of which only some members were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec

from superoffice_api import models
from superoffice_runtime import Model
from superoffice_runtime.fields import Field

from .errors import NotSelectedError
from .select import RawField, hint


class _Partial(Model):
    """Some members of an object; reading another one raises `NotSelectedError`."""

    if not TYPE_CHECKING:  # a type checker shall find a misspelt member

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            raise NotSelectedError(self._why_not(name, self.__struct_fields__))

    def __getitem__(self, name: str | Field | RawField) -> Any:
        """Give a member by its wire name."""
        wire = str(name)
        for attribute, known in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
            if known == wire:
                return getattr(self, attribute)
        raise NotSelectedError(self._why_not(wire, self.__struct_encode_fields__))

    @classmethod
    def _why_not(cls, name: str, selected: tuple[str, ...]) -> str:
        """Say why there is no such member: it was not selected, is spelt otherwise here, or is none."""
        whole = cls._whole()
        spelt = dict(zip(whole.__struct_encode_fields__, whole.__struct_fields__, strict=True))
        names = spelt.values() if selected == cls.__struct_fields__ else spelt.keys()
        if name in names:
            return f"{name!r} was not selected, so its value is not known; selected are {', '.join(selected)}"
        wire = next((wire for wire, attribute in spelt.items() if name in (wire, attribute)), None)
        if wire is None:
            return f"{whole.__name__} has no member {name!r}{hint(name, names)}"
        return f"{name!r} is read as .{spelt[wire]} or as [{wire!r}]"

    def __reduce__(self) -> tuple[Any, ...]:
        values = tuple(getattr(self, name) for name in self.__struct_fields__)
        return _rebuild, (type(self).__name__, type(self).paths(), values)

    @classmethod
    def paths(cls) -> tuple[str, ...]:
        """Give the wire paths that were selected."""
        return ()  # pragma: no cover - every class that is made has its own

    @classmethod
    def _whole(cls) -> type[Model]:
        return Model  # pragma: no cover - as above


if TYPE_CHECKING:
    from superoffice_api.members import TicketMembers

    class _TypedPartial(_Partial, TicketMembers): ...
else:
    _TypedPartial = _Partial


class PartialTicket(_TypedPartial):
    """A ticket of which only some members were asked for.

    It has the attributes of a Ticket that were selected, `ticket_id` always. Reading another one raises
    `NotSelectedError`, an AttributeError: what a server sends for it (null, 0, false or nothing) is no value. Members
    asked for as `RawField` are read by wire name, `ticket["Mood"]`.

    >>> ticket = client.tickets.get_many([1234], select=["Title"])[0]
    >>> ticket
    PartialTicket(ticket_id=1234, title='Cannot access customer portal - Login button not working')
    >>> ticket.priority
    Traceback (most recent call last):
    superoffice.errors.NotSelectedError: 'priority' was not selected, so its value is not known; ...
    """


def partial_type(paths: tuple[str, ...]) -> type[PartialTicket]:
    """Give the class for a selection, made once."""
    made: type[PartialTicket] = _make("PartialTicket", PartialTicket, models.Ticket, paths)
    return made


@lru_cache(maxsize=512)
def _make(name: str, base: type[_Partial], whole: type[Model], paths: tuple[str, ...]) -> Any:
    """Make a Struct with the members that paths name; a nested path makes a nested Struct."""
    hints = get_type_hints(whole)
    wires = dict(zip(whole.__struct_encode_fields__, whole.__struct_fields__, strict=True))
    nested: dict[str, list[str]] = {}
    for path in paths:
        head, _, rest = path.partition("/")
        nested.setdefault(head, [])
        if rest:
            nested[head].append(rest)
    members: list[tuple[str, Any, Any]] = []
    for wire, inner in nested.items():
        attribute = wires.get(wire, wire)
        kind: Any = hints[attribute] if wire in wires else Any
        target = _struct_in(kind)
        if inner and target is not None:
            kind = _make(target.__name__, _Partial, target, tuple(inner)) | None
        default: Any = msgspec.field(name=wire) if wire == "TicketId" else msgspec.field(name=wire, default=None)
        members.append((attribute, kind, default))
    namespace: dict[str, Any] = {"paths": classmethod(lambda _: paths), "_whole": classmethod(lambda _: whole)}
    namespace["__doc__"] = base.__doc__
    return msgspec.defstruct(
        name, members, bases=(base,), namespace=namespace, module=__name__, kw_only=True, frozen=True, gc=False
    )


def _struct_in(kind: Any) -> type[Model] | None:
    """Find the nested object in a member's type; None in a plain value and in a map, whose entries are kept whole."""
    options: Iterable[Any] = getattr(kind, "__args__", (kind,)) if not hasattr(kind, "__origin__") else ()
    return next((option for option in options if isinstance(option, type) and issubclass(option, Model)), None)


def _rebuild(name: str, paths: tuple[str, ...], values: tuple[Any, ...]) -> _Partial:
    """Unpickle; a nested object's class is found by its name among the models."""
    whole = name == "PartialTicket"
    kind = partial_type(paths) if whole else _make(name, _Partial, getattr(models, name), paths)
    made: _Partial = kind(**dict(zip(kind.__struct_fields__, values, strict=True)))
    return made
