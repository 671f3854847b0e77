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
    tickets: list[dict[str, Any] | None] | None
    zone: str

def get_tickets(store: Store, behaviour: Behaviour, headers: Mapping[str, str], select: list[str], content: bytes) -> Answer:
    ...
