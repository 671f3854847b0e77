"""How values look where they are not JSON: what XML and forms read and write by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

import msgspec

ARRAY, MAP = "array of ", "map of "
_BOOLS = {"true": True, "1": True, "false": False, "0": False, "": None}
# Python would also take underscores and other scripts' digits, and refuses very many digits.
_INT = re.compile(r"[ \t\r\n]*[-+]?[0-9]{1,4000}[ \t\r\n]*")


class Shape(msgspec.Struct, frozen=True):
    """An object or an array of the OpenAPI document, as XML and forms need to know it.

    A kind is string, int, number, bool, date-time, the name of another shape, or `array of` or `map of` one of these.
    """

    element: str  # its name as the root of an XML document
    members: Mapping[str, str] = {}  # each field's kind, by API name
    items: Mapping[str, str] = {}  # the element of an item or entry of those fields that hold several
    of: str = ""  # the kind of an array's items, which has no fields
    item: str = ""  # the name of their element
    read_only: frozenset[str] = frozenset()  # the fields that only the server sets


def array_of(kind: str, shapes: Mapping[str, Shape]) -> str:
    """Return the kind of an array's items; an empty text for what is not an array."""
    if kind.startswith(ARRAY):
        return kind.removeprefix(ARRAY)
    return shapes[kind].of if kind in shapes else ""


def _read_int(text: str) -> Any:
    if (text.isdecimal() and text.isascii() and len(text) < 10) or _INT.fullmatch(text):  # the first is the faster one
        return int(text)
    return blank_as_none(text)


def read_number(text: str) -> Any:
    """Read a number with decimals."""
    try:
        return float(text) if text.isascii() and "_" not in text else text
    except ValueError:
        return blank_as_none(text)


def read_bool(text: str) -> Any:
    """Read true or false, or 1 or 0."""
    return _BOOLS.get(text.strip().lower(), text)


def blank_as_none(text: str) -> str | None:
    """Return a text as it is; None where there is nothing."""
    return text if text.strip() else None


READERS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "int": _read_int,
    "number": read_number,
    "bool": read_bool,
    "date-time": lambda text: text.strip() or None,
}
"""How each kind of single value is read from text; what is not of its kind stays text, for the decoding to report."""


def text_of(value: object) -> str | None:
    """Write a single value as text; None where it is not a single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else None


def write_form(value: Any, shape: str, shapes: Mapping[str, Shape]) -> bytes:
    """Write an object as a form, an array as its name repeated; what is None is left out, an empty array a blank field.

    Raises ValueError for what a form cannot hold, such as an object inside, or nothing but a blank text in an array.

    >>> write_form({"TicketIds": [439, 829]}, "Ids", {"Ids": Shape("Ids", members={"TicketIds": "array of int"})})
    b'TicketIds=439&TicketIds=829'
    """
    if not isinstance(value, dict):
        raise ValueError(f"A form holds an object, not a {type(value).__name__}.")
    fields: list[tuple[str, str]] = []
    for name, each in cast("dict[str, Any]", value).items():
        if (kind := shapes[shape].members.get(name)) is None:
            raise ValueError(f"{shape} has no field {name!r} in the OpenAPI document.")
        if each is None:
            continue
        several = kind.startswith(ARRAY) and isinstance(each, list)
        items = [text_of(item) for item in cast("list[object]", each if several else [each])]
        if None in items or kind.removeprefix(ARRAY) not in READERS or (several and items == [""]):
            raise ValueError(f"{shape}.{name} holds what a form cannot.")
        fields += [(name, item or "") for item in items or [""]]
    try:
        return urlencode(fields).encode("ascii")
    except UnicodeEncodeError as error:
        raise ValueError(f"{shape} holds half of a surrogate pair, which a form cannot hold.") from error
