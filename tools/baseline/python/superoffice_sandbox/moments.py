from __future__ import annotations
from datetime import UTC, datetime, timedelta, timezone, tzinfo
import attrs
from .behaviour import Behaviour
from .errors import invalid
from .store import FIELDS, Row
from .zones import code_of, find_zone

@attrs.frozen
class Clock:
    behaviour: Behaviour
    asked: str | None
    with_offset: bool

    @property
    def code(self) -> str:
        ...

    def write(self, ticket: Row) -> Row:
        ...

def clock_for(header: str | None, behaviour: Behaviour) -> Clock:
    ...
