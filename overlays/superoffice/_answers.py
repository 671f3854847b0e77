"""Answers that hold no result, as errors that say what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from superoffice_api.models import ErrorInfo
from superoffice_runtime import Response, json_content

from .errors import (
    PROXY_ADVICE,
    AuthenticationError,
    EndpointNotFoundError,
    ErrorInSuccessError,
    InvalidResponseError,
    MediaTypeError,
    PermissionDeniedError,
    RateLimitedError,
    RequestRejectedError,
    ResponseError,
    ServerError,
    WrongHostError,
)
from .retries import parse_retry_after

if TYPE_CHECKING:
    from superoffice_runtime.shapes import Shape

    from ._exchange import Outgoing

_KINDS: dict[int, tuple[type[ResponseError], str]] = {
    401: (AuthenticationError, "did not accept the sign-in"),
    403: (PermissionDeniedError, "does not allow this to the user who signed in"),
    404: (EndpointNotFoundError, "has no such endpoint"),
    406: (MediaTypeError, "does not answer in the media type asked for"),
    407: (RequestRejectedError, "asks for a sign-in of its own"),
    415: (MediaTypeError, "does not read the media type sent"),
    421: (WrongHostError, "does not have this tenant"),
    429: (RateLimitedError, "asks for fewer calls"),
}
_UNSIGNED = (
    "give auth=, such as BasicAuth(user, password), or for from_env() and the command line set SUPEROFFICE_USER with "
    "SUPEROFFICE_PASSWORD, or SUPEROFFICE_TOKEN"
)
_EMPTY = "answered with an empty body, not with tickets"
_LOOK_THERE = "look what answers in the server's place, such as a proxy; if it stays, tell its operators"
_SHOWN = 300  # characters of a server's message in a sentence


def refused(response: Response, call: Outgoing) -> ResponseError:
    """Make the error for a status that is no success."""
    info = error_info(response) or ErrorInfo()
    message = info.message or info.error_message
    kind, said = _KINDS.get(response.status, (None, "refused the call"))
    if kind is None:
        kind = ServerError if response.status >= 500 else RequestRejectedError
        said = "failed" if response.status >= 500 else said
        if response.status < 300:
            said = "answered with a status that holds no tickets" if response.content else _EMPTY
        elif response.status < 400:
            said = "sent the call on to another address, which is not followed"
    if response.status == 401 and not call.signed:
        said = "asks for a sign-in, and none was given"
    full = " ".join(text for text in (message, info.message_detail) if text)
    words = f": {_one_line(full)}" if full else ""
    who = "the proxy on the way" if response.status == 407 else "the server"
    error = kind(f"{who} {said} ({response.status}){words}", ids=call.ids)
    if isinstance(error, RateLimitedError):
        error.retry_after = parse_retry_after(response.headers.get("retry-after"))
    elif isinstance(error, AuthenticationError) and not call.signed:
        error.advice = _UNSIGNED
    elif response.status == 407:
        error.advice = PROXY_ADVICE
    elif said is _EMPTY:
        error.advice = _LOOK_THERE
    error.error_type, error.server_message, error.error_source = info.error_type, message, info.error_source
    return error.of_answer(response).of_call(call.method, call.path, call.attempts)


def unreadable(
    response: Response, why: Exception, ids: Sequence[int] = (), what: str = "tickets"
) -> InvalidResponseError:
    """Make the error for a success that does not hold what was asked for."""
    success = f"the server answered {response.status} with"
    content = response.content.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    info = error_info(response)
    message = info and (info.message or info.error_message or info.error_type)
    if info is not None and (message or info.error):
        error: InvalidResponseError = ErrorInSuccessError(
            f"{success} an error: {_one_line(message or 'without a message')}", ids=ids
        )
        error.error_type, error.error_source = info.error_type, info.error_source
        error.server_message = info.message or info.error_message
    elif not content:
        error = InvalidResponseError(f"{success} an empty body, which cannot be read as {what}", ids=ids)
        error.advice = _LOOK_THERE
    elif content.startswith(b"null"):
        error = InvalidResponseError(f"{success} null, which is how it answers some failed calls", ids=ids)
    elif content.startswith(b"<") and "xml" not in response.headers.get("content-type", ""):
        error = InvalidResponseError(f"{success} a page or XML", ids=ids)
        error.advice = "check the site's address: another site's or a proxy's page may stand there"
    else:
        error = InvalidResponseError(
            f"{success} content that cannot be read as {what} ({_one_line(str(why))})", ids=ids
        )
    return error.of_answer(response)


def error_info(response: Response) -> ErrorInfo | None:
    """Read what the server says of a failure, in any media type; None where it says nothing that can be read."""
    try:
        return msgspec.json.decode(json_content(response, "ErrorInfo", _shapes), type=ErrorInfo)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def _shapes() -> Mapping[str, Shape]:
    from superoffice_api.shapes import SHAPES

    return SHAPES


def _one_line(text: str) -> str:
    """Put a server's words into a sentence: on one line, without control characters, not too long."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= _SHOWN else flat[:_SHOWN] + "..."
