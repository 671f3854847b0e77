from __future__ import annotations
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
import msgspec
from superoffice_api.models import ErrorInfo
from superoffice_runtime import Response, json_content
from .errors import AuthenticationError, EndpointNotFoundError, ErrorInSuccessError, InvalidResponseError, MediaTypeError, PermissionDeniedError, RateLimitedError, RequestRejectedError, ResponseError, ServerError, WrongHostError
from .retries import parse_retry_after
if TYPE_CHECKING:
    from superoffice_runtime.shapes import Shape
    from ._exchange import Outgoing

def refused(response: Response, call: Outgoing) -> ResponseError:
    ...

def unreadable(response: Response, why: Exception, ids: Sequence[int]=(), what: str='tickets') -> InvalidResponseError:
    ...

def error_info(response: Response) -> ErrorInfo | None:
    ...
