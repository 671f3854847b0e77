"""What openapi-python-client is given of the document, and what its templates are told that it does not carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import Property
from openapi_python_client.schema import Response
from openapi_python_client.strings import PythonIdentifier

from facts import Json, Reach, content, is_structured, media_types, objects, operations, reference, resolve
from shapes import FORM, read_only, shape_name

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


def module(operation: Json) -> tuple[str, str]:
    """Return the folder and the module of an operation."""
    tag = str(next(iter(operation.get("tags") or []), ""))
    return str(PythonIdentifier(tag, "tag")), identifier(str(operation.get("operationId")))


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

    def body(node: Json) -> Json:
        held = content(document, node)
        held = {"content": {"application/json": {"schema": fit(held_schema(held))}}} if held else {}
        return {"description": "", "required": resolve(document, node).get("required", False), **held}

    paths: Json = {}
    for path, method, operation in operations(document):
        given = parameters(document, path, operation).items()  # by a header's component, which stays if it is renamed
        paths.setdefault(path, {})[method] = operation | {
            "parameters": [{**each, "name": key, "schema": fit(each["schema"], each["in"])} for key, each in given],
            "responses": {key: body(each) for key, each in operation["responses"].items() if str(key)[0] == "2"},
            **({"requestBody": body(operation["requestBody"])} if "requestBody" in operation else {}),
        }
    schemas = {
        name: (NAMED if "enum" in each else {"type": "object"} if "properties" in each else fit(each))
        | {"description": each.get("description", "")}
        for name, each in document["components"]["schemas"].items()
    }
    return {**document, "paths": paths, "components": {"schemas": schemas | dict.fromkeys(values, NAMED)}}, values


def client_facts(document: Json) -> dict[tuple[str, str], Json]:
    """Return what templates need of each operation that openapi-python-client does not pass on, by tag and name."""
    found = {}
    media = dict(zip(("Request", "Response"), map(set, media_types(document)), strict=True))
    reach = Reach(document)
    partly_read_only = {name for name, schema in objects(document) if read_only(schema)}
    for path, method, operation in operations(document):
        responses = successes(document, operation)
        body, response = content(document, operation.get("requestBody", {})), next(filter(None, responses), {})
        fact = {
            "operation": operation,
            "safe": method in ("get", "head") or operation.get("x-safe", False),
            "may_be_empty": {} in responses,
            "may_be_bytes": len(set(map(is_structured, response))) > 1,
            "read_only": not partly_read_only.isdisjoint(reach(held_schema(body))),
            "parameters": parameters(document, path, operation),
            "body_shape": shape_name(document, held_schema(body)),
            "result_shape": shape_name(document, held_schema(response)),
        }
        for key, alias, held in (("content_type", "Request", body), ("accept", "Response", response)):
            literal = f"Literal[{', '.join(map(json.dumps, held))}]"
            fact |= {f"{key}s": list(held), key: f"{alias}MediaType" if set(held) == media[alias] else literal}
        found[module(operation)] = fact
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

    def arguments(self, endpoint: Endpoint, fact: Json) -> list[tuple[str, str, object, bool]]:
        """List an operation's arguments: name, type and default, what is said of it, and whether it goes by its name."""
        found: list[tuple[str, str, object, bool]] = []
        for each in endpoint.path_parameters + endpoint.query_parameters + endpoint.header_parameters:
            of = fact["parameters"][each.name]
            found.append((each.python_name, self.argument(each), of["description"], of["in"] != "path"))
        for body in endpoint.bodies:
            default = "" if body.prop.required else " | None = None"
            found.append(("body", self.of(body.prop) + default, body.prop.description or "What to send.", False))
        for name, what in (("content_type", "body"), ("accept", "response")):
            if fact[f"{name}s"]:
                about = f"Media type of the {what}; without it the client's, else the OpenAPI document's first."
                found.append((name, f"{fact[name]} | None = None", about, True))
        return sorted(found, key=lambda each: each[-1])

    def written(self, value: Property, parameter: Json) -> str:
        """Write the pair of a parameter's name and value, or a list's pairs."""
        name = json.dumps(parameter["name"], ensure_ascii=False)
        if not self.argument(value).startswith("Iterable"):
            return f"({name}, {value.python_name})"
        repeats = parameter["in"] == "query" and parameter.get("explode") is not False
        return f"*_repeated({name}, {value.python_name})" if repeats else f"({name}, _listed({value.python_name}))"

    def result(self, endpoint: Endpoint, fact: Json) -> str:
        """Return the type of an operation's result."""
        held = (each.prop for each in endpoint.responses if isinstance(each.data, Response) and each.data.content)
        found = next(map(self.of, held), "None")
        empty = fact["may_be_empty"] and found not in ("None", "bytes")
        found = f"{found.removesuffix(' | None')} | None" if empty else found
        return f"{found} | bytes" if fact["may_be_bytes"] else found

    def named(self, types: Iterable[str]) -> list[str]:
        """List the models that types name."""
        return sorted(set(re.findall(r"\w+", " ".join(types))) & self.models)
