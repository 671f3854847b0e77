"""Read the forms of requests, `TicketIds=439&TicketIds=829`, in every spelling that servers take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl

from superoffice_runtime.shapes import ARRAY, READERS, Shape

MAX_FIELDS = 100_000
_NAME = re.compile(r"([^\[\]]*)(?:\[([0-9]{0,9})\])?")


def read_form(content: bytes, shape: str, shapes: Mapping[str, Shape], *, max_fields: int = MAX_FIELDS) -> Any:
    """Read a form as the value that JSON would give.

    Names match in any case, those that the table does not know are left out. An array may come as its name repeated,
    with `[]` or with `[0]`, `[1]` and so on, whose order counts then; numbers also joined by commas. What is not of its
    kind stays text, for the decoding to report; of a single value that comes twice the last counts. Raises ValueError
    for bytes that are not UTF-8, or for too many fields.

    >>> read_form(b"ids[1]=829&ids[0]=439", "Ids", {"Ids": Shape("Ids", members={"Ids": "array of int"})})
    {'Ids': [439, 829]}
    """
    if content.count(b"&") >= max_fields:
        raise ValueError(f"The form has more than {max_fields:,} fields.")
    try:
        fields = parse_qsl(content.decode("utf-8-sig"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError("The form is not in UTF-8.") from error
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
