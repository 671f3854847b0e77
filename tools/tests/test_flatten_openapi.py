"""Tables of facts, of documents cut in other ways than ours, and what breaks between two of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tools.differences import api_breaks, differences
from tools.flatten_openapi import flatten
from tools.normalize_openapi import read
from tools.tests.conftest import DOCUMENT, ROOT

NODE: Any = {
    "openapi": "3.0.3",
    "paths": {
        "/nodes/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "operationId": "GetNode",
                "parameters": [
                    {"name": "deep", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Node"}},
                            "text/json": {"schema": {"$ref": "#/components/schemas/Node"}},
                            "text/csv": {"schema": {"type": "string"}},
                        }
                    }
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Base": {"type": "object", "required": ["Id"], "properties": {"Id": {"type": "integer"}}},
            "Node": {
                "allOf": [{"$ref": "#/components/schemas/Base"}],
                "properties": {"Above": {"$ref": "#/components/schemas/Node"}, "Kind": {"enum": ["a", "b"]}},
            },
        }
    },
}


def test_a_schema_within_itself_is_entered_once_and_bodies_of_another_shape_apart() -> None:
    table = flatten(NODE)
    assert table["GetNode path id"] == {"type": "integer", "required": "yes"}
    assert table["GetNode query deep"] == {"type": "strings, repeated"}
    assert table["GetNode 200"]["media types"] == ("application/json", "text/csv", "text/json")
    assert table["GetNode 200.Id"] == {"type": "integer", "required": "yes"}
    assert table["GetNode 200.Above"]["name"] == "Node"
    assert "GetNode 200.Above.Above" not in table
    assert table["GetNode 200 as text/csv"] == {"type": "string"}


def test_another_endpoint_is_new_and_an_endpoint_gone_breaks_each_told_once() -> None:
    ours = read(ROOT / DOCUMENT)
    both = deepcopy(ours)
    both["paths"] |= NODE["paths"]
    both["components"]["schemas"] |= NODE["components"]["schemas"]
    added = differences("API", flatten(ours), flatten(both), api_breaks)
    assert [(each.kind, each.where, each.breaks) for each in added] == [("added", "GetNode", False)]
    removed = differences("API", flatten(both), flatten(ours), api_breaks)
    assert [(each.kind, each.where, each.breaks) for each in removed] == [("removed", "GetNode", True)]


def test_what_is_asked_for_and_what_is_answered_break_the_other_way_round() -> None:
    old, new = flatten(NODE), deepcopy(NODE)
    operation = new["paths"]["/nodes/{id}"]["get"]
    operation["parameters"][0]["required"] = True
    operation["parameters"].append({"name": "must", "in": "header", "required": True, "schema": {"type": "string"}})
    operation["parameters"].append({"name": "may", "in": "header", "schema": {"type": "string"}})
    new["components"]["schemas"]["Base"]["required"] = []
    new["components"]["schemas"]["Node"]["properties"]["Kind"]["enum"].append("c")
    new["components"]["schemas"]["Node"]["properties"]["Kind"]["maxLength"] = 1
    del operation["responses"]["200"]["content"]["text/json"]
    told = {(each.where, each.what): each.breaks for each in differences("API", old, flatten(new), api_breaks)}
    assert told == {
        ("GetNode header must", ""): True,
        ("GetNode header may", ""): False,
        ("GetNode query deep", "required: not stated -> yes"): True,
        ("GetNode 200.Id", "required: yes -> not stated"): True,
        ("GetNode 200.Kind", "values now also: c"): True,  # the set is closed: no x-open
        ("GetNode 200.Kind", "limits now also: maxLength 1"): False,
        ("GetNode 200", "media types no longer: text/json"): True,
    }
