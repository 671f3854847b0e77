from ._enums import OpenStrEnum
from ._messages import Request, Response
from ._model import Model
from ._operation import Operation, build_request, read_nothing, repeated, segment, text
from .media import encode_body, json_content
__all__ = ['Model', 'OpenStrEnum', 'Operation', 'Request', 'Response', 'build_request', 'encode_body', 'json_content', 'read_nothing', 'repeated', 'segment', 'text']
