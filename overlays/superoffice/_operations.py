"""Any operation of the document through a client: its request, and its answer as the typed result. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from superoffice_runtime import Model, Operation, Request, Response
from superoffice_runtime.media import essence

from ._answers import error_info, refused, unreadable
from ._core import Core
from ._exchange import Outgoing, may_be_done
from .errors import PERHAPS_DONE, InvalidInputError, check_given

T = TypeVar("T")
_SAID = {"error": "Error", "error_type": "ErrorType", "error_message": "ErrorMessage", "message": "Message"}


def outgoing(core: Core, operation: Operation[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Outgoing:
    """Make an operation's request, with the client's locale and media types where the caller gives none."""
    check_given(Operation, "one of superoffice_api.api", InvalidInputError, operation=operation)
    build: Callable[..., Request] = operation.build
    try:
        request = build(*args, **{**core.arguments(operation, core.locale), **kwargs})
    except ValueError as error:  # a step of the path that is none, or a body that XML or a form cannot hold
        raise InvalidInputError(f"{operation.name} cannot be asked for with that: {error}") from error
    return core.outgoing(request, slow=operation.slow_threshold, safe=operation.safe)


def result(operation: Operation[..., T], out: Outgoing, response: Response) -> T:
    """Read an operation's result; raises the error that an answer without one stands for."""
    if not 200 <= response.status < 300:
        error = refused(response, out)
        if response.status == 404:
            error.advice = "check the site's address, and whether there is what the call asked for"
        elif response.status >= 500 and not out.safe and may_be_done(response):
            error.advice = PERHAPS_DONE
        raise error
    try:
        value = operation.decode(response)
        _check(value, operation, response)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise unreadable(response, error, out, f"the result of {operation.name}") from None
    return value


def _check(value: object, operation: Operation[..., Any], response: Response) -> None:
    """Raise ValueError for an error or a page that decodes: an object of which nothing is required takes any."""
    if isinstance(value, bytes):
        given = essence(response.headers.get("content-type", ""))
        if given.endswith(("json", "xml", "html")) and given not in operation.accepts:
            raise ValueError(f"it is {given}, not {' or '.join(operation.accepts)}")
    elif isinstance(value, Model | dict):
        info = error_info(response)
        said = {_SAID[name] for name in _SAID if getattr(info, name, None)}
        if isinstance(value, dict):  # any name may stand in one, so a single one tells nothing
            errs = "Error" in said and len(said) > 1
        else:
            errs = bool(said - set(value.__struct_encode_fields__))
        if errs:
            raise msgspec.ValidationError("it is an error")
