"""Bodies in the OpenAPI document's media types: everything becomes JSON inside, so that there is one way to decode."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ._model import plain
from ._operation import Response, in_utf8

if TYPE_CHECKING:
    from .shapes import Shape

    Shapes = Callable[[], Mapping[str, Shape]]


def essence(media_type: str) -> str:
    """Return a media type without its parameters, in small letters."""
    return media_type.partition(";")[0].strip().lower()


def _is_xml(media_type: str) -> bool:
    return essence(media_type).endswith(("/xml", "+xml"))


def holds_value(content_type: str) -> bool:
    """Return whether content is read as a value; else it is bytes.

    >>> holds_value("application/json; charset=utf-8"), holds_value("image/png")
    (True, False)
    """
    return essence(content_type).endswith(("/json", "+json", "/xml", "+xml"))


def encode_body(
    body: object, content_type: str, *, of: Any, shape: str, shapes: Shapes, read_only: bool = False
) -> bytes:
    """Write a request's body in a media type; `shapes` returns the OpenAPI document's table.

    Fields that are not set, and with `read_only` those that only the server sets, are left out. Raises ValueError for a
    body that is not of the type `of`.

    >>> encode_body({"Name": "Rex"}, "application/json", of=dict[str, str], shape="Pet", shapes=dict)
    b'{"Name":"Rex"}'
    """
    try:  # a type checker may not have looked at it, and at its fields
        msgspec.convert(body, of)
        if not isinstance(body, bytes):
            msgspec.convert(msgspec.to_builtins(body), of)
    except msgspec.ValidationError as error:
        raise ValueError(f"its body is not of the type {getattr(of, '__name__', of)}: {error}") from None
    if read_only:
        body = plain(body, True, shapes())
    if content_type == "application/json":  # as nearly always
        return msgspec.json.encode(body)
    if _is_xml(content_type):
        from .xml import write_xml

        return write_xml(msgspec.to_builtins(body), shape, shapes())
    if essence(content_type) == "application/x-www-form-urlencoded":
        from .shapes import write_form

        return write_form(msgspec.to_builtins(body), shape, shapes())
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


def json_content(response: Response, shape: str, shapes: Shapes) -> bytes:
    r"""Return a response's body as JSON in UTF-8, without a byte order mark, from the media type and charset it names.

    Date-times are as `within_second` leaves them. Raises ValueError for a body that is not XML, though its type is.

    >>> json_content(Response(200, {"content-type": "application/json; charset=latin-1"}, b'"caf\xe9"'), "Pet", dict)
    b'"caf\xc3\xa9"'
    """
    content_type = response.headers.get("content-type", "")
    if _is_xml(content_type):
        from .xml import read_xml

        content = msgspec.json.encode(read_xml(response.content, shape, shapes()))
    else:
        content = in_utf8(response.content, content_type)
    if content.rfind(b".999999") < 0:  # as nearly always; Python searches fastest from the end
        return content
    kinds = (pair for known in shapes().values() for pair in known.members.items())
    return within_second(content, (name for name, kind in kinds if kind == "date-time"))


def xml_items(response: Response) -> Callable[[], list[Any]] | None:
    """Return what reads an array's items with what the OpenAPI document does not know; None where it is not XML.

    >>> read = xml_items(Response(200, {"content-type": "text/xml"}, b"<Pets><Pet><Mood>4</Mood></Pet><Error/></Pets>"))
    >>> read and read()
    [{'Mood': '4'}, {'Error': True}]
    """
    if not _is_xml(response.headers.get("content-type", "")):
        return None
    from .xml import read_items

    return lambda: read_items(response.content)


def within_second(content: bytes, names: Iterable[str]) -> bytes:
    """Write 0 for what follows a fraction's sixth digit where msgspec would round up, in these fields.

    .NET's greatest date, 9999-12-31T23:59:59.9999999, has no next second.

    >>> within_second(b'{"At": "2024-12-31T23:59:59.9999999Z"}', ["At"])
    b'{"At": "2024-12-31T23:59:59.9999990Z"}'
    """
    members = b"|".join(re.escape(name.encode()) for name in dict.fromkeys(names))
    before = re.compile(rb'"(?:%b)"\s*:\s*"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\Z' % members)

    def down(match: re.Match[bytes]) -> bytes:
        at = match.start()
        is_date = before.search(content, max(0, at - 256), at)  # where its name and the rest of the date-time stand
        return b".999999" + b"0" * (len(match[0]) - 7) if is_date else match[0]

    return re.sub(rb"\.999999[5-9][0-9]*", down, content)
