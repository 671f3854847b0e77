"""What emitted code stands on: requests, responses, operations, models. It knows no endpoint and does no I/O."""

from ._enums import OpenStrEnum
from ._messages import Request, Response
from ._model import Model
from ._operation import Operation, build_request, read_nothing, repeated, segment, text
from .media import encode_body, json_content, xml_items

__all__ = [
    "Model",
    "OpenStrEnum",
    "Operation",
    "Request",
    "Response",
    "build_request",
    "encode_body",
    "json_content",
    "read_nothing",
    "repeated",
    "segment",
    "text",
    "xml_items",
]
