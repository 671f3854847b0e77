"""`$select`: which fields of a ticket to ask for, by checked names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import attrs

from superoffice_api.facts import TicketFieldName
from superoffice_api.fields import TicketFields
from superoffice_runtime.fields import Field, fields_of

from .errors import UnknownFieldError, check_given

FIELDS: Final = fields_of(TicketFields)
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
"""What `select=` takes: names, fields of `TicketFields` (nested with `/`), or `RawField`s."""


def selected_paths(select: Select | Iterable[str]) -> tuple[str, ...]:
    """Return the checked paths of what was selected, TicketId first, each once.

    Raises `UnknownFieldError` for a name that Ticket does not have, with the nearest one that it has.

    >>> selected_paths(["Title", TicketFields.table_right / "Mask"])
    ('TicketId', 'Title', 'TableRight/Mask')
    """
    if isinstance(select, str | Field):
        names = [name.strip() for name in str(select).split(",")]
        raise UnknownFieldError(f"select takes several names, such as {names}, not a single one")
    check_given(Iterable, "several names, such as ['Title']", UnknownFieldError, select=select)
    paths = dict.fromkeys([_ID, *(item.path if isinstance(item, RawField) else _checked(item) for item in select)])
    whole = {path for path in paths if "/" not in path}
    return tuple(path for path in paths if path in whole or path.split("/", 1)[0] not in whole)


def _checked(item: object) -> str:
    path = item.path if isinstance(item, Field) else item
    if not isinstance(path, str):
        raise UnknownFieldError(
            f"select takes names, such as 'Title', and fields, such as TicketFields.title, not {item!r}"
        )
    field = None
    for step in path.split("/"):
        try:
            field = FIELDS[step] if field is None else field / step
        except KeyError:
            whole, known = ("Ticket", FIELDS) if field is None else (field.path, field.members or {})
            raise UnknownFieldError(f"{whole} has no field {step!r}{hint(step, known)}") from None
    return path


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
