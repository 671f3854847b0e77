"""Rules for the document that no public linter knows: what the generators need, and what the extensions may say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from openapi_python_client.strings import ClassName

from facts import METHODS, Json, Reach, component, content, is_structured, objects, operations, reference, references
from operations import BYTES, HOLDER, identifier, module, parameters, successes
from shapes import FORM, SCALARS, root_findings, roots, shape_name, speaks
from shapes import findings as shape_findings

UNITS = {"minutes", "seconds"}
CLOCKS = {"priority", "24x7"}
MEMBER_EXTENSIONS = {
    *("x-unit", "x-clock", "x-sentinels", "x-references", "x-read-only", "x-repeats", "x-flags", "x-evidence"),
}
OPERATION_EXTENSIONS = {"x-slow-threshold-ms", "x-charset", "x-safe", "x-evidence"}
# What generated modules call their own things.
TAKEN_CLASSES = {"Any", "Field", "Final", "Iterable", "Literal", "Mapping", "Model", "OpenFlag", "OpenStrEnum"} | {
    *("Operation", "Request", "RequestMediaType", "Response", "ResponseMediaType", "Shape", "TypeAlias"),
    *("AsyncClient", "Client", "TYPE_CHECKING", "UnsetType", "UNSET", "Callable", "UUID", HOLDER),
}
TAKEN_ARGUMENTS = {"accept", "body", "client", "content_type"}
TAKEN_OPERATIONS = {"asyncio", "build", "decode", "msgspec", "sync", "to_json", "date", "datetime"} | {
    *("encode_body", "json_content", "partial", "read_nothing"),
}


def wrong_references(document: Json) -> list[str]:
    """Return which references lead nowhere, a line each."""
    found = []
    for where in ("paths", "components"):
        for key, part in document[where].items():
            for each in references(part):
                target: Any = document
                for step in each.removeprefix("#/").split("/"):
                    target = target.get(step) if isinstance(target, dict) else None
                if target is None:
                    found.append(f"{where}/{key}: refers to {each}, which is not there; mend the reference")
    return found


def findings(document: Json) -> list[str]:
    """Return what is wrong with the document, a line each."""
    found = wrong_references(document)
    return found or [said for _, said in _found(document)]


def sift(document: Json) -> list[str]:
    """Take out what cannot be generated, and components that nothing leads to; return a line for each operation."""
    found = {owner: said for owner, said in reversed([*_found(document)])}
    reach, kept, said, paths = Reach(document), set[str](), list[str](), dict[str, Json]()
    for path, method, operation in operations(document):
        led = reach(operation)
        if owner := next((each for each in ((path, method), *sorted(led)) if each in found), None):
            where = f"{method.upper()} {path}"
            said.append(f"{where} ({operation['operationId']}): {found[owner].removeprefix(f'{where}: ')}")
            continue
        kept |= led
        paths.setdefault(path, {})[method] = operation
    document["paths"] = paths
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {name: schemas[name] for name in schemas if name in kept}
    return said


def _found(document: Json) -> Iterator[tuple[object, str]]:
    """Yield what is wrong, with the component, or the path and method, where it is."""
    shaped = Reach(document)(*roots(document))
    for name, schema in document["components"]["schemas"].items():
        for where, what in _walk(schema, f"components/schemas/{name}", 1):
            yield name, f"{where}: {what}"
        if ClassName(name, "") != name:
            yield name, f"components/schemas/{name}: the generators would call it {ClassName(name, '')}; name it so"
        if name in TAKEN_CLASSES:
            yield name, f"components/schemas/{name}: generated modules have another {name}; give it a longer name"
    for name, schema in objects(document):
        required = schema.get("required", [])
        for key, member in schema["properties"].items():
            in_xml = shape_findings(document, member) if name in shaped else ()
            yield from ((name, f"{name}.{key}: {what}") for what in (*_member(member), *in_xml))
            if re.search(r'["\\\x00-\x1f]', key) or identifier(key) == "to_dict":
                yield name, f"{name}.{key}: no generated class can have a field of this name; rename it"
            if key not in required and "$ref" not in member and not member.get("nullable"):
                yield name, f"{name}.{key}: is neither required nor nullable; say which, or it could be a third thing"
    yield from ((None, said) for said in root_findings(document))
    for path, item in document["paths"].items():
        for method in METHODS:
            if "responses" not in item.get(method, {"responses": {}}):
                yield (path, method), f"{method.upper()} {path}: has no responses; write what it returns"
    names = Counter(module(each) for _, _, each in operations(document))
    for path, method, operation in operations(document):
        where = f"{method.upper()} {path}"
        for place, what in _walk(operation, f"paths/{path}/{method}", 2):
            yield (path, method), f"{place}: {what}"
        yield from (((path, method), f"{where}: {what}") for what in _operation(document, path, method, operation))
        if names[module(operation)] > 1 or module(operation)[1] in TAKEN_OPERATIONS:
            yield (
                (path, method),
                f"{where}: generated modules have another {module(operation)[1]}; give it another operationId",
            )


def _walk(node: Any, where: str, depth: int) -> Iterator[tuple[str, str]]:
    """Find objects and enumerations that are not components of their own: the generators would name them differently."""
    if isinstance(node, dict):
        if depth > 1 and isinstance(node.get("properties"), dict) and node.get("type") == "object":
            yield where, "an object inside another; make it a component and refer to it"
        if depth > 1 and isinstance(node.get("enum"), list):
            yield where, "an enumeration inside an object; make it a component and refer to it"
        if isinstance(node.get("enum"), list) and node.get("type") != "string":
            yield where, "an enumeration of something else than texts, to which no server could add"
        for key, value in node.items():
            if key not in ("example", "examples"):
                yield from _walk(value, f"{where}/{key}", depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, where, depth + 1)


def _member(member: Json) -> Iterator[str]:
    if "$ref" in member:
        yield "a bare $ref cannot carry a description; wrap it in allOf with type and nullable"
        return
    if not member.get("description"):
        yield "has no description"
    yield from _unread(member, MEMBER_EXTENSIONS)
    if member.get("x-unit", "minutes") not in UNITS or member.get("x-clock", "24x7") not in CLOCKS:
        yield f"x-unit is one of {sorted(UNITS)}, x-clock one of {sorted(CLOCKS)}"
    if "x-repeats" in member and (member.get("type") != "string" or member["x-repeats"] is not True):
        yield "x-repeats is true, on a text, or left out"
    if "allOf" in member and (reference(member) is None or len(member["allOf"]) != 1):
        yield "allOf is for one reference to a component"


def _unread(holder: Json, known: set[str]) -> Iterator[str]:
    if unknown := {key for key in holder if key.startswith("x-")} - known:
        yield f"has extensions that nothing reads: {', '.join(sorted(unknown))}"


def _operation(document: Json, path: str, method: str, operation: Json) -> Iterator[str]:
    """Return what of an operation cannot be generated."""
    if missing := [key for key in ("operationId", "tags", "summary") if not operation.get(key)]:
        yield f"has no {' and no '.join(missing)}"
    yield from _unread(operation, OPERATION_EXTENSIONS)
    if "x-safe" in operation and (method in ("get", "head") or operation["x-safe"] is not True):
        yield "x-safe is true or left out, and GET and HEAD are safe without"
    if not any(operation.get("security", document.get("security")) or []):
        yield "is called without sign-in, and the client signs every call in; leave its `security` out"
    given = parameters(document, path, operation)
    if sorted(re.findall(r"\{([^}]*)\}", path)) != sorted(
        each["name"] for each in given.values() if each["in"] == "path"
    ):
        yield "its path and its parameters in path name different things; let each name be in both"
    names = Counter(map(identifier, given))
    for key, each in given.items():
        yield from (f"the parameter {each['name']} {what}" for what in _parameter(document, each))
        if names[name := identifier(key)] > 1 or name in TAKEN_ARGUMENTS:
            yield f"the parameter {each['name']} would be another {name}; make it a component of another name"
    body = content(document, operation.get("requestBody", {}))
    yield from (f"the body {what}" for what in _content(document, body))
    raw = {media: each.get("schema") for media, each in body.items() if not is_structured(media) and media != FORM}
    if unwritten := [media for media, schema in raw.items() if schema != BYTES or media.startswith("multipart/")]:
        yield f"the body may be sent as {', '.join(unwritten)}, which nothing writes; offer JSON, or bytes of one kind"
    responses = [response for response in successes(document, operation) if response]
    kept = [each.get("schema", {}) for held in responses for media, each in held.items() if is_structured(media)]
    if len(set(map(str, kept))) > 1 or len({any(map(is_structured, held)) for held in responses}) > 1:
        yield "has successes of different types, between which no result could choose; leave one"
    for response in responses[:1]:
        yield from (f"the response {what}" for what in _content(document, response))
        raw = {media: each.get("schema") for media, each in response.items() if not is_structured(media)}
        if len(raw) < len(response) and any(schema != BYTES for schema in raw.values()):
            yield "the response is a value in some media types and bytes in others; say `format: binary` of those"


def _parameter(document: Json, given: Json) -> Iterator[str]:
    if not given.get("description"):
        yield "has no description"
    schema = component(document, given.get("schema", {}))
    of = component(document, schema.get("items", schema))
    if given["in"] == "cookie" or given.get("style", "form") not in ("form", "simple") or of.get("type") not in SCALARS:
        yield "is of a kind that nothing writes; make it a text, a number, a date or a list of these, in path, query or header"


def _content(document: Json, held: Json) -> Iterator[str]:
    schemas = [each.get("schema", {}) for media, each in held.items() if is_structured(media) or media == FORM]
    if any(schema != schemas[0] for schema in schemas):
        yield "is another in another media type; its code is one"
    if any(len(schema.get("allOf", [""])) != 1 for schema in schemas):
        yield "has an allOf of more than one reference; make it a component"
    if any(map(speaks, held)) and not shape_name(document, schemas[0]):
        yield "has a type that XML and forms cannot be told of"
