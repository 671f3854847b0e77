"""Bodies of requests: what is not set, what only the server sets, bytes, and what is of another type."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import pydantic
import pytest
from msgspec import UNSET, UnsetType

from superoffice_runtime import Model, Request, encode_body, holds_value, listed, repeated, text
from superoffice_runtime.shapes import Shape


class Pet(Model):
    id: int | UnsetType = msgspec.field(default=UNSET, name="Id")
    name: str | UnsetType | None = msgspec.field(default=UNSET, name="Name")
    friends: list[Pet] | UnsetType = msgspec.field(default=UNSET, name="Friends")
    by_name: dict[str, Pet] | UnsetType = msgspec.field(default=UNSET, name="ByName")


SHAPES = {
    "Pet": Shape(
        "Pet",
        members={"Id": "int", "Name": "string", "Friends": "array of Pet", "ByName": "map of Pet"},
        read_only=frozenset({"Id"}),
    ),
    "ArrayOfPet": Shape("ArrayOfPet", of="Pet", item="Pet"),
}
REX = Pet(id=1, name=None, friends=[Pet(id=2, name="Tom")], by_name={"Kim": Pet(id=3)})
encode = partial(encode_body, shapes=lambda: SHAPES)


@pytest.mark.parametrize("media", ["application/json", "text/json", "application/merge-patch+json"])
def test_only_what_is_set_is_sent(media: str) -> None:
    assert encode(Pet(name="Rex"), media, of=Pet, shape="Pet") == b'{"Name":"Rex"}'
    assert encode(Pet(name=None), media, of=Pet, shape="Pet") == b'{"Name":null}'
    assert encode(Pet(), media, of=Pet, shape="Pet") == b"{}"


def test_only_what_is_set_is_sent_in_xml_and_forms() -> None:
    assert encode(Pet(name="Rex"), "text/xml", of=Pet, shape="Pet").endswith(b"<Pet><Name>Rex</Name></Pet>")
    assert encode(Pet(name="Rex"), "application/x-www-form-urlencoded", of=Pet, shape="Pet") == b"Name=Rex"


def test_what_only_the_server_sets_is_not_sent() -> None:
    wanted = b'{"Name":null,"Friends":[{"Name":"Tom"}],"ByName":{"Kim":{}}}'
    assert encode(REX, "application/json", of=Pet, shape="Pet", read_only=True) == wanted
    assert encode([REX], "application/json", of=list[Pet], shape="ArrayOfPet", read_only=True) == b"[" + wanted + b"]"
    assert b"Id" not in encode(REX, "text/xml", of=Pet, shape="Pet", read_only=True)
    assert encode({"a": [1]}, "application/json", of=Any, shape="", read_only=True) == b'{"a":[1]}'


class Own(Pet):
    """A user's own class."""


def test_what_only_the_server_sets_is_not_sent_wherever_it_stands() -> None:
    rex = Pet(id=1, name="Rex")
    for body, of, wanted in (
        ([[rex]], list[list[Pet]], b'[[{"Name":"Rex"}]]'),
        (rex, Pet | str, b'{"Name":"Rex"}'),
        ({"a": ["b", rex]}, dict[str, list[Pet | str]], b'{"a":["b",{"Name":"Rex"}]}'),
        (Own(id=1, name="Rex"), Any, b'{"Name":"Rex"}'),
    ):
        assert encode(body, "application/json", of=of, shape="", read_only=True) == wanted


@pytest.mark.parametrize(
    ("body", "of"),
    [
        *((None, Pet), ("Rex", Pet), (REX, list[Pet]), (5, str), ([1], list[str])),
        *((Pet(name=5), Pet), ([Pet(name=5)], list[Pet])),  # type: ignore[arg-type]
    ],
)
def test_a_body_of_another_type_is_refused(body: object, of: Any) -> None:
    with pytest.raises(ValueError, match=r"its body is not of the type (Pet|list|str): Expected"):
        encode(body, "application/json", of=of, shape="Pet")


def test_bytes_are_sent_as_they_are() -> None:
    assert encode(b"\x89PNG", "image/png", of=bytes, shape="") == b"\x89PNG"


def test_what_holds_a_value() -> None:
    assert all(map(holds_value, ("application/json; charset=utf-8", "Text/XML", "a/b+json")))
    assert not any(map(holds_value, ("", "application/pdf", "text/plain")))


def test_a_dictionary_has_what_is_set() -> None:
    assert REX.to_dict(api_names=True)["Friends"] == [{"Id": 2, "Name": "Tom"}]
    assert Pet(name=None).to_dict() == {"name": None}
    assert len({Pet(), Pet(), Pet(name=None)}) == 2


class Toy(Model):
    name: str | UnsetType | None = msgspec.field(default=UNSET, name="Name")
    size: int = 1


def test_pydantic_takes_what_may_be_left_unset() -> None:
    known = pydantic.TypeAdapter(Toy)
    assert known.dump_json(Toy(name="Ball")) == b'{"Name":"Ball","size":1}'
    assert known.dump_json(Toy()) == b'{"size":1}'
    assert known.validate_python({"Name": None}) == Toy(name=None)
    members = known.json_schema()["properties"]
    assert members["Name"]["anyOf"] == [{"type": "string"}, {"type": "null"}]


def test_a_parameter_is_a_single_value_or_a_list() -> None:
    assert [text(value) for value in (UUID(int=1), Decimal("1.5"), 2.5, [1, "a"])] == [
        str(UUID(int=1)),
        "1.5",
        "2.5",
        "1,a",
    ]
    for value in (REX, object(), [REX], {"a": 1}, [{"a": 1}], b"ab"):
        with pytest.raises(TypeError, match="a parameter must be a text, a number, a date or a list of these, not a "):
            text(value)


def test_a_parameter_that_is_none_is_refused_when_it_is_written() -> None:
    named = {"query": (("kind", REX),)}, {"query": repeated("kind", REX)}, {"parameters": (("kind", [REX]),)}
    for given in named:
        request = Request(method="GET", path="/", **given)
        with pytest.raises(TypeError, match=r"^kind must be a text, a number, a date or a list of these, not a Pet$"):
            repr((request.headers, request.target))
    with pytest.raises(TypeError, match=r"^kind must be a text, .*, not a dict$"):
        assert Request(method="GET", path="/", query=repeated("kind", {"a": 1})).target
    with pytest.raises(TypeError, match=r"^a step of the path must be a text, .*, not a Pet$"):
        assert Request(method="GET", path=("/", REX)).target


def test_a_list_may_be_read_once_only() -> None:
    query = (
        ("a", listed(iter([1, 2]))),
        *repeated("b", iter([True, None])),
        *repeated("c", "de"),
        *repeated("f", None),
    )
    request = Request(method="GET", path="/", query=query)
    assert request.target == request.target == "/?a=1,2&b=true&c=de"


@pytest.mark.parametrize("step", [None, "", ".", ".."])
def test_a_step_that_leads_elsewhere_is_refused(step: str | None) -> None:
    assert Request(method="GET", path=("/pets/", "a/../b")).target == "/pets/a%2F..%2Fb"
    with pytest.raises(ValueError, match="cannot be a step of a path"):
        repr(Request(method="GET", path=("/pets/", step)))
