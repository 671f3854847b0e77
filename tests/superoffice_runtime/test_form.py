"""Forms: what is written reads back, however servers and clients spell it."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from superoffice_api.shapes import SHAPES
from superoffice_runtime.shapes import Shape, write_form
from superoffice_sandbox.form import read_form

KINDS = {
    "Thing": Shape(
        "Thing",
        members={
            "Name": "string",
            "Count": "int",
            "Share": "number",
            "Open": "bool",
            "Day": "date-time",
            "Ids": "array of int",
            "Names": "array of string",
            "Inner": "Thing",
            "More": "map of Thing",
        },
    )
}
THINGS = st.fixed_dictionaries(
    {},
    optional={
        "Name": st.text(),
        "Count": st.integers(),
        "Share": st.floats(allow_nan=False),
        "Open": st.booleans(),
        "Day": st.just("2024-11-15T09:30:00+01:00"),
        "Ids": st.lists(st.integers()),
        "Names": st.lists(st.text()).filter(lambda names: names != [""]),
    },
)


def read(content: bytes) -> Any:
    return read_form(content, "GetTicketsRequest", SHAPES)


def test_the_pages_request() -> None:
    content = write_form({"TicketIds": [439, 829]}, "GetTicketsRequest", SHAPES)
    assert content == b"TicketIds=439&TicketIds=829"
    assert read(content) == {"TicketIds": [439, 829]}


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (b"TicketIds=439,829", [439, 829]),
        (b"TicketIds=439%2C+829", [439, 829]),
        (b"ticketids=439&TICKETIDS=829", [439, 829]),
        (b"TicketIds[]=439&TicketIds[]=829", [439, 829]),
        (b"TicketIds%5B%5D=439&TicketIds%5B%5D=829", [439, 829]),
        (b"TicketIds[0]=439&TicketIds[1]=829", [439, 829]),
        (b"TicketIds[10]=3&TicketIds[9]=2&TicketIds[1]=1", [1, 2, 3]),
        (b"TicketIds=829&TicketIds[0]=439", [439, 829]),
        (b"TicketIds= 439 &TicketIds=,829,", [439, 829]),
        (b"TicketIds=", []),
        (b"TicketIds", []),
        (b"\xef\xbb\xbfTicketIds=1", [1]),
        (b"TicketIds=439&TicketIds=x", [439, "x"]),
        (b"TicketIds=4_39&TicketIds=%D9%A3&TicketIds=" + b"9" * 5000, ["4_39", "٣", "9" * 5000]),
        (b"TicketIds=%zz", ["%zz"]),
    ],
)
def test_every_spelling_is_read(content: bytes, ids: list[object]) -> None:
    assert read(content) == {"TicketIds": ids}


@pytest.mark.parametrize("content", [b"", b"&&", b"x=1", b"TicketIds[x]=1", b"TicketIds[0][1]=1", b"TicketIds.0=1"])
def test_names_that_nobody_knows_are_left_out(content: bytes) -> None:
    assert read(content) == {}


def test_of_a_single_value_the_last_counts_and_objects_are_left_out() -> None:
    content = b"count=1&Count=2&name=&open=TRUE&day=&inner=1&more=1"
    assert read_form(content, "Thing", KINDS) == {"Count": 2, "Name": "", "Open": True, "Day": None}


@given(THINGS)
@settings(derandomize=True, max_examples=150, deadline=None)
@example({"Name": "a&b=c +%\r\n\x00é", "Names": ["", "a,b"], "Ids": []})
def test_what_is_written_reads_back(thing: dict[str, Any]) -> None:
    content = write_form({**thing, "Inner": None}, "Thing", KINDS)
    assert read_form(content, "Thing", KINDS) == thing


@given(st.binary())
@settings(derandomize=True, max_examples=300, deadline=None)
@example(b"TicketIds[" + b"9" * 5000 + b"]=1")
@example(b"=" * 1000)
def test_any_bytes_give_a_value_or_an_error_of_ours(content: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(read(content), dict)


@pytest.mark.parametrize(
    "value",
    [
        [],
        None,
        {"Unknown": 1},
        {"Inner": {}},
        {"Inner": "x"},
        {"More": {}},
        {"Ids": [None]},
        {"Ids": [[1]]},
        {"Name": ["a"]},
        {"Names": [""]},
        {"Name": "\ud800"},
    ],
)
def test_what_a_form_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"form|in the OpenAPI document"):
        write_form(value, "Thing", KINDS)


@pytest.mark.parametrize("name", [b"+" * 900_000 + b"]", b"[" * 900_000, b"a%20" * 200_000 + b"[", b"&" * 99_000])
def test_odd_names_take_no_time(name: bytes) -> None:
    start = time.process_time()
    assert read(name + b"=1") == {}
    assert time.process_time() - start < 2


def test_limits() -> None:
    assert read_form(b"Ids=1&Ids=2", "Thing", KINDS, max_fields=2) == {"Ids": [1, 2]}
    with pytest.raises(ValueError, match="more than 2 fields"):
        read_form(b"Ids=1&Ids=2&Ids=3", "Thing", KINDS, max_fields=2)
    for bad in (b"Ids=%ff", b"Ids=\xff", b"%ff=1"):
        with pytest.raises(ValueError, match="UTF-8"):
            read_form(bad, "Thing", KINDS)
