from __future__ import annotations
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode
from .shapes import ARRAY, READERS, Shape, text_of
MAX_BYTES = 1024 * 1024
MAX_FIELDS = 100000

class FormError(ValueError):
    ...

def write_form(value: Any, shape: str, shapes: Mapping[str, Shape]) -> bytes:
    ...

def read_form(content: bytes, shape: str, shapes: Mapping[str, Shape], *, max_bytes: int=MAX_BYTES, max_fields: int=MAX_FIELDS) -> Any:
    ...
