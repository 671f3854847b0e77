from __future__ import annotations
import re
from collections.abc import Mapping
from .errors import InvalidInputError

class SentHeaders(dict[str, str]):

    def __repr__(self) -> str:
        ...

def check_headers(headers: Mapping[str, str]) -> None:
    ...

def can_be_sent(name: str, value: str) -> bool:
    ...
