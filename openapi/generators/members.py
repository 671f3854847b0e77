"""Emit what the document says of members: fields with their meaning, flags, types, and the loop that clears empty dates."""

from __future__ import annotations

from openapi_python_client.strings import snake_case

from facts import Json, objects, reference, type_name

EMPTY_YEAR = "year 1"
PYTHON_TYPES = {"string": "str", "int32": "int", "date-time": "datetime", "boolean": "bool"}


def field_call(document: Json, name: str, schema: Json) -> str:
    """Write the `Field(...)` of one member."""
    given = [repr(name), repr(snake_case(name)), repr(type_name(schema)), repr(schema.get("description", ""))]
    for option, key in (
        ("unit", "x-unit"),
        ("clock", "x-clock"),
        ("references", "x-references"),
        ("sentinels", "x-sentinels"),
        ("read_only", "x-read-only"),
        ("evidence", "x-evidence"),
    ):
        if key in schema:
            given.append(f"{option}={schema[key]!r}")
    extra = schema.get("additionalProperties")
    target = reference(extra if isinstance(extra, dict) else schema)
    if target and "properties" in document["components"]["schemas"][target]:
        given.append(f"members=fields_of({target}Fields)")
    return f"Field({', '.join(given)})"


def fields_module(document: Json) -> str:
    """Write `fields.py`: for each object a class with a `Field` for each member, nested objects first."""
    done: dict[str, str] = {}

    def emit(name: str) -> None:
        schema = document["components"]["schemas"][name]
        if name in done or "properties" not in schema:
            return
        done[name] = ""  # marks it as under way, so that objects which hold themselves end
        for member in schema["properties"].values():
            inner = member.get("additionalProperties", member)
            if isinstance(inner, dict) and (target := reference(inner)) is not None:
                emit(target)
        body = "".join(
            f"    {snake_case(key)}: Final = {field_call(document, key, member)}\n"
            for key, member in schema["properties"].items()
        )
        del done[name]
        done[name] = (
            f'class {name}Fields:\n    """The members of {name}, and what the document says of each."""\n\n{body}'
        )

    for name, _ in objects(document):
        emit(name)
    head = "from typing import Final\n\nfrom superoffice_runtime.fields import Field, fields_of\n"
    return "\n\n".join([head, *done.values()])


def dates_module(document: Json) -> str:
    """Write `dates.py`: for each object with empty dates, the loop that turns them into None."""
    found = {
        name: [
            snake_case(key)
            for key, member in schema["properties"].items()
            if EMPTY_YEAR in member.get("x-sentinels", {})
        ]
        for name, schema in objects(document)
    }
    found = {name: members for name, members in found.items() if members}
    parts = [
        "from collections.abc import Iterable\nfrom datetime import tzinfo\n\nfrom msgspec.structs import force_setattr\n"
    ]
    parts.append(f"from .models import {', '.join(found)}\n\n" if found else "")
    for name, members in found.items():
        parts.append(
            f"def settle_{snake_case(name)}_dates(values: Iterable[{name}], assume: tzinfo | None) -> None:\n"
            '    """Set year-1 date-times to None and give naive ones the zone `assume` (None: leave them naive)."""\n'
            "    for value in values:\n"
        )
        for member in members:
            parts.append(
                f"        date = value.{member}\n"
                "        if date is not None and (date.year == 1 or date.tzinfo is None):\n"
                f"            if date.year == 1:\n                force_setattr(value, {member!r}, None)\n"
                "            elif assume is not None:\n"
                f"                force_setattr(value, {member!r}, date.replace(tzinfo=assume))\n"
            )
    return "".join(parts)


def python_type(schema: Json) -> str:
    """Name a member's type as the models have it."""
    if (name := reference(schema)) is not None:
        found = name
    elif isinstance(extra := schema.get("additionalProperties"), dict):
        found = f"dict[str, {python_type(extra)}]"
    elif schema.get("type") == "array":
        found = f"list[{python_type(schema['items'])}]"
    else:
        found = PYTHON_TYPES.get(type_name(schema), "Any")
    return found + " | None" if schema.get("nullable") else found


def members_module(document: Json) -> str:
    """Write `members.py`: for each object a class of bare annotations, for classes that have some of the members."""
    names = ", ".join(sorted(document["components"]["schemas"]))
    parts = [f"from datetime import datetime\nfrom typing import Any\n\nfrom .models import {names}\n"]
    for name, schema in objects(document):
        body = "".join(
            f"    {snake_case(key)}: {python_type(member)}\n" for key, member in schema["properties"].items()
        )
        parts.append(f'class {name}Members:\n    """The members of {name}, by attribute."""\n\n{body}')
    return "\n\n".join(parts)


def flags_module(document: Json) -> str:
    """Write `flags.py`: for each member with `x-flags` an `OpenFlag`, called after its object."""
    parts = ["from superoffice_runtime.flags import OpenFlag\n"]
    for name, schema in objects(document):
        for key, member in schema["properties"].items():
            if "x-flags" in member:
                bits = "".join(f"    {snake_case(flag).upper()} = {bit}\n" for flag, bit in member["x-flags"].items())
                wire = "".join(f"        {flag!r}: {bit},\n" for flag, bit in member["x-flags"].items())
                note = f'    """What {name}.{key} may name; several names may share bits."""\n\n'
                parts.append(
                    f"class {name}s(OpenFlag):\n{note}{bits}\n"
                    f"    @classmethod\n    def wire_names(cls) -> dict[str, int]:\n"
                    f'        """Give the names on the wire with their bits."""\n        return {{\n{wire}        }}\n'
                )
    return "\n\n".join(parts)
