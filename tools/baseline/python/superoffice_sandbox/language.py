from __future__ import annotations
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
import attrs
from .store import Row
TEXTS: Final = ('CategoryName', 'CategoryFullname', 'PriorityName', 'TicketStatusDisplayValue', 'TicketTypeName', 'ProjectName', 'SaleHeading')
RESOURCES: Final[Mapping[str, Mapping[str, str]]] = {'SR_SANDBOX_OPEN': {'US': 'Open', 'NO': 'Åpen', 'SW': 'Öppen', 'GE': 'Offen'}, 'SR_SANDBOX_POSTPONED': {'US': 'Postponed', 'NO': 'Utsatt', 'SW': 'Uppskjuten', 'GE': 'Verschoben'}, 'SR_MANDATORY_FIELD_1281': {'US': 'Company name', 'NO': 'Firmanavn', 'SW': 'Företagsnamn', 'FR': 'Nom de société'}, 'SR_SANDBOX_LIMIT': {'US': 'Locked above', 'NO': 'Låst over', 'SW': 'Låst över', 'GE': 'Gesperrt über'}}

def preferences(header: str) -> list[str]:
    ...

@attrs.frozen
class Translation:
    keys: tuple[str, ...]
    culture: str

    def write(self, ticket: Row) -> Row:
        ...

    def text(self, stored: str) -> str:
        ...

def translation_for(headers: Mapping[str, str]) -> Translation:
    ...
