"""Tickets from a JSON or CSV file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from superoffice_runtime.fields import Field

from .behaviour import no_such
from .store import FIELDS, Row, Store

_NAMES = {name.casefold(): name for name in FIELDS}
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_INT32 = 2**31


class LoadError(Exception):
    """The file cannot be read as tickets; the message tells where and why."""


def load(file: Path, store: Store) -> int:
    """Put all tickets of a file, or none, into a store, in place of those with the same ids; return their number.

    JSON: an array of objects. CSV: a first line of names, a ticket a line, nested objects as JSON, blank for null.
    Names are those of the API, in any case.

    Raises:
        LoadError: The file does not have this form.
    """
    try:
        tickets = list(_csv(file) if file.suffix.lower() == ".csv" else _json(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LoadError(f"{file}: {error}") from None
    store.add(tickets)
    return len(tickets)


def _json(file: Path) -> Iterator[Row]:
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{file}: not JSON: {error}") from None
    if not isinstance(content, list):
        raise LoadError(f"{file}: it must be an array of tickets")
    tickets: list[Any] = content  # pyright: ignore[reportUnknownVariableType]  - decoded JSON
    for place, given in enumerate(tickets, 1):
        where = f"{file}: ticket {place}"
        if not isinstance(given, dict):
            raise LoadError(f"{where}: not an object")
        yield _ticket(cast("Row", given), where, lambda value, _: value)


def _csv(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        for row in reader:
            where = f"{file}: line {reader.line_num}"
            if None in row or None in row.values():
                raise LoadError(f"{where}: it must have as many values as the first line has names")
            yield _ticket(row, where, _from_text)


def _ticket(given: Mapping[str, Any], where: str, convert: Callable[[Any, Field], Any]) -> Row:
    ticket: Row = {}
    for name, value in given.items():
        known = _NAMES.get(name.strip().casefold())
        if known is None:
            raise LoadError(f"{where}: {no_such('a ticket', name, FIELDS)}")
        try:
            ticket[known] = convert(value, FIELDS[known])
        except ValueError:
            ticket[known] = value
        if not fits(ticket[known], FIELDS[known]):
            raise LoadError(f"{where}: {known} must be of type {FIELDS[known].type} (got {value!r})")
    if ticket.get("TicketId") is None:
        raise LoadError(f"{where}: TicketId is missing")
    return ticket


def _nested(field: Field) -> bool:
    return field.members is not None or field.type.startswith("map of ")


def _from_text(text: str, field: Field) -> Any:
    if field.type == "int32":
        return int(text) if text else None
    if field.type == "boolean":
        return _TRUTH.get(text.strip().lower(), text or None)
    if _nested(field):
        return json.loads(text) if text else None
    return text or None


def fits(value: Any, field: Field) -> bool:
    """Return True if a field of a ticket may have this value, as JSON has it."""
    if value is None:
        return True
    if field.type == "int32":
        return type(value) is int and -_INT32 <= value < _INT32
    return isinstance(value, bool if field.type == "boolean" else dict if _nested(field) else str)
