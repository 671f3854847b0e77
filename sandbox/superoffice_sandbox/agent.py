"""The ticket agent: reads an authenticated request, and finds and writes its tickets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .behaviour import Behaviour
from .bodies import read_ids
from .dates import date_format_for
from .language import translation_for
from .media import body_type
from .select import apply, default_ticket, parse
from .store import Store


@attrs.frozen
class Result:
    """Tickets (None for each missing one, in that variant) or None, and the time zone of their date-times."""

    tickets: list[dict[str, Any] | None] | None
    zone: str


def get_tickets(
    store: Store, behaviour: Behaviour, headers: Mapping[str, str], select: list[str], content: bytes
) -> Result:
    """Read and write the tickets of a request; `headers` have names in lower case, `select` the values of `$select`."""
    kind = body_type(headers.get("content-type", ""))
    dates = date_format_for(headers.get("so-timezone"), behaviour)
    translation = translation_for(headers)
    ids = read_ids(content, kind, behaviour)
    tree = parse(select, behaviour)
    if not ids and behaviour.no_ids == "null":
        return Result(None, dates.code)
    found = store.get(set(ids))
    made: dict[int, dict[str, Any] | None] = {}
    for number in dict.fromkeys(ids):
        ticket = found.get(number)
        if ticket is None:
            if behaviour.missing == "omit":
                continue
            if behaviour.missing == "null":
                made[number] = None
                continue
            ticket = default_ticket()
        if tree is not None:
            ticket = apply(ticket, tree, behaviour)
        made[number] = translation.write(dates.write(ticket))
    asked = ids if behaviour.duplicates == "repeat" else list(made)
    return Result([made[number] for number in asked if number in made], dates.code)
