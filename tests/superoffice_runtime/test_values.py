"""Flags and numbers, as generated code reads them."""

from __future__ import annotations

from superoffice_runtime.flags import OpenFlag
from superoffice_runtime.shapes import read_number


class Colour(OpenFlag):
    RED = 1
    BLUE = 2


def test_values_of_the_runtime() -> None:
    assert Colour.wire_names() == {"RED": 1, "BLUE": 2}
    assert [read_number(text) for text in ("1.5", "1.2.3", " ", "1_0")] == [1.5, "1.2.3", None, "1_0"]
