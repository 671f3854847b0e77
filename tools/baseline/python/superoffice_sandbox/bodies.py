from __future__ import annotations
import re
from typing import Annotated, Any, Literal
import msgspec
from .behaviour import Behaviour
from .errors import RefusedError, invalid
from .guard import MAX_BODY
from .media import BodyType, syntax_of
Int32 = Annotated[int, msgspec.Meta(ge=-2 ** 31, le=2 ** 31 - 1)]
MAX_IDS = 10000

def read_ids(content: bytes, kind: BodyType, behaviour: Behaviour) -> list[int]:
    ...

def write(value: Any, media_type: str, shape: Literal['ArrayOfTicket', 'ErrorInfo']) -> bytes:
    ...
