"""Emit the table by which XML and forms are read and written."""

from __future__ import annotations

from collections.abc import Iterator

from facts import Json, objects, operations, reference, resolve

SCALARS = {"integer": "int", "number": "number", "boolean": "bool", "string": "string"}


def kind(document: Json, schema: Json) -> str | None:
    """Name a schema's kind as the table has it; None where XML and forms know none."""
    if (name := reference(schema)) is not None:
        target = document["components"]["schemas"][name]
        return name if "properties" in target else kind(document, target)
    for prefix, inner in (("map of ", schema.get("additionalProperties")), ("array of ", schema.get("items"))):
        if isinstance(inner, dict):
            of = kind(document, inner)
            return None if of is None or " of " in of else prefix + of
    if schema.get("type") == "string" and schema.get("format") == "date-time":
        return "date-time"
    return SCALARS.get(schema.get("type", ""))


def item_name(document: Json, schema: Json) -> str:
    """Name the element of an item of an array, or of an entry of a dictionary."""
    if "items" not in schema:
        return str(schema.get("xml", {}).get("x-entry", "item"))
    item = resolve(document, schema["items"])
    return str(item.get("xml", {}).get("name") or reference(schema["items"]) or kind(document, item))


def findings(document: Json, member: Json) -> Iterator[str]:
    """Say what of a member the table cannot hold."""
    if (found := kind(document, member)) is None:
        yield "has a type that XML and forms cannot be told of"
        return
    xml = member.get("xml", {})
    if unread := {"name", "attribute", "prefix", "namespace"} & xml.keys():
        yield f"says for XML what nothing reads: {', '.join(sorted(unread))}"
    if found.startswith("array of ") and not xml.get("wrapped"):
        yield "is an array whose items would stand alone in XML; say `xml: {wrapped: true}`"


def roots(document: Json) -> Iterator[Json]:
    """Yield the schema of every array that is a whole body."""
    for _, _, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for content in resolve(document, body).get("content", {}).values():
                schema = resolve(document, content.get("schema", {}))
                if "items" in schema:
                    yield schema


def shapes_module(document: Json) -> str:
    """Write `shapes.py`: every object and every array that is a body."""
    found: dict[str, str] = {}
    for name, schema in objects(document):
        members = {key: kind(document, member) for key, member in schema["properties"].items()}
        items = {
            key: item_name(document, schema["properties"][key]) for key, of in members.items() if " of " in str(of)
        }
        given = f", items={items!r}" if items else ""
        found[name] = f"Shape({schema.get('xml', {}).get('name', name)!r}, members={members!r}{given})"
    for schema in roots(document):
        item = item_name(document, schema)
        name = schema.get("xml", {}).get("name", f"ArrayOf{item}")
        found[name] = f"Shape({name!r}, of={kind(document, schema['items'])!r}, item={item!r})"
    rows = "".join(f"    {name!r}: {shape},\n" for name, shape in found.items())
    return (
        "from collections.abc import Mapping\nfrom typing import Final\n\nfrom superoffice_runtime.shapes import Shape\n\n"
        f'SHAPES: Final[Mapping[str, Shape]] = {{\n{rows}}}\n"""Objects by their names, arrays by their elements\' names."""\n'
    )
