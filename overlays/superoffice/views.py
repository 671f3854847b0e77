"""Projections: classes of a user's own with some fields of a ticket, and the tickets of a selection."""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Union, dataclass_transform, get_args, get_origin, get_type_hints

import msgspec

from superoffice_api import models
from superoffice_runtime import Model, OpenStrEnum
from superoffice_runtime.fields import Field

from .errors import NotSelectedError, ProjectionError
from .select import FIELDS, RawField, hint


def _wires(known: Mapping[str, Field]) -> dict[str, str]:
    nested = [_wires(field.members) for field in known.values() if field.members]
    return dict(pair for each in (*nested, {f.attribute: f.path for f in known.values()}) for pair in each.items())


_WIRE: Final = _wires(FIELDS)


def _may_be_none(kind: Any) -> bool:
    if isinstance(kind, str):
        kind = ast.parse(kind.strip(), mode="eval").body
    if isinstance(kind, ast.BinOp):
        return _may_be_none(kind.left) or _may_be_none(kind.right)
    if not isinstance(kind, ast.expr):
        return takes_none(kind)
    inner = kind.slice if isinstance(kind, ast.Subscript) else None
    outer = ast.unparse(kind.value if isinstance(kind, ast.Subscript) else kind).rpartition(".")[2]
    if outer == "Union":
        return any(map(_may_be_none, inner.elts if isinstance(inner, ast.Tuple) else [inner]))
    return outer in ("None", "Any", "object", "Optional")


def _defaulted(given: Any) -> Any:
    none = msgspec.NODEFAULT
    if getattr(given, "default", None) is none and getattr(given, "default_factory", None) is none:
        return msgspec.field(name=given.name, default=None)
    return given


class _ViewMeta(msgspec.StructMeta):
    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        for attribute, kind in namespace.get("__annotations__", {}).items():
            if _may_be_none(kind):
                # Servers may leave out what is null; a field that may be None need not be there.
                namespace[attribute] = _defaulted(namespace.get(attribute))
        options.setdefault("kw_only", True)
        made: Any = super().__new__(cls, name, bases, namespace, **options)
        if any(base.__name__ == "TicketView" and base.__module__ == __name__ for base in made.__mro__[1:]):
            _check(made, models.Ticket, FIELDS)
        return made


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class View(Model, frozen=True, kw_only=True, gc=False, metaclass=_ViewMeta, rename=_WIRE.get):
    """Some fields of an object inside a ticket, such as its table right; for use in a `TicketView`."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class TicketView(Model, frozen=True, kw_only=True, gc=False, metaclass=_ViewMeta, rename=_WIRE.get):
    """Base of projections: annotate the fields you want, by Ticket's attributes; `ticket_id` is always there.

    A field typed without None is required: a ticket that has null for it is an error that names both, and has the rest
    of the response. `msgspec.field(name="Title")` renames one. A `View` as a field's type asks for nested fields alone.
    Names and types are compared with the OpenAPI document when the class is made, or, where a type is named that does
    not exist yet, when the class is first used; `ProjectionError` names what does not fit.

    >>> class Brief(TicketView):
    ...     title: str
    ...     priority_name: str | None
    >>> client.tickets.get_many([1234], into=Brief)[0]
    Brief(ticket_id=1234, title='Cannot access customer portal - Login button not working', priority_name='Medium')
    """

    ticket_id: int


def view_paths(view: type[TicketView]) -> tuple[str, ...]:
    """Return the paths that a view asks for; raises `ProjectionError` where it does not fit the OpenAPI document."""
    return _check(view, models.Ticket, FIELDS, final=True)


def _check(
    view: type[Model], whole: type[Model], known: Mapping[str, Field], *, final: bool = False, prefix: str = ""
) -> tuple[str, ...]:
    wires = dict(zip(view.__struct_fields__, view.__struct_encode_fields__, strict=True))
    for attribute, wire in wires.items():
        if wire not in known:
            near = hint(attribute, [field.attribute for field in known.values()])
            near += " For a name of your own, write msgspec.field(name='Title')."
            raise ProjectionError(f"{view.__name__}.{attribute}: there is no such field{near}")
    try:
        hints, wanted = get_type_hints(view), get_type_hints(whole)
    except NameError as error:
        if final:
            raise ProjectionError(f"{view.__name__} names a type that cannot be found: {error}") from None
        return ()
    paths: list[str] = []
    for attribute, wire in wires.items():
        field = known[wire]
        given, there = hints[attribute], wanted[field.attribute]
        nested, inner = _struct(given), _struct(there)
        if nested is not None and issubclass(nested, View):
            if inner is None or field.members is None or field.type.startswith("map of "):
                raise ProjectionError(f"{view.__name__}.{attribute}: {wire} is not an object that a View could be of")
            paths += _check(nested, inner, field.members, final=final, prefix=f"{prefix}{wire}/")
        elif fits(given, there):
            paths.append(prefix + wire)
        else:
            wrong = f"{wire} is {_named(there)}, which {_named(given)} cannot hold"
            raise ProjectionError(f"{view.__name__}.{attribute}: {wrong}")
    return tuple(paths)


def options(kind: Any) -> set[Any]:
    """Return the types that a union has."""
    return set(get_args(kind)) if get_origin(kind) in (Union, types.UnionType) else {kind}


def takes_none(kind: Any) -> bool:
    """Return True for a type of which None is a value."""
    return kind in (Any, object) or type(None) in options(kind)


def _struct(kind: Any) -> type[Model] | None:
    return next((one for one in options(kind) if isinstance(one, type) and issubclass(one, Model)), None)


def fits(given: Any, there: Any) -> bool:
    """Return True where a view may type a field so: as the ticket does, with or without None, or wider."""
    if given is Any or given is object:
        return True
    accepted, wanted = options(there), options(given) - {type(None)}
    if int in accepted:
        accepted.add(float)
    if any(isinstance(kind, type) and issubclass(kind, OpenStrEnum) for kind in accepted):
        accepted.add(str)
    return bool(wanted) and wanted <= accepted


def _named(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind).replace("typing.", "")


class _Partial(Model):
    """Some fields of an object; reading another one raises `NotSelectedError`."""

    _whole = Model  # the class that has all fields; without annotations, these are no fields
    _paths = tuple[str, ...]()  # that were selected

    if not TYPE_CHECKING:  # a type checker is to find a misspelt field

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            raise NotSelectedError(self._why_not(name, self.__struct_fields__))

    def __getitem__(self, name: str | Field | RawField) -> Any:
        wire = str(name)
        for attribute, known in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
            if known == wire:
                return getattr(self, attribute)
        raise NotSelectedError(self._why_not(wire, self.__struct_encode_fields__))

    @classmethod
    def _why_not(cls, name: str, selected: tuple[str, ...]) -> str:
        """Return why there is no such field: it was not selected, has another name here, or does not exist."""
        whole = cls._whole
        spelt = dict(zip(whole.__struct_encode_fields__, whole.__struct_fields__, strict=True))
        names = spelt.values() if selected == cls.__struct_fields__ else spelt.keys()
        if name in names:
            return f"{name!r} was not selected, so its value is not known; selected are {', '.join(selected)}"
        wire = next((wire for wire, attribute in spelt.items() if name in (wire, attribute)), None)
        if wire is None:
            return f"{whole.__name__} has no field {name!r}{hint(name, names)}"
        return f"{name!r} is read as .{spelt[wire]} or as [{wire!r}]"

    def __reduce__(self) -> tuple[Any, ...]:
        values = tuple(getattr(self, name) for name in self.__struct_fields__)
        return _unpickled, (self._whole.__name__, self._paths, values)

    @classmethod
    def paths(cls) -> tuple[str, ...]:
        return cls._paths


if TYPE_CHECKING:
    from superoffice_api.members import TicketMembers

    class _TypedPartial(_Partial, TicketMembers): ...
else:
    _TypedPartial = _Partial


class PartialTicket(_TypedPartial):
    """A ticket of which only some fields were asked for.

    It has the attributes of a Ticket that were selected, `ticket_id` always. Reading another one raises
    `NotSelectedError`, an AttributeError: what a server sends for it (null, 0, false or nothing) is not a value. Fields
    asked for as `RawField` are read by the API's name, `ticket["Mood"]`.

    >>> ticket = client.tickets.get_many([1234], select=["Title"])[0]
    >>> ticket
    PartialTicket(ticket_id=1234, title='Cannot access customer portal - Login button not working')
    >>> ticket.priority
    Traceback (most recent call last):
    superoffice.errors.NotSelectedError: 'priority' was not selected, so its value is not known; ...
    """


def partial_type(paths: tuple[str, ...]) -> type[PartialTicket]:
    """Return the class for a selection, made once."""
    return _make(models.Ticket, paths)


@lru_cache(maxsize=512)
def _make(whole: type[Model], paths: tuple[str, ...]) -> type[Any]:
    hints = get_type_hints(whole)
    wires = dict(zip(whole.__struct_encode_fields__, whole.__struct_fields__, strict=True))
    nested: dict[str, list[str]] = {}
    for path in paths:
        head, _, rest = path.partition("/")
        nested.setdefault(head, []).extend([rest] if rest else [])
    fields: list[tuple[str, Any, Any]] = []
    for wire, inner in nested.items():
        attribute = wires.get(wire, wire)
        kind: Any = hints[attribute] if wire in wires else Any
        target = _struct(kind)
        if inner and target is not None:
            kind = _make(target, tuple(inner)) | None
        default: Any = msgspec.field(name=wire) if wire == "TicketId" else msgspec.field(name=wire, default=None)
        fields.append((attribute, kind, default))
    base, name = (PartialTicket, "PartialTicket") if whole is models.Ticket else (_Partial, whole.__name__)
    namespace = {"_paths": paths, "_whole": whole, "__doc__": base.__doc__}
    return msgspec.defstruct(
        name, fields, bases=(base,), namespace=namespace, module=__name__, kw_only=True, frozen=True, gc=False
    )


def _unpickled(whole: str, paths: tuple[str, ...], values: tuple[Any, ...]) -> _Partial:
    kind = _make(getattr(models, whole), paths)
    made: _Partial = kind(**dict(zip(kind.__struct_fields__, values, strict=True)))
    return made
