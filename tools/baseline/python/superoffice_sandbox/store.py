from __future__ import annotations
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from superoffice_api.fields import TicketFields
from superoffice_runtime.fields import fields_of
FIELDS: Final = fields_of(TicketFields)
Row = dict[str, Any]

class StoreError(Exception):
    ...

class Store:

    def __init__(self, path: Path | None=None, first: Iterable[Mapping[str, Any]]=()) -> None:
        ...

    def add(self, tickets: Iterable[Mapping[str, Any]]) -> None:
        ...

    def get(self, ids: Iterable[int]) -> dict[int, Row]:
        ...

    def count(self) -> int:
        ...

    def next_id(self) -> int:
        ...

    def close(self) -> None:
        ...
