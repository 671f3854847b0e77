from __future__ import annotations
import re
from typing import Final, Literal, NamedTuple, TypeAlias, get_args
from superoffice_api.facts import RequestMediaType, ResponseMediaType
from .errors import RefusedError
REQUEST_TYPES: Final[tuple[str, ...]] = get_args(RequestMediaType)
RESPONSE_TYPES: Final[tuple[str, ...]] = get_args(ResponseMediaType)
Syntax: TypeAlias = Literal['json', 'xml', 'form']

class BodyType(NamedTuple):
    syntax: Syntax
    charset: str | None

def syntax_of(media_type: str) -> Syntax:
    ...

def body_type(content_type: str) -> BodyType:
    ...

def choose(accept: str | None) -> str | None:
    ...

def answer_type(accept: str | None) -> str:
    ...
