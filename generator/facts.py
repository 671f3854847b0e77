"""Generate what neither generator carries out of the document: typed names, units, sentinels, sign-in headers, media types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openapi_python_client.strings import snake_case

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
COMPONENT = "#/components/schemas/"


class GenerationError(Exception):
    """The document or a template gives no package that can be used."""


TITLES = {
    "facts.py": "Names, media types and sign-in headers of the document.",
    "fields.py": "What the document says of each field of each object.",
    "flags.py": "The names in masks, as flags.",
    "models.py": "The objects and enumerations of the document.",
    "members.py": "Names and types of the members of each object.",
    "shapes.py": "How objects and arrays look in XML and in a form.",
    "dates.py": "Empty and naive date-times, set right.",
}


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and operation of every endpoint."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, operation


def objects(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield name and schema of every component that is an object with members."""
    for name, schema in document["components"]["schemas"].items():
        if "properties" in schema:
            yield name, schema


def as_in_python(document: Json) -> Json:
    """Return the document as Python's types have it.

    Components that are single values stand where they are referred to, since they have no class. A date-time with or
    without an offset is a `date-time`, since a datetime holds both; limits are no part of a type.
    """
    schemas = document["components"]["schemas"]
    many = {"properties", "enum", "items", "additionalProperties", "allOf"}
    single = {f"#/components/schemas/{name}": each for name, each in schemas.items() if not many & each.keys()}

    def read(node: Any) -> Any:
        if isinstance(node, list):
            return [read(each) for each in node]
        if not isinstance(node, dict):
            return node
        for held in (node, *node.get("allOf", [])):
            if isinstance(held, dict) and held.get("$ref") in single:
                about = {**single[held["$ref"]], **node}  # why it stands in the document is said of itself alone
                drop = {"$ref", "allOf", *({"x-evidence"} - node.keys())}
                return read({key: value for key, value in about.items() if key not in drop})
        limits = [key for key in ("pattern", "minItems") if isinstance(node.get(key), str | int)]
        found = {key: read(value) for key, value in node.items() if key not in limits}
        if found.get("format") == "iso-date-time":
            found["format"] = "date-time"
        return found

    kept = {name: each for name, each in schemas.items() if f"#/components/schemas/{name}" not in single}
    return dict(read({**document, "components": {**document["components"], "schemas": kept}}))


def resolve(document: Json, value: Json) -> Json:
    """Follow a local reference."""
    while "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def references(node: Any) -> Iterator[str]:
    """Yield what a part of the document refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, value in node.items():
            if key not in ("example", "examples"):
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


class Reach:
    """Which components a part of the document leads to, looked up once for each of them."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.direct = {
            name: {each.removeprefix(COMPONENT) for each in references(schema)}
            for name, schema in document["components"]["schemas"].items()
        }

    def __call__(self, *nodes: Json) -> set[str]:
        """Return the names of components, with those that components lead to."""
        found: set[str] = set()
        ahead = {each.removeprefix(COMPONENT) for node in nodes for each in references(node)}
        while ahead:
            found |= ahead
            ahead = {each for name in ahead for each in self.direct.get(name, ())} - found
        return found


def reference(schema: Json) -> str | None:
    """Name the component that a schema stands for, directly or as a nullable wrapper."""
    target = schema if "$ref" in schema else next(iter(schema.get("allOf", [])), {})
    return target["$ref"].rsplit("/", 1)[-1] if "$ref" in target else None


def component(document: Json, schema: Json) -> Json:
    """Return the component that a schema stands for, or the schema itself."""
    name = reference(schema)
    return schema if name is None else dict(document["components"]["schemas"][name])


def type_name(schema: Json) -> str:
    """Name a field's type as the document's readers know it."""
    if (name := reference(schema)) is not None:
        return name
    if isinstance(extra := schema.get("additionalProperties"), dict):
        return f"map of {type_name(extra)}"
    if schema.get("type") == "array":
        return f"array of {type_name(schema['items'])}"
    return str(schema.get("format", schema.get("type", "any")))


def content(document: Json, body: Json) -> Json:
    """Return what a request body or a response holds, by media type."""
    return dict(resolve(document, body).get("content", {}))


def is_structured(media_type: str) -> bool:
    """Return whether a body in a media type is read as the value that JSON would give."""
    return media_type.endswith(("/json", "+json", "/xml", "+xml"))


def media_types(document: Json) -> tuple[list[str], list[str]]:
    """List the media types of request bodies and of responses that are values, over all operations."""
    requests: dict[str, None] = {}
    responses: dict[str, None] = {}
    for _, _, operation in operations(document):
        requests |= dict.fromkeys(content(document, operation.get("requestBody", {})))
        for response in operation["responses"].values():
            responses |= dict.fromkeys(filter(is_structured, content(document, response)))
    return list(requests), list(responses)


def in_bodies(document: Json) -> set[str]:
    """Return the names of components that are sent, themselves or in others."""
    return Reach(document)(*(content(document, each.get("requestBody", {})) for _, _, each in operations(document)))


def literal(name: str, values: list[str], note: str) -> str:
    """Write a `Literal` alias with a docstring."""
    of = f"Literal[{', '.join(map(repr, values))}]" if values else "Never"
    return f'{name}: TypeAlias = {of}\n"""{note}"""\n'


def facts_module(document: Json, classes: Mapping[str, Mapping[str, tuple[str, str]]]) -> str:
    """Write `facts.py`: names as `Literal` types, media types, sign-in headers; `classes` has the attributes."""
    parts = ["from typing import Final, Literal, NamedTuple, Never, TypeAlias\n"]
    for name, schema in objects(document):
        names = [*schema["properties"], *(classes[name][key][0] for key in schema["properties"])]
        note = f"The fields of {name}, by API name and by attribute."
        parts.append(literal(f"{name}FieldName", list(dict.fromkeys(names)), note))
    requests, responses = media_types(document)
    parts.append(literal("RequestMediaType", requests, "The media types in which a request body may be sent."))
    parts.append(literal("ResponseMediaType", responses, "The media types in which a response may be asked for."))
    parts.append(
        "class SecurityScheme(NamedTuple):\n"
        '    """The header that carries a credential, and the word before it (empty: none)."""\n\n'
        "    header: str\n    prefix: str\n"
    )
    schemes = document["components"].get("securitySchemes", {})
    parts.append('class Security:\n    """The sign-in schemes of the document."""\n')
    for name, scheme in schemes.items():
        prefix = scheme.get("scheme", "").capitalize() if scheme["type"] == "http" else scheme.get("x-scheme", "")
        header = "Authorization" if scheme["type"] == "http" else scheme["name"]
        constant = snake_case(name).upper()
        parts.append(f"    {constant}: Final = SecurityScheme({header!r}, {prefix!r})")
    return "\n".join(parts) + "\n"
