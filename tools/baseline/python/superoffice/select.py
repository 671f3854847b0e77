from __future__ import annotations
from collections.abc import Iterable
from typing import Final, TypeAlias
import attrs
from superoffice_api.facts import TicketFieldName
from superoffice_api.fields import TicketFields
from superoffice_runtime.fields import Field, fields_of
from .errors import UnknownFieldError
FIELDS: Final = fields_of(TicketFields)

@attrs.frozen
class RawField:
    path: str

    def __attrs_post_init__(self) -> None:
        ...

    def __str__(self) -> str:
        ...
Selectable: TypeAlias = TicketFieldName | Field | RawField

def selected_paths(select: Iterable[Selectable | str]) -> tuple[str, ...]:
    ...

def hint(name: str, names: Iterable[str]) -> str:
    ...
