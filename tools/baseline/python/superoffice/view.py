from __future__ import annotations
import ast
import types
import typing
from collections.abc import Mapping
from typing import Any, Final, Union, dataclass_transform, get_args, get_origin, get_type_hints
import msgspec
from superoffice_api import models
from superoffice_runtime import Model, OpenStrEnum
from superoffice_runtime.fields import Field
from .errors import ProjectionError
from .select import FIELDS, hint

class _ViewMeta(msgspec.StructMeta):

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        ...

@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class View(Model, frozen=True, kw_only=True, gc=False, metaclass=_ViewMeta, rename=_WIRE.get):
    ...

@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class TicketView(Model, frozen=True, kw_only=True, gc=False, metaclass=_ViewMeta, rename=_WIRE.get):
    ticket_id: int

def view_paths(view: type[TicketView]) -> tuple[str, ...]:
    ...

def options(kind: Any) -> set[Any]:
    ...

def fits(given: Any, there: Any) -> bool:
    ...
