"""How schemathesis reads a response in XML, for which it would need a table of shapes; requests it writes by itself."""

from __future__ import annotations

from typing import Any

import schemathesis

from superoffice_api.shapes import SHAPES
from superoffice_runtime.xml import read_xml


@schemathesis.deserializer("application/xml", "text/xml")
def read(_: Any, response: Any) -> Any:
    """Read the tickets or the error of a response."""
    return read_xml(response.content, "ErrorInfo" if b"<Error>" in response.content[:80] else "ArrayOfTicket", SHAPES)
