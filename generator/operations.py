"""What openapi-python-client is given of the document, and what its templates are told that it does not carry."""

from __future__ import annotations

import json
import re
from typing import Any

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import Property
from openapi_python_client.schema import Response
from openapi_python_client.strings import PythonIdentifier

from facts import Json, Reach, content, is_structured, media_types, objects, operations, reference, resolve
from shapes import FORM, shape_name

HOLDER = "OperationValues"  # by whose members the model generator is asked for the types of what is `WRONG`
WRONG = {
    "null": "of what may be null it does not say so, since the document is of OpenAPI 3.0",
    "map": "it makes a class of a map or of an object of any members, where the models have a dict",
    "union": "it makes one with a class of its own for each map, where the models have a dict",
    "header": "it refuses a list or a date in a header",
    "bytes": "it makes a File of content that is not text",
}
"""What openapi-python-client gets wrong, and how; generator/tests/test_operations.py notices what a newer one mends."""
BYTES: Json = {"type": "string", "format": "binary"}
NAMED: Json = {"type": "string", "enum": ["-"]}  # an enumeration may stand in every place; its class is not kept


def identifier(name: str) -> str:
    """Return the name that an operation or a parameter has in Python."""
    return str(PythonIdentifier(name, "field_"))


def wrong(document: Json, schema: Json, place: str = "") -> str | None:
    """Return which of `WRONG` applies to a schema; None where openapi-python-client's type is the one that models have."""
    name = reference(schema)
    target = schema if name is None else document["components"]["schemas"][name]
    if schema.get("nullable") or target.get("nullable"):
        return "null"
    if name is not None:
        return None if "properties" in target or "enum" in target else wrong(document, target, place)
    if place == "header" and ("items" in schema or schema.get("format") in ("date", "date-time")):
        return "header"
    if "items" in schema:
        return wrong(document, schema["items"])
    kinds = {"map": schema.get("type") == "object", "union": "oneOf" in schema, "bytes": schema == BYTES}
    return next((kind for kind, applies in kinds.items() if applies), None)


def parameters(document: Json, path: str, operation: Json) -> dict[str, Json]:
    """Return an operation's parameters by the names that Python's are made of, its path's own first."""
    found: dict[tuple[str, str], tuple[str, Json]] = {}
    for given in [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]:
        parameter = resolve(document, given)
        key = given["$ref"].rsplit("/", 1)[-1] if "$ref" in given else parameter.get("x-name", parameter["name"])
        found[parameter["in"], parameter["name"]] = key, parameter
    return dict(found.values())


def successes(document: Json, operation: Json) -> list[Json]:
    """Return what each successful response holds, by media type; nothing for one without content."""
    return [content(document, response) for code, response in operation["responses"].items() if str(code)[0] == "2"]


def held_schema(held: Json) -> Json:
    """Return the schema of a body or a response, which all its media types share."""
    values = [each.get("schema", {}) for media, each in held.items() if is_structured(media) or media == FORM]
    return dict(next(iter(values), BYTES))


def client_document(document: Json) -> tuple[Json, dict[str, Json]]:
    """Return the document as openapi-python-client needs it, and the schemas that need the model generator's types.

    Of components only their names count, since what they hold is in the models. A body has one media type: of several,
    this generator makes several arguments, and it knows neither XML nor bytes.
    """
    values: dict[str, Json] = {}
    known: dict[str, str] = {}

    def fit(schema: Json, place: str = "") -> Json:
        if wrong(document, schema, place) is None:
            return schema
        name = known.setdefault(json.dumps(schema), f"{HOLDER}{len(values)}")
        values[name] = schema
        return {"$ref": f"#/components/schemas/{name}"}

    def part(node: Any) -> Any:
        if isinstance(node, list):
            return [part(each) for each in node]
        if not isinstance(node, dict):
            return node
        if node.get("content"):
            return {**node, "content": {"application/json": {"schema": fit(held_schema(node["content"]))}}}
        if "schema" in node:
            renamed = {"name": node["x-name"]} if "x-name" in node else {}
            return {**node, **renamed, "schema": fit(node["schema"], node.get("in", ""))}
        return {key: part(each) for key, each in node.items()}

    given = dict(document["components"])
    described = {name: {"description": each.get("description", "")} for name, each in given["schemas"].items()}
    components = {key: part(given[key]) for key in ("parameters", "requestBodies", "responses") if key in given}
    for name, each in components.get("parameters", {}).items():
        each["name"] = name  # by which the argument goes, so that it stays if a header is renamed on the wire
    paths = part(document["paths"])
    components["schemas"] = {
        name: (NAMED if "enum" in each else {"type": "object"} if "properties" in each else fit(each)) | described[name]
        for name, each in given["schemas"].items()
    } | dict.fromkeys(values, NAMED)
    return {**document, "paths": paths, "components": components}, values


def client_facts(document: Json) -> dict[tuple[str, str], Json]:
    """Return what templates need of each operation that openapi-python-client does not pass on, by tag and name."""
    found = {}
    aliases = dict(zip(("content_types", "accepts"), media_types(document), strict=True))
    reach = Reach(document)
    read_only = {
        name
        for name, schema in objects(document)
        if any(each.get("x-read-only") for each in schema["properties"].values())
    }
    for path, method, operation in operations(document):
        responses = successes(document, operation)
        body, response = content(document, operation.get("requestBody", {})), next(filter(None, responses), {})
        fact = {
            "operation": operation,
            "safe": method in ("get", "head") or operation.get("x-safe", False),
            "may_be_empty": {} in responses,
            "may_be_bytes": len(set(map(is_structured, response))) > 1,
            "read_only": not read_only.isdisjoint(reach(held_schema(body))),
            "parameters": parameters(document, path, operation),
            "body_shape": shape_name(document, held_schema(body)),
            "result_shape": shape_name(document, held_schema(response)),
        }
        for key, alias, held in (("content_types", "Request", body), ("accepts", "Response", response)):
            whole = set(held) == set(aliases[key])
            fact[key] = list(held)
            fact[f"{key}_type"] = f"{alias}MediaType" if whole else f"Literal[{', '.join(map(json.dumps, held))}]"
        found[str(PythonIdentifier(operation["tags"][0], "tag")), identifier(operation["operationId"])] = fact
    return found


class Types:
    """Types as templates write them: openapi-python-client's, or the model generator's of what is `WRONG`."""

    def __init__(self, models: set[str], values: dict[str, str]) -> None:
        self.models, self.values = models, values

    def of(self, value: Property) -> str:
        """Return a value's type."""
        # The models have the classes of datetime by their names.
        found = value.get_type_string(no_optional=True).as_unembedded_code().replace("datetime.date", "date")
        return self.values.get(found, found)

    def argument(self, value: Property) -> str:
        """Return the type of an argument that becomes a parameter, with its default."""
        found = re.sub(r"^list\b", "Iterable", self.of(value).removesuffix(" | None"))
        return found if value.required else f"{found} | None = None"

    def result(self, endpoint: Endpoint, fact: Json) -> str:
        """Return the type of an operation's result."""
        said = (each for each in endpoint.responses if each.status_code.pattern[0] == "2")
        held = (each.prop for each in said if isinstance(each.data, Response) and each.data.content)
        found = next(map(self.of, held), "None")
        empty = fact["may_be_empty"] and found not in ("None", "bytes")
        found = f"{found.removesuffix(' | None')} | None" if empty else found
        return f"{found} | bytes" if fact["may_be_bytes"] else found

    def named(self, endpoint: Endpoint, result: str) -> list[str]:
        """List the models that an operation's types name."""
        types = [result, *map(self.of, endpoint.list_all_parameters())]
        return sorted(set(re.findall(r"\w+", " ".join(types))) & self.models)
