"""`$select`, as a server reads it."""

from __future__ import annotations

from typing import Any

from superoffice_sandbox import Behaviour, Sandbox
from superoffice_sandbox.select import apply, parse

from ..support.sandbox_calls import ticket

HELD = {
    "TicketId": 1,
    "Title": "t",
    "TableRight": {"Mask": "Select", "Reason": "r"},
    "FieldProperties": {
        "A": {"FieldRight": {"Mask": "Read", "Reason": "why"}, "FieldType": "System.Int32", "FieldLength": 4},
        "B": {"FieldRight": None, "FieldType": "Date", "FieldLength": 0},
    },
}


def selected(*values: str, **behaviour: Any) -> dict[str, Any]:
    chosen = Behaviour(**{"unselected": "omit", **behaviour})
    tree = parse(values, chosen)
    assert tree is not None
    return apply(HELD, tree, chosen)


def test_names_go_in_any_case_and_with_spaces(box: Sandbox) -> None:
    got = ticket(box, 439, "?$SELECT=%20tItLe%20,,%20owned%20BY,OWNEDBY")
    assert {name for name, value in got.items() if value is not None} == {"TicketId", "Title", "OwnedBy"}


def test_several_parameters_add_up(box: Sandbox) -> None:
    got = ticket(box, 439, "?$select=title&$select=Origin")
    assert {name for name, value in got.items() if value is not None} == {"TicketId", "Title", "Origin"}


def test_a_blank_select_asks_for_everything(box: Sandbox) -> None:
    assert ticket(box, 439, "?$select=%20,%20") == ticket(box, 439)


def test_nested_paths() -> None:
    assert selected("tableright/mask") == {"TicketId": 1, "TableRight": {"Mask": "Select"}}
    assert selected("TableRight/Mask", unselected="null")["TableRight"] == {"Mask": "Select", "Reason": None}
    assert selected("TableRight/Mask,TableRight") == {"TicketId": 1, "TableRight": HELD["TableRight"]}
    assert selected("TableRight,TableRight/Mask") == {"TicketId": 1, "TableRight": HELD["TableRight"]}


def test_paths_into_a_dictionary() -> None:
    right = {"Mask": "Read", "Reason": "why"}
    assert selected("FieldProperties/a/FieldRight")["FieldProperties"] == {"A": {"FieldRight": right}}
    assert selected("FieldProperties/a/FieldRight/mask")["FieldProperties"] == {"A": {"FieldRight": {"Mask": "Read"}}}
    assert list(selected("FieldProperties/b")["FieldProperties"]) == ["B"]
    assert list(selected("FieldProperties/b,FieldProperties/b/FieldType")["FieldProperties"]["B"]) == list(
        HELD["FieldProperties"]["B"]  # all of it is asked for already
    )
    assert selected("FieldProperties/z")["FieldProperties"] == {}
    both = selected("FieldProperties/A/FieldType,FieldProperties/B/FieldType")["FieldProperties"]
    assert both == {"A": {"FieldType": "System.Int32"}, "B": {"FieldType": "Date"}}


def test_unknown_paths_select_nothing() -> None:
    for path in ("nonsense", "Title/x", "TableRight/x", "FieldProperties/A/x", "/", "Title//"):
        assert "TableRight" not in selected(path)
