"""`$select`: which fields of a ticket to ask for, by checked names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from superoffice_api.facts import TicketFieldName
from superoffice_api.fields import TicketFields
from superoffice_runtime.fields import Field, fields_of

from .errors import UnknownFieldError, check_given

FIELDS: Final = fields_of(TicketFields)
_NAMED: Final = FIELDS | {field.attribute: field for field in FIELDS.values()}
_ID: Final = TicketFields.ticket_id.path


@attrs.frozen
class RawField:
    """A field that a newer server has and this version's OpenAPI document does not, by the API's name.

    >>> RawField("Mood").path
    'Mood'
    """

    path: str

    def __attrs_post_init__(self) -> None:
        check_given(str, "a field's name", UnknownFieldError, path=self.path)
        if not all(step.isidentifier() for step in self.path.split("/")):
            raise UnknownFieldError(f"{self.path!r} cannot be a field's name; a name has letters, digits and slashes")

    def __str__(self) -> str:
        return self.path


Select: TypeAlias = Iterable[TicketFieldName | Field | RawField]
"""What `select=` takes: API names, attribute names, fields of `TicketFields` (nested with `/`), or `RawField`s."""


def fields(names: Iterable[str]) -> list[Field]:
    """Return the fields that have these names, for `select=`: for names that are known only at run time.

    A name is the API's or an attribute's, with `/` inside a nested object. Raise `UnknownFieldError` for one that
    Ticket does not have; the error names the nearest one.

    >>> wanted = "title,OwnedByName,table_right/mask".split(",")
    >>> [str(field) for field in fields(wanted)]
    ['Title', 'OwnedByName', 'TableRight/Mask']
    """
    return [_field(name) for name in _several(names=names)]


def selected_paths(select: Select | Iterable[str]) -> tuple[str, ...]:
    """Return the checked paths of what was selected, TicketId first, each once.

    Raises `UnknownFieldError` for a name that Ticket does not have, with the nearest one that it has.

    >>> selected_paths(["title", TicketFields.table_right / "Mask"])
    ('TicketId', 'Title', 'TableRight/Mask')
    """
    several = _several(select=select)
    paths = dict.fromkeys([_ID, *(item.path if isinstance(item, RawField) else _field(item).path for item in several)])
    whole = {path for path in paths if "/" not in path}
    return tuple(path for path in paths if path in whole or path.split("/", 1)[0] not in whole)


def _several(**given: Iterable[Any]) -> Iterable[Any]:
    [(argument, several)] = given.items()
    if isinstance(several, str | Field):
        names = [name.strip() for name in str(several).split(",")]
        raise UnknownFieldError(f"{argument} takes several names, such as {names}, not a single one")
    check_given(Iterable, "several names, such as ['Title']", UnknownFieldError, **given)
    return several


def _field(item: object) -> Field:
    path = item.path if isinstance(item, Field) else item
    if not isinstance(path, str):
        raise UnknownFieldError(f"a field is a name, such as 'Title', or one of TicketFields, not {item!r}")
    step, *inner = path.split("/")
    whole = "Ticket"
    known: Mapping[str, Field] = FIELDS
    try:
        field = _NAMED[step]
        for step in inner:
            whole, known = field.path, field.members or {}
            field /= step
    except KeyError:
        raise UnknownFieldError(f"{whole} has no field {step!r}{hint(step, names_like(step, known))}") from None
    return field


def names_like(name: str, known: Mapping[str, Field]) -> list[str]:
    """Return the names of fields in the style of a name: attributes where it is in lower case, else API names."""
    return [field.attribute if name.islower() else field.path for field in known.values()]


def hint(name: str, names: Iterable[str]) -> str:
    """Return the end of a sentence: the nearest right name, else the names there are if few, else a way out."""
    from difflib import get_close_matches  # for a mistake alone

    known = {known.casefold(): known for known in names}
    near = get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {known[near[0]]!r}?"
    if known and len(known) < 10:
        return f"; it has {', '.join(sorted(known.values()))}"
    return "; for a field that only a newer server has, use RawField"
