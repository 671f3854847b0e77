"""Values as forms, `TicketIds=439&TicketIds=829`, by the OpenAPI document's table. Imported only where forms are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

from .shapes import ARRAY, READERS, Shape, text_of


class FormError(ValueError):
    """The value cannot be written as a form."""


def write_form(value: Any, shape: str, shapes: Mapping[str, Shape]) -> bytes:
    """Write an object as a form, an array as its name repeated.

    A field that is None is left out. An empty array is written as a blank field. Raises FormError for what a form
    cannot hold: an object, None or nothing but a blank text in an array, half of a surrogate pair.

    >>> ids = {"Ids": Shape("Ids", members={"TicketIds": "array of int"})}
    >>> write_form({"TicketIds": [439, 829]}, "Ids", ids)
    b'TicketIds=439&TicketIds=829'
    """
    if not isinstance(value, dict):
        raise FormError(f"A form holds an object, not a {type(value).__name__}.")
    fields: list[tuple[str, str]] = []
    for name, each in cast("dict[str, Any]", value).items():
        if (kind := shapes[shape].members.get(name)) is None:
            raise FormError(f"{shape} has no field {name!r} in the OpenAPI document.")
        if each is None:
            continue
        several = kind.startswith(ARRAY) and isinstance(each, list)
        items = [text_of(item) for item in cast("list[object]", each if several else [each])]
        if None in items or kind.removeprefix(ARRAY) not in READERS or (several and items == [""]):
            raise FormError(f"{shape}.{name} holds what a form cannot.")
        fields += [(name, item or "") for item in items or [""]]
    try:
        return urlencode(fields).encode("ascii")
    except UnicodeEncodeError as error:
        raise FormError(f"{shape} holds half of a surrogate pair, which a form cannot hold.") from error
