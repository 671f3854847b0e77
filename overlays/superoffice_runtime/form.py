"""Values as forms, `TicketIds=439&TicketIds=829`, by the OpenAPI document's table. Imported only where forms are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from .shapes import ARRAY, READERS, Shape, text_of

MAX_BYTES = 1024 * 1024
MAX_FIELDS = 100_000
_NAME = re.compile(r"([^\[\]]*)(?:\[([0-9]{0,9})\])?")


class FormError(ValueError):
    """The bytes are not a form that is accepted here, or the value cannot be written as a form."""


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
    members = shapes[shape].members
    fields: list[tuple[str, str]] = []
    for name, each in cast("dict[str, Any]", value).items():
        if (kind := members.get(name)) is None:
            raise FormError(f"{shape} has no field {name!r} in the OpenAPI document.")
        if each is None:
            continue
        several = kind.startswith(ARRAY) and isinstance(each, list)
        items = [text_of(item) for item in (cast("list[object]", each) if several else [each])]
        if None in items or kind.removeprefix(ARRAY) not in READERS or (several and items == [""]):
            raise FormError(f"{shape}.{name} holds what a form cannot.")
        fields += [(name, item or "") for item in items or [""]]
    try:
        return urlencode(fields).encode("ascii")
    except UnicodeEncodeError as error:
        raise FormError(f"{shape} holds half of a surrogate pair, which a form cannot hold.") from error


def read_form(
    content: bytes, shape: str, shapes: Mapping[str, Shape], *, max_bytes: int = MAX_BYTES, max_fields: int = MAX_FIELDS
) -> Any:
    """Read a form as the value that JSON would give.

    Names match in any case, those that the table does not know are left out. An array may come as its name repeated,
    with `[]` or with `[0]`, `[1]` and so on, whose order counts then; numbers also joined by commas. What is not of its
    kind stays text, for the decoding to report; of a single value that comes twice the last counts. Raises FormError
    for bytes that are not UTF-8 or go beyond a limit.

    >>> read_form(b"ids[1]=829&ids[0]=439", "Ids", {"Ids": Shape("Ids", members={"Ids": "array of int"})})
    {'Ids': [439, 829]}
    """
    if len(content) > max_bytes:
        raise FormError(f"The form has {len(content):,} bytes; at most {max_bytes:,} are read.")
    if content.count(b"&") >= max_fields:
        raise FormError(f"The form has more than {max_fields:,} fields.")
    try:
        fields = parse_qsl(content.decode("utf-8-sig"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise FormError("The form is not in UTF-8.") from error
    given: dict[str, list[tuple[int, str]]] = {}
    for name, text in fields:
        if found := _NAME.fullmatch(name.strip()):
            # Without a number a field keeps its place, after those that have one.
            given.setdefault(found[1].lower(), []).append((int(found[2] or MAX_FIELDS**2), text))
    value: dict[str, Any] = {}
    for name, kind in shapes[shape].members.items():
        of = kind.removeprefix(ARRAY)
        if of not in READERS or name.lower() not in given:
            continue
        texts = [text for _, text in sorted(given[name.lower()], key=itemgetter(0))]
        if of == kind:
            value[name] = READERS[kind](texts[-1])
        elif of == "string":
            value[name] = [] if texts == [""] else texts
        else:
            value[name] = [READERS[of](part) for text in texts for part in text.split(",") if part.strip()]
    return value
