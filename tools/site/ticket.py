"""The page of the Ticket: each field with type, unit, clock, special values, reference and meaning."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from superoffice_api import models
from tools.flatten_openapi import merged
from tools.normalize_openapi import Json
from tools.site.markdown import code, said, table

HEAD = """---
hide: [toc]
---
# The Ticket

What the OpenAPI document says about the {count} fields of a ticket, in its order. Only `TicketId` always has a value.
Other fields are `None` if the server has no value, or an empty date (year 1). For programs, `TicketFields` has the same
facts, such as `TicketFields.time_to_reply`: `.unit`, `.clock`, `.sentinels`, `.references`, `.duration(ticket)` and
`.meaning(ticket)`.

The clock *priority* counts the office hours of the ticket's priority; the clock *24x7* counts every hour. Text marked
*inferred* is not on the endpoint's own page, and says where it comes from.
"""
NESTED = ("TableRight", "FieldProperty", "FieldRight")


def page(document: Json) -> str:
    """Make the page."""
    schemas = document["components"]["schemas"]
    parts = [
        HEAD.format(count=len(schemas["Ticket"]["properties"])).rstrip(),
        "## Fields",
        _members("Ticket", document),
    ]
    for name in NESTED:
        parts += [f"## {name}", said(schemas[name]), _members(name, document)]
        for member, schema in schemas[name]["properties"].items():
            if flags := schema.get("x-flags"):
                parts += [f"Names in `{name}.{member}`, and the bits of `{name}s`:", _flags(flags)]
    for name, schema in schemas.items():
        if "pattern" in schema:
            parts += [f"## {name}", said(schema), f"On the wire it matches {code(schema['pattern'])}."]
        if "enum" in schema:
            values = ", ".join(map(code, schema["enum"]))
            parts += [
                f"## {name}",
                said(schema),
                f"{values}. A server may add values; a new value is returned as it is.",
            ]
    return "\n\n".join(parts) + "\n"


def _members(name: str, document: Json) -> str:
    schemas = document["components"]["schemas"]
    generated = {each.encode_name: each.name for each in msgspec.structs.fields(getattr(models, name))}
    types = getattr(models, name).__annotations__
    heads = ["Field", "In Python", "Unit and clock", "Special values", "Refers to", "Meaning"]
    rows = [
        [
            code(member),
            f"`{generated[member]}`<br>{_type(types[generated[member]], schemas)}",
            "<br>".join(filter(None, [schema.get("x-unit"), schema.get("x-clock")])),
            "<br>".join(f"{_value(value)} {name}" for value, name in _sentinels(document, schema)),
            code(schema.get("x-references")),
            said(schema) + (" Read only." if schema.get("x-read-only") else ""),
        ]
        for member, schema in schemas[name]["properties"].items()
    ]
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]  # no column is empty
    return table([heads[place] for place in kept], ([row[place] for place in kept] for row in rows))


def _type(annotation: str, schemas: Json) -> str:
    """Write a type without the None that all but one may be; an object's or an enumeration's leads to its section."""
    plain = annotation.removesuffix(" | None")
    inner = plain.removeprefix("dict[str, ").removesuffix("]").replace("datetime", "Moment")
    return f"[`{plain}`](#{inner.lower()})" if inner in schemas else code(plain)


def _sentinels(document: Json, schema: Json) -> Iterable[tuple[str, str]]:
    found: dict[str, str] = merged(document, schema).get("x-sentinels", {})
    return found.items()


def _value(value: str) -> str:
    return f"{value}:" if value == "year 1" else f"`{value}`:"


def _flags(flags: dict[str, int]) -> str:
    return table(["Name", "Bits"], ([code(name), bits] for name, bits in flags.items()))
