"""What the ticket agent does with a call that was let in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .behaviour import Behaviour
from .bodies import read_ids
from .language import translation_for
from .media import body_type
from .moments import clock_for
from .select import apply, default_ticket, parse
from .store import Store


@attrs.frozen
class Answer:
    """Tickets, nulls among them where missing ones come so, or null; and the zone in which their date-times stand."""

    tickets: list[dict[str, Any] | None] | None
    zone: str


def get_tickets(
    store: Store, behaviour: Behaviour, headers: Mapping[str, str], select: list[str], content: bytes
) -> Answer:
    """Answer a call; `headers` have names in lower case, `select` are the values of `$select`."""
    kind = body_type(headers.get("content-type", ""))
    clock = clock_for(headers.get("so-timezone"), behaviour)
    translation = translation_for(headers)
    ids = read_ids(content, kind, behaviour)
    tree = parse(select, behaviour)
    if not ids and behaviour.no_ids == "null":
        return Answer(None, clock.code)
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
        made[number] = translation.write(clock.write(ticket))
    asked = ids if behaviour.duplicates == "repeat" else list(made)
    return Answer([made[number] for number in asked if number in made], clock.code)
