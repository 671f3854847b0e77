"""Generate what the document says of fields: their meaning, flags, types, and the loop that clears empty dates."""

from __future__ import annotations

from openapi_python_client.strings import snake_case

from facts import Json, objects, reference, type_name
from models import Models

EMPTY_YEAR = "year 1"


def held(schema: Json) -> str | None:
    """Name the component that a member holds, itself or as the entries of a map."""
    inner = schema.get("additionalProperties")
    return reference(inner if isinstance(inner, dict) else schema)


def field_call(name: str, attribute: str, schema: Json, *, nested: bool) -> str:
    """Write the `Field(...)` of one member; `nested` where the fields of what it holds stand before it."""
    given = [repr(name), repr(attribute), repr(type_name(schema)), repr(schema.get("description", ""))]
    for option, key in (
        ("unit", "x-unit"),
        ("clock", "x-clock"),
        ("references", "x-references"),
        ("sentinels", "x-sentinels"),
        ("read_only", "x-read-only"),
        ("repeats", "x-repeats"),
        ("evidence", "x-evidence"),
    ):
        if key in schema:
            given.append(f"{option}={schema[key]!r}")
    if nested:
        given.append(f"members=fields_of({held(schema)}Fields)")
    return f"Field({', '.join(given)})"


def fields_module(document: Json, models: Models) -> str:
    """Write `fields.py`: for each object a class with a `Field` for each member, nested objects first."""
    done: dict[str, str] = {}
    begun: set[str] = set()  # an object that holds itself, if by others, is not in itself here

    def emit(name: str) -> None:
        schema = document["components"]["schemas"][name]
        if name in begun or "properties" not in schema:
            return
        begun.add(name)
        lines = []
        for key, member in schema["properties"].items():
            if (target := held(member)) is not None:
                emit(target)
            attribute = models.classes[name][key][0]
            lines.append(f"    {attribute}: Final = {field_call(key, attribute, member, nested=target in done)}\n")
        note = f'    """The members of {name}, and what the document says of each."""\n\n'
        done[name] = f"class {name}Fields:\n{note}{''.join(lines)}"

    for name, _ in objects(document):
        emit(name)
    head = "from typing import Final\n\nfrom superoffice_runtime.fields import Field, fields_of\n"
    return "\n\n".join([head, *done.values()])


IS_EMPTY = "date.year == 1"  # what the document calls "year 1"
DATES_HEAD = f'''\
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, cast

from msgspec.structs import force_setattr

{{}}
def is_empty(date: datetime) -> bool:
    """Return whether a date-time stands for none at all."""
    return {IS_EMPTY}


def normalize_dates(values: Sequence[Any], assume: tzinfo | None, of: type | Mapping[str, bool]) -> bool:
    """Set empty date-times to None and give naive ones the zone `assume` (None: leave them naive).

    `of` is a class of `models`, all of whose date-times are looked at, or the attributes to look at, each with whether
    it may be None. Return False where one that may not has become None.
    """
    if isinstance(of, type):
        _NORMALIZERS[of](values, assume)
        return True
    complete = True
    for value in values:
        for name, may_be_none in of.items():
            date = getattr(value, name)
            if date is not None and {IS_EMPTY}:
                force_setattr(value, name, None)
                complete = complete and may_be_none
            elif date is not None and date.tzinfo is None and assume is not None:
                force_setattr(value, name, date.replace(tzinfo=assume))
    return complete


'''


def dates_module(document: Json, models: Models) -> str:
    """Write `dates.py`: `normalize_dates`, and for each object with empty dates a loop over all of them, unrolled."""
    found = {
        name: [
            models.classes[name][key][0]
            for key, member in schema["properties"].items()
            if EMPTY_YEAR in member.get("x-sentinels", {})
        ]
        for name, schema in objects(document)
    }
    found = {name: members for name, members in found.items() if members}
    parts = [DATES_HEAD.format(f"from .models import {', '.join(found)}\n\n" if found else "")]
    for name, members in found.items():
        first = f"value.{members[0]}"
        # What is not set is false, as None is, and a date never is; `is` is the quicker one.
        given = {each: "" if "UnsetType" in kind else " is not None" for each, kind in models.classes[name].values()}
        sound = " and ".join([f"{first}.tzinfo is zone", *(f"value.{member} >= floor" for member in members)])
        parts.append(
            f"def _{snake_case(name)}(values: Sequence[{name}], assume: tzinfo | None) -> None:\n"
            f"    zone = next((value.{members[0]}.tzinfo for value in values[:1] if {first}{given[members[0]]}), None) or UTC\n"
            "    floor = datetime(2, 1, 2, tzinfo=zone)  # past year 1 in every zone\n"
            "    try:  # one comparison tells both empty and naive; between zones it is slow, so one zone is looked at\n"
            f'        if all({sound} for value in cast("Sequence[Any]", values)):\n            return\n'
            "    except (AttributeError, TypeError):  # None, or a naive one\n        pass\n"
            "    for value in values:\n"
        )
        for member in members:
            parts.append(
                f"        date = value.{member}\n"
                f"        if date{given[member]} and (date.tzinfo is not zone or date < floor):\n"
                f"            if {IS_EMPTY}:\n                force_setattr(value, {member!r}, None)\n"
                "            elif date.tzinfo is None and assume is not None:\n"
                f"                force_setattr(value, {member!r}, date.replace(tzinfo=assume))\n"
            )
        parts.append("\n\n")
    made = ", ".join(f"{name}: _{snake_case(name)}" for name in found)
    parts.append(f"_NORMALIZERS: Final[dict[type, Callable[[Sequence[Any], tzinfo | None], None]]] = {{{made}}}\n")
    return "".join(parts)


def members_module(document: Json, models: Models) -> str:
    """Write `members.py`: for each object a class of bare annotations, for classes that have some of the members."""
    names = ", ".join(sorted(document["components"]["schemas"]))
    parts = [f"{models.imports}\n\nfrom .models import {names}\n"]
    for name, _ in objects(document):
        body = "".join(f"    {attribute}: {kind}\n" for attribute, kind in models.classes[name].values())
        parts.append(f'class {name}Members:\n    """The members of {name}, by attribute."""\n\n{body}')
    return "\n\n".join(parts)


def flags_module(document: Json) -> str:
    """Write `flags.py`: for each member with `x-flags` an `OpenFlag`, called after its object."""
    parts = ["from superoffice_runtime.flags import OpenFlag\n"]
    for name, schema in objects(document):
        masks = [(key, member) for key, member in schema["properties"].items() if "x-flags" in member]
        for key, member in masks:
            bits = "".join(f"    {snake_case(flag).upper()} = {bit}\n" for flag, bit in member["x-flags"].items())
            wire = "".join(f"        {flag!r}: {bit},\n" for flag, bit in member["x-flags"].items())
            note = f'    """What {name}.{key} may name; several names may share bits."""\n\n'
            parts.append(
                f"class {name}{key if len(masks) > 1 else ''}s(OpenFlag):\n{note}{bits}\n"
                f"    @classmethod\n    def wire_names(cls) -> dict[str, int]:\n"
                f'        """Return the names on the wire with their bits."""\n        return {{\n{wire}        }}\n'
            )
    return "\n\n".join(parts)
