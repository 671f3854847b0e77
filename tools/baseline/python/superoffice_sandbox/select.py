from __future__ import annotations
from collections.abc import Iterable, Mapping
from typing import Any, cast
from superoffice_runtime.fields import Field
from .behaviour import Behaviour
from .errors import invalid
from .store import FIELDS, Row
KEY = 'TicketId'
Tree = dict[str, 'Tree | None']

def default_of(field: Field) -> Any:
    ...

def default_ticket() -> Row:
    ...

def parse(values: Iterable[str], behaviour: Behaviour) -> Tree | None:
    ...

def apply(ticket: Row, tree: Tree, behaviour: Behaviour) -> Row:
    ...
