"""What the generator could not carry is refused before they run, with the place and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML

from lint import findings

from .scratch import DOCUMENT, ROOT

Json = dict[str, Any]
PATH = "/api/v1/Agents/Ticket/GetTickets"
TEXT = {"type": "string"}


@pytest.fixture
def document() -> Json:
    loaded: Json = YAML(typ="safe").load((ROOT / DOCUMENT).read_text(encoding="utf-8"))
    return loaded


def title(**changes: Any) -> Callable[[Json], None]:
    """Change the schema of Ticket.Title; None takes a key out."""

    def change(document: Json) -> None:
        schema = document["components"]["schemas"]["Ticket"]["properties"]["Title"]
        schema |= changes
        for key in [key for key, value in schema.items() if value is None]:
            del schema[key]

    return change


def component(name: str, schema: Json) -> Callable[[Json], None]:
    return lambda document: document["components"]["schemas"].update({name: schema})


def operation(**changes: Any) -> Callable[[Json], None]:
    return lambda document: document["paths"][PATH]["post"].update(changes)


def parameter(**changes: Any) -> Callable[[Json], None]:
    given = {"name": "one", "in": "query", "description": "One.", "schema": TEXT, **changes}
    return lambda document: document["paths"][PATH]["post"]["parameters"].append(given)


def body(media: str = "application/json", **schema: Any) -> Callable[[Json], None]:
    return operation(requestBody={"required": True, "content": {media: {"schema": schema}}})


def successes(*contents: Json) -> Callable[[Json], None]:
    """Return as many successes as there are contents."""
    return operation(responses={str(200 + at): {"description": "", "content": c} for at, c in enumerate(contents)})


def another(path: str, method: str = "get", **changes: Any) -> Callable[[Json], None]:
    given = {"operationId": "Other", "tags": ["Ticket"], "summary": "Other", "responses": {"204": {"description": ""}}}
    return lambda document: document["paths"].setdefault(path, {}).update({method: {**given, **changes}})


def held(schema: Json, *media: str) -> Json:
    return {name: {"schema": schema} for name in media or ("application/json",)}


REFUSED: list[tuple[Callable[[Json], None], str]] = [
    (title(enum=["a", "b"]), "components/schemas/Ticket/properties/Title: an enumeration inside an object; make it a"),
    (title(type="object", properties={"A": TEXT}), "Title: an object inside another; make it a component"),
    (title(description=None), "Ticket.Title: has no description"),
    (title(**{"x-colour": "red"}), "Ticket.Title: has extensions that nothing reads: x-colour"),
    (title(**{"x-unit": "years"}), "Ticket.Title: x-unit is one of"),
    (title(**{"x-repeats": False}), "Ticket.Title: x-repeats is true, on a text, or left out"),
    (title(type="integer", **{"x-repeats": True}), "Ticket.Title: x-repeats is true, on a text, or left out"),
    (title(allOf=[{"$ref": "#/components/schemas/TableRight"}] * 2), "Ticket.Title: allOf is for one reference"),
    (title(nullable=None), "Ticket.Title: is neither required nor nullable"),
    (title(xml={"attribute": True}), "Ticket.Title: says for XML what nothing reads: attribute"),
    (title(type=None), "Ticket.Title: has a type that XML and forms cannot be told of"),
    (title(type="array", items=TEXT), "Ticket.Title: is an array whose items would stand alone in XML"),
    (
        lambda document: document["components"]["schemas"]["Ticket"]["properties"].update(
            Title={"$ref": "#/components/schemas/TableRight"}
        ),
        "Ticket.Title: a bare $ref",
    ),
    (component("field_right", TEXT), "components/schemas/field_right: the generators would call it FieldRight"),
    (component("Model", TEXT), "components/schemas/Model: generated modules have another Model"),
    (component("Level", {"type": "integer", "enum": [1, 2]}), "components/schemas/Level: an enumeration of something"),
    (
        component("Other", {"type": "object", "xml": {"name": "Ticket"}, "properties": {}}),
        "in XML, Ticket would be Other and Ticket",
    ),
    (operation(tags=[], summary=""), f"POST {PATH}: has no tags and no summary"),
    (operation(**{"x-colour": "red"}), f"POST {PATH}: has extensions that nothing reads: x-colour"),
    (operation(**{"x-safe": False}), "x-safe is true or left out"),
    (operation(security=[]), f"POST {PATH}: is called without sign-in, and the client signs every call in"),
    (operation(security=[{}]), "is called without sign-in"),
    (operation(operationId="Build"), f"POST {PATH}: generated modules have another build"),
    (
        another("/other", **{"x-safe": True}),
        "GET /other: x-safe is true or left out, and GET and HEAD are safe without",
    ),
    (another("/other", operationId="get_tickets"), "GET /other: generated modules have another get_tickets"),
    (
        operation(responses={"200": {"$ref": "#/components/responses/Gone"}}),
        "refers to #/components/responses/Gone, which",
    ),
    (
        lambda document: document["paths"][PATH]["post"].pop("responses"),
        f"POST {PATH}: has no responses; write what it",
    ),
    (another("/other/{id}"), "GET /other/{id}: its path and its parameters in path name different things"),
    (parameter(description=""), "the parameter one has no description"),
    (parameter(schema={"type": "object"}), "the parameter one is of a kind that nothing writes"),
    (parameter(schema={}), "the parameter one is of a kind that nothing writes"),
    (parameter(style="deepObject"), "the parameter one is of a kind that nothing writes"),
    (parameter(**{"in": "cookie"}), "the parameter one is of a kind that nothing writes"),
    (parameter(schema={"type": "array", "items": {"type": "array", "items": TEXT}}), "of a kind that nothing writes"),
    (parameter(schema={"type": "string", "enum": ["a"]}), "an enumeration inside an object; make it a component"),
    (parameter(name="Body"), "the parameter Body would be another body"),
    (parameter(name="language"), "the parameter language would be another language"),
    (body("image/png", type="string"), "the body may be sent as image/png, which nothing writes"),
    (body(type="object", properties={"A": TEXT}), "an object inside another; make it a component"),
    (body("text/xml", type="array", items={"type": "array", "items": TEXT}), "the body has a type that XML and forms"),
    (body(allOf=[{"$ref": "#/components/schemas/Ticket"}] * 2), "the body has an allOf of more than one reference"),
    (successes(held(TEXT), held({"type": "integer"})), "has successes of different types"),
    (
        successes(held(TEXT, "application/json", "application/pdf")),
        "the response is a value in some media types and bytes",
    ),
    (
        successes({**held(TEXT, "application/json"), **held({"type": "string", "nullable": True}, "text/json")}),
        "the response is another in another media type",
    ),
    (
        another(
            "/other",
            responses={
                "200": {
                    "description": "",
                    "content": held({"type": "array", "items": TEXT, "xml": {"name": "ArrayOfTicket"}}, "text/xml"),
                }
            },
        ),
        "in XML, ArrayOfTicket would be",
    ),
]


def test_the_document_keeps_every_rule(document: Json) -> None:
    assert findings(document) == []


@pytest.mark.parametrize(("change", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_be_generated_is_refused(document: Json, change: Callable[[Json], None], said: str) -> None:
    change(document)
    found = findings(document)
    assert any(said in line for line in found), found
