from __future__ import annotations
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
import msgspec
from ._messages import Response
if TYPE_CHECKING:
    from .shapes import Shape
    Shapes = Callable[[], Mapping[str, Shape]]

def essence(media_type: str) -> str:
    ...

def encode_body(body: object, content_type: str, shape: str, shapes: Shapes) -> bytes:
    ...

def json_content(response: Response, shape: str, shapes: Shapes) -> bytes:
    ...
