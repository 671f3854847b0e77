"""Bodies in the media types of the document: everything becomes JSON inside, so that there is one way to decode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from ._messages import Response

if TYPE_CHECKING:
    from .shapes import Shape

    Shapes = Callable[[], Mapping[str, Shape]]

_UTF8 = ("", "utf-8", "utf8", "us-ascii")


def essence(media_type: str) -> str:
    """Give a media type without its parameters, in small letters.

    >>> essence("Application/JSON; charset=utf-8")
    'application/json'
    """
    return media_type.partition(";")[0].strip().lower()


def _is_xml(media_type: str) -> bool:
    return essence(media_type).endswith(("/xml", "+xml"))


def encode_body(body: object, content_type: str, shape: str, shapes: Shapes) -> bytes:
    """Write a request's body in a media type; the patch types of the document carry ordinary JSON.

    `shapes` gives the document's table, which is loaded for XML and forms alone.

    >>> encode_body({"Name": "Rex"}, "application/json", "Pet", dict)
    b'{"Name":"Rex"}'
    """
    if _is_xml(content_type):
        from .xml import write_xml

        return write_xml(msgspec.to_builtins(body), shape, shapes())
    if essence(content_type) == "application/x-www-form-urlencoded":
        from .form import write_form

        return write_form(msgspec.to_builtins(body), shape, shapes())
    return msgspec.json.encode(body)


def json_content(response: Response, shape: str, shapes: Shapes) -> bytes:
    r"""Give an answer's body as JSON in UTF-8, without a byte order mark, from the media type and charset it names.

    Raises:
        ValueError: The body is not XML though the answer says so.

    >>> json_content(Response(200, {"content-type": "application/json; charset=latin-1"}, b'"caf\xe9"'), "Pet", dict)
    b'"caf\xc3\xa9"'
    """
    content_type = response.headers.get("content-type", "")
    if _is_xml(content_type):
        from .xml import read_xml

        return msgspec.json.encode(read_xml(response.content, shape, shapes()))
    content = response.content.removeprefix(b"\xef\xbb\xbf")
    charset = content_type.partition("charset=")[2].partition(";")[0].strip(' "').lower()
    if charset.replace("_", "-") in _UTF8:
        return content
    try:
        return content.decode(charset).removeprefix("\ufeff").encode()
    except (LookupError, UnicodeError):
        return content  # what cannot be read so is told by the decoding
