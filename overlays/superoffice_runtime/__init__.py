"""What emitted code stands on: requests, responses, operations, models. It knows no endpoint and does no I/O."""

from ._model import Model, OpenStrEnum
from ._operation import Operation, Request, Response, build_request, read_nothing, repeated, segment, text
from .media import encode_body, json_content

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
]
