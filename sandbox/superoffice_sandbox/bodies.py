"""Bodies: read the ids of a request, write the body of a response."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

from .behaviour import Behaviour
from .errors import RefusedError, invalid
from .guard import MAX_BODY
from .media import BodyType, syntax_of

_DECLARATION = re.compile(r"^\ufeff?<\?xml[^>]*\?>")
Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
MAX_IDS = 10_000


def read_ids(content: bytes, kind: BodyType, behaviour: Behaviour) -> list[int]:
    """Read the ids that a request asks for; the case of field names does not matter.

    >>> read_ids(b'{"ticketids": [439]}', BodyType("json", None), Behaviour())
    [439]
    """
    try:
        fields = _fields(content, kind)
        given = next((value for name, value in fields.items() if name.casefold() == "ticketids"), None)
        ids = msgspec.convert(given, list[Int32])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise invalid(f"TicketIds: {error}") from None
    if len(ids) > MAX_IDS:
        raise RefusedError(413, "The request is too large.", f"TicketIds: at most {MAX_IDS} ids a call.")
    if behaviour.invalid_ids == "error" and any(number < 1 for number in ids):
        raise invalid("TicketIds: an id is 1 or more.")
    if not ids and behaviour.no_ids == "error":
        raise invalid("TicketIds: at least one id is needed.")
    return ids


def _fields(content: bytes, kind: BodyType) -> dict[str, Any]:
    if kind.syntax == "json":
        text = content if kind.charset is None else content.decode(kind.charset)
        return msgspec.json.decode(text, type=dict[str, Any])
    from superoffice_api.shapes import SHAPES

    if kind.charset not in (None, "utf-8", "utf8"):  # the header counts more than the XML declaration
        content = _DECLARATION.sub("", content.decode(kind.charset)).encode()
    if kind.syntax == "xml":
        from superoffice_runtime.xml import read_xml

        read: Any = read_xml(content, "GetTicketsRequest", SHAPES, max_bytes=MAX_BODY)
    else:
        from .form import read_form

        read = read_form(content, "GetTicketsRequest", SHAPES)
    return msgspec.convert(read, dict[str, Any])


def write(value: Any, media_type: str, shape: Literal["ArrayOfTicket", "ErrorInfo"]) -> bytes:
    """Write the body of a response."""
    if syntax_of(media_type) == "json":
        return msgspec.json.encode(value)
    from superoffice_api.shapes import SHAPES
    from superoffice_runtime.xml import write_xml

    return write_xml(value, shape, SHAPES, replace="\ufffd")
