"""Compare the document with one that SuperOffice publishes, Swagger 2.0 or OpenAPI 3.x, endpoint by endpoint.

    python -m tools.compare FILE [--document FILE]

Exits 0 where nothing differs, 1 where something does, 2 where a file cannot be read. Theirs is matched leniently:
paths by their end, names without case, types without namespaces. What theirs does not speak of at all, such as null in
Swagger 2.0, is not a difference, nor is what ours has more and gives its evidence for (`x-evidence`); both are told.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

from tools.differences import above
from tools.flatten_openapi import Facts, FactTable, flatten_operation, operations
from tools.normalize_openapi import ANY, Json, UnreadableError, read

DOCUMENT = Path(__file__).resolve().parents[1] / "openapi/superoffice.yaml"
COMPARED = ("type", "format", "nullable", "required", "values", "media types")
SILENT = ("nullable", "required")  # what a whole document may leave unsaid
UNSAID = {"media types": "has bodies and responses of which it says no media type"}
NOT_COMPARED = "that was not compared"
MANY = 6  # names that a cell of the table holds
SEGMENTS = 3  # as many of a path's last parts must be alike


@attrs.frozen
class Row:
    """One difference: where, in what, and what each of the two documents has."""

    place: str
    what: str
    ours: str
    theirs: str


@attrs.frozen
class Comparison:
    """What differs about one endpoint.

    Args:
        name: Its operationId.
        rows: The differences.
        explained: What ours has more, with evidence.
        unsaid: Facts that theirs states nowhere.
    """

    name: str
    rows: tuple[Row, ...]
    explained: tuple[Row, ...] = ()
    unsaid: tuple[str, ...] = ()


def compare(ours: Json, theirs: Json) -> Iterator[Comparison]:
    """Compare each endpoint of ours with theirs."""
    for path, method, operation in operations(ours):
        name = str(operation.get("operationId", path))
        found = [each for each in operations(theirs) if each[1] == method and _alike(path, each[0], theirs)]
        if not found:
            yield Comparison(name, (Row("", "endpoint", f"{method.upper()} {path}", "not there"),))
            continue
        there = _lenient(flatten_operation(theirs, *found[0]))
        yield _endpoint(name, _without_sign_in(ours, flatten_operation(ours, path, method, operation), there), there)


def _alike(path: str, other: str, theirs: Json) -> bool:
    """Return whether two paths end alike, with or without the site and the `/api` before them."""
    ends = []
    for server in theirs.get("servers") or [{"url": ""}]:
        base = re.sub(r"^[a-z]+://[^/]*", "", str(server.get("url", "")))
        ours, whole = ([_part(part) for part in text.split("/") if part] for text in (path, f"{base}/{other}"))
        short = min(len(ours), len(whole))
        ends.append(short >= SEGMENTS and ours[-short:] == whole[-short:])
    return any(ends)


def _part(part: str) -> str:
    return "{}" if part.startswith("{") else part.lower()


def _lenient(table: FactTable) -> FactTable:
    """Return a table by places without case."""
    return {place.lower(): {**facts, "place": place} for place, facts in table.items()}


def _without_sign_in(document: Json, ours: FactTable, theirs: FactTable) -> FactTable:
    """Add the headers that ours has as sign-in and theirs as parameters, as theirs has them."""
    table = _lenient(ours)
    for scheme in document.get("components", {}).get("securitySchemes", {}).values():
        place = f"{scheme.get('in', 'header')} {scheme.get('name', 'Authorization')}".lower()
        if place in theirs:
            table.setdefault(place, theirs[place])
    return table


def _endpoint(name: str, ours: FactTable, theirs: FactTable) -> Comparison:
    rows: list[Row] = []
    explained: list[Row] = []
    unsaid = tuple(
        fact for fact in SILENT if not any(fact in facts for place, facts in theirs.items() if _member(place))
    )
    silent = ("media types",) if any(_says_none(facts) for facts in theirs.values()) else ()
    for place, facts in ours.items():
        if place in theirs:
            for row, known in _facts(facts, theirs[place], unsaid if _member(place) else ()):
                (explained if known else rows).append(row)
        elif not any(outer not in theirs for outer in above(place, ours)):
            row = Row(str(facts["place"]), "name", _kind(facts), "not there")
            (explained if _known(place, ours) else rows).append(row)
    for place, facts in theirs.items():
        if place not in ours and not any(outer not in ours for outer in above(place, theirs)):
            rows.append(Row(str(facts["place"]), "name", "not there", _kind(facts)))
    rows += _spelling(ours, theirs)
    return Comparison(name, tuple(rows), tuple(explained), unsaid + silent)


def _says_none(facts: Facts) -> bool:
    """Return whether a body or a response is there of which no media type is said."""
    return facts.get("media types") == (ANY,)


def _member(place: str) -> bool:
    """Return whether a place is in a body, not a parameter, header, or operation."""
    return bool(re.search(r"[.\[{]", place)) and " header: " not in place


def _known(place: str, ours: FactTable) -> bool:
    """Return whether ours gives evidence for a place that theirs has not: a response's, a header's, or its type's."""
    own = [] if _member(place) else [place]
    return any("evidence" in ours[outer] for outer in (*above(place, ours), *own))


def _facts(ours: Facts, theirs: Facts, unsaid: tuple[str, ...]) -> Iterator[tuple[Row, bool]]:
    """Yield the differences of one place, and whether each is explained."""
    place = str(ours["place"])
    for fact in COMPARED:
        here, there = ours.get(fact, "no" if fact in SILENT else ""), theirs.get(fact, "no" if fact in SILENT else "")
        if (
            fact in unsaid
            or (fact == "media types" and _says_none(theirs))
            or _plain(fact, here) == _plain(fact, there)
        ):
            continue
        if isinstance(here, tuple) and isinstance(there, tuple):
            only_here, only_there = sorted({*here} - {*there}), sorted({*there} - {*here})
            if only_here:
                known = fact == "values" and "evidence" in ours
                yield Row(place, fact, _text(tuple(only_here)), "not there"), known
            if only_there:
                yield Row(place, fact, "not there", _text(tuple(only_there))), False
        else:
            yield Row(place, fact, _text(here), _text(there)), fact == "values" and not there and "evidence" in ours


def _plain(fact: str, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    # Texts joined by commas are one text on the wire, and a date-time may lack its offset; published documents say so.
    plain = {("type", "strings, joined by commas"): "string", ("format", "iso-date-time"): "date-time"}
    return plain.get((fact, str(value)), value)


def _text(value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return ", ".join(value[:MANY]) + (f" and {len(value) - MANY} more" if len(value) > MANY else "")
    return value or "not stated"


def _kind(facts: Facts) -> str:
    return " ".join(_text(facts[fact]) for fact in ("type", "format") if fact in facts) or "there"


def _spelling(ours: FactTable, theirs: FactTable) -> Iterator[Row]:
    """Yield one row for all fields that differ in case, which JSON does not overlook; headers do."""
    pairs = [
        (str(ours[place]["place"]), str(theirs[place]["place"]))
        for place in ours.keys() & theirs.keys()
        if _member(place)
    ]
    other = sorted({(_last(one), _last(two)) for one, two in pairs if _last(one) != _last(two)})
    if other:
        first = other[0]
        yield Row("", "case", f"{len(other)} names, such as {first[0]}", first[1])


def _last(place: str) -> str:
    return re.split(r"[ .]", place)[-1]


def table(rows: tuple[Row, ...], file: str) -> str:
    """Write rows as a table."""
    lines = [
        ("place", "differs in", "here", f"in {file}"),
        *((each.place, each.what, each.ours, each.theirs) for each in rows),
    ]
    widths = [min(max(len(line[column]) for line in lines), 48) for column in range(3)]
    return "\n".join(
        "  " + "  ".join((*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[3])).rstrip()
        for line in lines
    )


def main() -> int:
    """Compare, and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="nox -s compare --", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("file", type=Path, help="Swagger 2.0 or OpenAPI 3.x, in JSON or YAML")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="ours")
    options = parser.parse_args()
    try:
        found = list(compare(read(options.document), read(options.file)))
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    for each in found:
        count = len(each.rows)
        print(f"{each.name}: {count or 'no'} difference{'' if count == 1 else 's'}.")
        if each.rows:
            print(table(each.rows, options.file.name))
        if each.explained:
            print("Here alone, with evidence in the document (x-evidence):")
            print(table(each.explained, options.file.name))
        for fact in each.unsaid:
            print(f"{options.file.name} {UNSAID.get(fact, f'says of no field whether it is {fact}')}; {NOT_COMPARED}.")
    return 1 if any(each.rows for each in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
