"""How values look where they are not JSON: what XML and forms read and write by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

ARRAY, MAP = "array of ", "map of "
_SPACE = " \t\r\n"


class Shape(msgspec.Struct, frozen=True):
    """An object or an array of the OpenAPI document, as XML and forms need to know it.

    `element` is its name as the root of an XML document. `members` has each field's kind by API name: string, int,
    number, bool, date-time, the name of another shape, `array of` or `map of` one of these. `items` names the element
    of an item or entry of those fields that hold several. A shape that is an array has no fields: `of` is the kind
    of its items and `item` the name of their element.
    """

    element: str
    members: Mapping[str, str] = {}
    items: Mapping[str, str] = {}
    of: str = ""
    item: str = ""


def array_of(kind: str, shapes: Mapping[str, Shape]) -> str:
    """Return the kind of an array's items; an empty text for what is not an array.

    >>> array_of("array of int", {}), array_of("Pets", {"Pets": Shape("Pets", of="Pet")}), array_of("int", {})
    ('int', 'Pet', '')
    """
    if kind.startswith(ARRAY):
        return kind.removeprefix(ARRAY)
    return shapes[kind].of if kind in shapes else ""


def read_int(text: str) -> Any:
    """Read a whole number: None where there is nothing, the text itself where it is not one.

    >>> read_int(" -7 "), read_int(""), read_int("7 apples")
    (-7, None, '7 apples')
    """
    if text.isdecimal() and text.isascii() and len(text) < 10:
        return int(text)  # as nearly always
    bare = text.strip(_SPACE)
    digits = bare[1:] if bare[:1] in ("-", "+") else bare
    # Python would also take underscores and the digits of other scripts, and refuses to read very many digits.
    if digits.isdecimal() and digits.isascii() and len(digits) < 4000:
        return int(bare)
    return text if bare else None


def read_number(text: str) -> Any:
    """Read a number with decimals: None where there is nothing, the text itself where it is not one."""
    bare = text.strip(_SPACE)
    try:
        return float(bare) if bare.isascii() and "_" not in bare else text
    except ValueError:
        return text if bare else None


def read_bool(text: str) -> Any:
    """Read true or false, or 1 or 0, in any case: None where there is nothing, the text itself where it is neither.

    >>> read_bool("True"), read_bool("0"), read_bool(""), read_bool("maybe")
    (True, False, None, 'maybe')
    """
    bare = text.strip(_SPACE)
    known = {"true": True, "1": True, "false": False, "0": False, "": None}
    return known.get(bare.lower(), text)


def read_date_time(text: str) -> Any:
    """Read a date-time as text: None where there is nothing."""
    return text.strip(_SPACE) or None


READERS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "int": read_int,
    "number": read_number,
    "bool": read_bool,
    "date-time": read_date_time,
}
"""How each kind of single value is read from text. What is not of its kind stays text, for the decoding to report."""


def text_of(value: object) -> str | None:
    """Write a single value as text; None where it is not a single value.

    >>> text_of(True), text_of(7), text_of("a"), text_of([])
    ('true', '7', 'a', None)
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return str(value) if isinstance(value, str) else None
