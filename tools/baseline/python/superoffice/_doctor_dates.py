from __future__ import annotations
import re
from collections.abc import Iterable
from typing import Final
from ._doctor_ask import Answer, Finding
from .select import FIELDS
DATES: Final = [name for name, field in FIELDS.items() if field.type == 'date-time']

def empty(text: object) -> bool:
    ...

def probe_empty_dates(answer: Answer) -> Finding:
    ...

def probe_offsets(without: Answer, with_offset: Answer) -> Finding:
    ...

def probe_no_zone(plain: Answer) -> Finding:
    ...

def probe_form(with_offset: Answer) -> Finding:
    ...

def probe_stamps(utc: Answer, zone: Answer) -> Finding:
    ...
