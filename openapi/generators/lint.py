"""Rules for the document that no public linter knows: what the generators need, and what the extensions may say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openapi_python_client.strings import ClassName

from facts import Json, objects, reference
from shapes import findings as shape_findings

UNITS = {"minutes", "seconds"}
CLOCKS = {"priority", "24x7"}
MEMBER_EXTENSIONS = {"x-unit", "x-clock", "x-sentinels", "x-references", "x-read-only", "x-flags", "x-evidence"}


def findings(document: Json) -> list[str]:
    """Say what is wrong with the document, a line each."""
    found = [f"{where}: {what}" for where, what in _walk(document["components"]["schemas"], "components/schemas", 0)]
    for name in document["components"]["schemas"]:
        if ClassName(name, "") != name:
            found.append(f"components/schemas/{name}: the generators would call it {ClassName(name, '')}; name it so")
    for name, schema in objects(document):
        for key, member in schema["properties"].items():
            found += [f"{name}.{key}: {what}" for what in (*_member(member), *shape_findings(document, member))]
    return found


def _walk(node: Any, where: str, depth: int) -> Iterator[tuple[str, str]]:
    """Find objects and enumerations that are not components of their own: the generators would name them differently."""
    if isinstance(node, dict):
        if depth > 1 and isinstance(node.get("properties"), dict) and node.get("type") == "object":
            yield where, "an object inside another; make it a component and refer to it"
        if depth > 1 and isinstance(node.get("enum"), list):
            yield where, "an enumeration inside an object; make it a component and refer to it"
        for key, value in node.items():
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
    if unknown := {key for key in member if key.startswith("x-")} - MEMBER_EXTENSIONS:
        yield f"has extensions that nothing reads: {', '.join(sorted(unknown))}"
    if member.get("x-unit", "minutes") not in UNITS or member.get("x-clock", "24x7") not in CLOCKS:
        yield f"x-unit is one of {sorted(UNITS)}, x-clock one of {sorted(CLOCKS)}"
    if "allOf" in member and (reference(member) is None or len(member["allOf"]) != 1):
        yield "allOf is for one reference to a component"
