"""What openapi-python-client gets wrong is still wrong: where a newer one mends it, its line of `WRONG` can go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from operations import BYTES, HOLDER, WRONG, Types, client_document, wrong

Json = dict[str, Any]
PET: Json = {"$ref": "#/components/schemas/Pet"}
CASES: list[tuple[str, str, Json, str]] = [
    ("null", "body", {"type": "object", "nullable": True, "allOf": [PET]}, "Pet | None"),
    ("null", "body", {"$ref": "#/components/schemas/Guest"}, "Guest | None"),
    ("map", "body", {"type": "object", "additionalProperties": PET}, "dict[str, Pet]"),
    ("map", "body", {"type": "array", "items": {"type": "object"}}, "list[dict[str, Any]]"),
    ("union", "body", {"oneOf": [PET, {"type": "array", "items": {"type": "object"}}]}, "Pet | list[dict[str, Any]]"),
    ("header", "header", {"type": "array", "items": {"type": "string"}}, "list[str]"),
    ("header", "header", {"type": "string", "format": "date-time"}, "datetime"),
    ("bytes", "body", BYTES, "bytes"),
]
RIGHT: list[tuple[str, Json, str]] = [
    ("body", PET, "Pet"),
    ("body", {"type": "array", "items": PET}, "list[Pet]"),
    ("body", {}, "Any"),
    ("query", {"type": "string", "format": "date"}, "date"),
    ("header", {"allOf": [{"$ref": "#/components/schemas/Kind"}]}, "Kind"),
]


def document(place: str, schema: Json) -> Json:
    """Return a document whose one operation has a value of a schema, in a place."""
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    parameter = {"parameters": [{"name": "one", "in": place, "required": True, "schema": schema}]}
    named = {"operationId": "One", "tags": ["Pets"], "responses": {"204": {"description": ""}}}
    members = {"type": "object", "properties": {"Id": {"type": "integer"}}}
    schemas = {"Pet": members, "Guest": {**members, "nullable": True}, "Kind": {"type": "string", "enum": ["Dog"]}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/one": {"post": {**named, **(body if place == "body" else parameter)}}},
        "components": {"schemas": schemas},
    }


def type_told(made: Json) -> str | None:
    """Return what openapi-python-client says of the type of the one value; None where it leaves it out."""
    config = Config.from_sources(ConfigFile(), MetaType.NONE, Path(), "utf-8", False, output_path=None)
    parsed = GeneratorData.from_dict(made, config=config)
    assert isinstance(parsed, GeneratorData)
    found = [endpoint for each in parsed.endpoint_collections_by_tag.values() for endpoint in each.endpoints]
    return next((Types(set(), {}).of(value) for each in found for value in each.list_all_parameters()), None)


def test_every_exception_has_a_case() -> None:
    assert {kind for kind, *_ in CASES} == WRONG.keys()


@pytest.mark.parametrize(("kind", "place", "schema", "right"), CASES)
def test_what_is_an_exception_is_still_wrong(kind: str, place: str, schema: Json, right: str) -> None:
    made = document(place, schema)
    assert wrong(made, schema, place) == kind
    assert type_told(made) != right
    ours, asked = client_document(made)
    assert (list(asked.values()), type_told(ours)) == ([schema], f"{HOLDER}0")


@pytest.mark.parametrize(("place", "schema", "right"), RIGHT)
def test_what_is_right_is_left_to_it(place: str, schema: Json, right: str) -> None:
    made = document(place, schema)
    assert wrong(made, schema, place) is None
    assert type_told(client_document(made)[0]) == right
