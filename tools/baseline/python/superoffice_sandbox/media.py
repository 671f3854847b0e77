from __future__ import annotations
import re
from typing import Final, Literal, NamedTuple, TypeAlias
from superoffice_api.api.ticket.get_tickets import get_tickets
from .errors import RefusedError
REQUEST_TYPES: Final = get_tickets.content_types
RESPONSE_TYPES: Final = get_tickets.accepts
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
