from __future__ import annotations
import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any
import msgspec
from .batch import HasTicketId

def json_lines(tickets: Iterable[HasTicketId]) -> bytes:
    ...

def csv_lines(tickets: Iterable[HasTicketId], *, safe: bool) -> str:
    ...

def csv_head(kind: type[Any]) -> str:
    ...
