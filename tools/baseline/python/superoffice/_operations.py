from __future__ import annotations
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
import msgspec
from superoffice_runtime import Model, Operation, Request, Response
from superoffice_runtime.media import essence
from ._answers import error_info, refused, unreadable
from ._core import Core
from ._exchange import Outgoing, may_be_done
from .errors import PERHAPS_DONE, CallError, InvalidInputError
T = TypeVar('T')

def outgoing(core: Core, operation: Operation[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Outgoing:
    ...

def result(operation: Operation[..., T], out: Outgoing, response: Response) -> T:
    ...
