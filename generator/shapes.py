"""Generate the table by which XML and forms are read and written."""

from __future__ import annotations

from collections.abc import Iterator

from facts import Json, component, content, in_bodies, objects, operations, reference, resolve

SCALARS = {"integer": "int", "number": "number", "boolean": "bool", "string": "string"}
FORM = "application/x-www-form-urlencoded"
ELEMENTS = {"int": "int", "number": "double", "bool": "boolean", "string": "string", "date-time": "dateTime"}


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
    """Return what of a member the table cannot hold."""
    if (found := kind(document, member)) is None:
        yield "has a type that XML and forms cannot be told of"
        return
    xml = member.get("xml", {})
    if unread := {"name", "attribute", "prefix", "namespace"} & xml.keys():
        yield f"says for XML what nothing reads: {', '.join(sorted(unread))}"
    if found.startswith("array of ") and not xml.get("wrapped"):
        yield "is an array whose items would stand alone in XML; say `xml: {wrapped: true}`"


def shape_name(document: Json, schema: Json) -> str:
    """Name the shape of a whole body in the table; an empty text where the table has none."""
    found, whole = kind(document, schema), component(document, schema)
    if found is not None and found.startswith("array of "):
        return str(whole.get("xml", {}).get("name", f"ArrayOf{item_name(document, whole)}"))
    return found or ""


def roots(document: Json) -> Iterator[Json]:
    """Yield the schema of everything that is a whole body in XML or a form."""
    for _, _, operation in operations(document):
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for media, held in content(document, body).items():
                if speaks(media):
                    yield held.get("schema", {})


def speaks(media_type: str) -> bool:
    """Return whether a media type needs the table."""
    return media_type.endswith(("/xml", "+xml")) or media_type == FORM


def root(document: Json, schema: Json) -> str:
    """Write the row of a whole body that is no object: an array, a dictionary or a single value."""
    found, whole = str(kind(document, schema)), component(document, schema)
    if found in ELEMENTS:
        return f"Shape({ELEMENTS[found]!r})"
    of = found.split(" of ", 1)[1]
    if found.startswith("array of "):
        return f"Shape({shape_name(document, schema)!r}, of={of!r}, item={item_name(document, whole)!r})"
    entry = whole.get("xml", {}).get("x-entry", f"KeyValueOfstring{ELEMENTS.get(of, of)}")
    return f"Shape({whole.get('xml', {}).get('name', f'ArrayOf{entry}')!r}, item={entry!r})"


def root_findings(document: Json) -> list[str]:
    """Return which things would have the same name in XML, by which a reader tells them apart."""
    elements = {name: str(schema.get("xml", {}).get("name", name)) for name, schema in objects(document)}
    rows: dict[str, set[str]] = {}
    for name, element in elements.items():
        rows.setdefault(element, set()).add(name)
    for schema in roots(document):
        if (name := shape_name(document, schema)) and name not in elements:
            rows.setdefault(name, set()).add(root(document, schema))
    return [f"in XML, {name} would be {' and '.join(sorted(of))}" for name, of in rows.items() if len(of) > 1]


def read_only(schema: Json) -> list[str]:
    """Return the fields of an object that only the server sets."""
    return [key for key, member in schema["properties"].items() if member.get("x-read-only")]


def shapes_module(document: Json) -> str:
    """Write `shapes.py`: every object and every array that is a body."""
    found: dict[str, str] = {}
    sent = in_bodies(document)
    for name, schema in objects(document):
        members = {key: kind(document, member) or "" for key, member in schema["properties"].items()}
        items = {key: item_name(document, schema["properties"][key]) for key, of in members.items() if " of " in of}
        given = f", items={items!r}" if items else ""
        own = read_only(schema) if name in sent else []
        given += f", read_only=frozenset({own!r})" if own else ""
        found[name] = f"Shape({schema.get('xml', {}).get('name', name)!r}, members={members!r}{given})"
    for schema in roots(document):
        name = shape_name(document, schema)
        if name and name not in document["components"]["schemas"]:
            found[name] = root(document, schema)
    rows = "".join(f"    {name!r}: {shape},\n" for name, shape in found.items())
    return (
        "from collections.abc import Mapping\nfrom typing import Final\n\nfrom superoffice_runtime.shapes import Shape\n\n"
        f'SHAPES: Final[Mapping[str, Shape]] = {{\n{rows}}}\n"""Objects by their names, arrays by their elements\' names."""\n'
    )
