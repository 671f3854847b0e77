"""What generated code stands on: requests, responses, operations, models. It knows no endpoint and does no I/O."""

from ._model import Model, OpenStrEnum
from ._operation import AsyncClient, Client, Operation, Request, Response, listed, read_nothing, repeated, text
from .media import encode_body, holds_value, json_content, xml_items

__all__ = [
    "AsyncClient",
    "Client",
    "Model",
    "OpenStrEnum",
    "Operation",
    "Request",
    "Response",
    "encode_body",
    "holds_value",
    "json_content",
    "listed",
    "read_nothing",
    "repeated",
    "text",
    "xml_items",
]
