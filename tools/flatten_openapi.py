"""A document as a flat table: each place in it, by a readable name, with the facts that stand there.

Two tables are easily compared, whichever way their documents are cut into components. Places are named from the
operation on: `GetTickets query $select`, `GetTickets body.TicketIds[]`, `GetTickets 200[].TableRight.Mask`, `sign-in
Bearer`. `[]` is an item of an array, `{}` an entry of a dictionary. The fact `evidence` is why a component, a response
or a header stands in the document that the endpoint's own page does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from tools.normalize_openapi import METHODS, Json, find, path_items, resolve

Fact: TypeAlias = str | tuple[str, ...]
Facts: TypeAlias = dict[str, Fact]
FactTable: TypeAlias = dict[str, Facts]
"""Places and their facts; a fact of several parts is a sorted tuple, and a fact that is not stated is left out."""

LIMITS = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
)  # fmt: skip
STATED = {"x-unit": "unit", "x-clock": "clock", "x-references": "references", "format": "format"}


def flatten(document: Json) -> FactTable:
    """Return the table of a whole document.

    Example:
        >>> from pathlib import Path
        >>> from tools.normalize_openapi import read
        >>> flatten(read(Path("openapi/superoffice.yaml")))["GetTickets 200[].TimeSpent"]
        {'type': 'integer', 'nullable': 'yes', 'unit': 'minutes', 'format': 'int32', 'read-only': 'yes'}
    """
    table: FactTable = {}
    for path, method, operation in operations(document):
        name = operation.get("operationId") or f"{method.upper()} {path}"
        for place, facts in flatten_operation(document, path, method, operation).items():
            table[f"{name} {place}".strip()] = facts
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        said = ("type", "in", "name", "scheme", "x-scheme")
        table[f"sign-in {name}"] = {key: str(scheme[key]) for key in said if key in scheme}
    for server in document.get("servers", []):
        table[f"server {server['url']}"] = {}
    return table


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and operation of every endpoint; what a path says for all its methods is in each operation."""
    for path, item in path_items(document):
        for method in METHODS:
            if method in item:
                own = item[method]
                yield path, method, {**own, "parameters": [*item.get("parameters", []), *own.get("parameters", [])]}


def flatten_operation(document: Json, path: str, method: str, operation: Json) -> FactTable:
    """Return the table of one operation, its places named without the operation."""
    table: FactTable = {"": {"path": path, "method": method.upper()}}
    if threshold := operation.get("x-slow-threshold-ms"):
        table[""]["slow threshold"] = f"{threshold} ms"
    if charset := operation.get("x-charset"):
        table[""]["charset"] = charset
    if ways := operation.get("security", document.get("security", [])):
        table[""]["sign-in"] = tuple(sorted(" and ".join(sorted(way)) or "none" for way in ways))
    for given in operation.get("parameters", []):
        parameter = resolve(document, given)
        place = f"{parameter['in']} {parameter['name']}"
        table[place] = _parameter(document, parameter)
    if body := resolve(document, operation.get("requestBody", {})):
        _content(document, "body", body, table)
        if body.get("required"):
            table["body"]["required"] = "yes"
    for status, given in operation.get("responses", {}).items():
        response = resolve(document, given)
        _content(document, str(status), response, table)
        for name, header in response.get("headers", {}).items():
            about = resolve(document, header)
            table[f"{status} header: {name}"] = _facts(merged(document, about.get("schema", {}))) | _evidence(about)
    return table


def merged(document: Json, schema: Json, before: tuple[str, ...] = ()) -> Json:
    """Return a schema with what it refers to in its place: `$ref`, `allOf`, and null as one of several types.

    Raises:
        UnreadableError: A reference, one of those that came `before` it among them, leads nowhere or back to itself.
    """
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        target = merged(document, find(document, schema["$ref"], before), (*before, schema["$ref"]))
        return {**target, **beside, "name": name, "evidence": target.get("x-evidence", "")}
    whole = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf")}
    for part in schema.get("allOf", []):
        whole = _joined(merged(document, part, before), whole)
    several = [merged(document, part, before) for part in (*schema.get("anyOf", []), *schema.get("oneOf", []))]
    others = [part for part in several if part.get("type") != "null"]
    if len(others) < len(several):
        whole["nullable"] = True
    if len(others) == 1:
        whole = _joined(others[0], whole)
    elif others:
        whole["type"] = "one of " + ", ".join(sorted(str(part.get("name", part.get("type"))) for part in others))
    if isinstance(kinds := whole.get("type"), list):
        whole["nullable"] = whole.get("nullable") or "null" in kinds
        whole["type"] = " or ".join(kind for kind in kinds if kind != "null")
    if None in whole.get("enum", ()):
        whole["nullable"] = True
        whole["enum"] = [value for value in whole["enum"] if value is not None]
    return whole


def _joined(part: Json, whole: Json) -> Json:
    """Add what one schema of several says; the outer one wins, except that null is allowed if either says so."""
    joined = {**part, **whole}
    if part.get("nullable") or whole.get("nullable"):
        joined["nullable"] = True
    for key in ("properties", "required"):
        if key in part and key in whole:
            joined[key] = {**part[key], **whole[key]} if key == "properties" else [*part[key], *whole[key]]
    return joined


def _parameter(document: Json, parameter: Json) -> Facts:
    schema = merged(document, parameter.get("schema", {}))
    facts = _facts(schema)
    if schema.get("type") == "array":
        commas = not parameter.get("explode", parameter["in"] == "query")
        items = merged(document, schema.get("items", {}))
        facts["type"] = f"{items.get('type', 'any')}s, " + ("joined by commas" if commas else "repeated")
    if parameter.get("required"):
        facts["required"] = "yes"
    return facts


def _content(document: Json, place: str, message: Json, table: FactTable) -> None:
    """Add the media types of a message and what it consists of; media types of one shape share its places."""
    content: Json = message.get("content", {})
    table[place] = _evidence(message)
    if content:
        table[place]["media types"] = tuple(sorted(content))
    seen: list[Json] = []
    for media, about in content.items():
        schema = about.get("schema", {})
        if schema not in seen:
            _schema(document, f"{place} as {media}" if seen else place, schema, table, ())
            seen.append(schema)


def _schema(document: Json, place: str, given: Json, table: FactTable, above: tuple[str, ...]) -> None:
    """Add a schema's facts to its place, and the places within it; a schema within itself is not entered again."""
    schema = merged(document, given)
    table[place] = {**_facts(schema), **table.get(place, {})}
    name = str(schema.get("name", ""))
    if name and name in above:
        return
    above = (*above, name)
    for key, member in schema.get("properties", {}).items():
        if key in schema.get("required", []):
            table[f"{place}.{key}"] = {"required": "yes"}
        _schema(document, f"{place}.{key}", member, table, above)
    if isinstance(items := schema.get("items"), dict):
        _schema(document, f"{place}[]", items, table, above)
    if isinstance(entries := schema.get("additionalProperties"), dict):
        _schema(document, f"{place}{{}}", entries, table, above)


def _facts(schema: Json) -> Facts:
    facts: Facts = {"type": str(schema.get("type", "object" if "properties" in schema else "any"))}
    if schema.get("nullable"):
        facts["nullable"] = "yes"
    if "name" in schema:
        facts["name"] = str(schema["name"])
    facts |= {name: str(schema[key]) for key, name in STATED.items() if key in schema}
    if schema.get("x-read-only") or schema.get("readOnly"):
        facts["read-only"] = "yes"
    if schema.get("x-repeats"):
        facts["repeats"] = "yes"
    if schema.get("x-open"):
        facts["open"] = "yes"
    if "enum" in schema:
        facts["values"] = tuple(sorted(map(str, schema["enum"])))
    if schema.get("evidence"):
        facts["evidence"] = str(schema["evidence"])
    if "default" in schema:
        facts["default"] = str(schema["default"])
    limits = tuple(f"{key} {schema[key]}" for key in LIMITS if key in schema)
    several = {
        "limits": limits,
        "sentinels": _pairs(schema.get("x-sentinels", {})),
        "flags": _pairs(schema.get("x-flags", {})),
        "xml": _pairs({key: value for key, value in schema.get("xml", {}).items() if key != "x-evidence"}),
    }
    return facts | {name: parts for name, parts in several.items() if parts}


def _evidence(about: Json) -> Facts:
    return {"evidence": str(about["x-evidence"])} if "x-evidence" in about else {}


def _pairs(mapping: dict[Any, Any]) -> tuple[str, ...]:
    return tuple(sorted(f"{key} = {value}" for key, value in mapping.items()))
