from __future__ import annotations
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_type_hints
import msgspec
from superoffice_api import models
from superoffice_runtime import Model
from superoffice_runtime.fields import Field
from .errors import NotSelectedError
from .select import RawField, hint

class _Partial(Model):
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            ...

    def __getitem__(self, name: str | Field | RawField) -> Any:
        ...

    def __reduce__(self) -> tuple[Any, ...]:
        ...

    @classmethod
    def paths(cls) -> tuple[str, ...]:
        ...
if TYPE_CHECKING:
    from superoffice_api.members import TicketMembers

    class _TypedPartial(_Partial, TicketMembers):
        ...

class PartialTicket(_TypedPartial):
    ...

def partial_type(paths: tuple[str, ...]) -> type[PartialTicket]:
    ...
