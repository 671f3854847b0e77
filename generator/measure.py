"""Print what an operation costs to generate, in a document of few and of many: it should be the same.

    python generator/measure.py [COUNT ...]

Operations are made up, and have the shape of published ones: five parameters, 13 media types, an object of their own to
send and one to receive. Times are of the processor, all processes together; `more` is what each further one costs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
COUNTS = (150, 300, 600, 1200)
VALUES = ["application/json", "text/json", "application/xml", "text/xml", "application/json-patch+json"]
VALUES.append("application/merge-patch+json")
KINDS = (
    {"type": "integer", "format": "int32"},
    {"type": "string"},
    {"type": "string", "format": "date-time"},
    {"type": "boolean"},
)


def document(count: int) -> dict[str, Any]:
    """Make a document of Swagger 2.0, 70 operations to a tag."""
    headers = [
        {"name": name, "in": "header", "required": False, "type": "string", "description": f"The {name} of the call."}
        for name in ("X-Tongue", "X-Shape", "X-Zone", "X-Trace")
    ]
    chosen = {"name": "$fields", "in": "query", "required": False, "type": "string", "description": "What to fill."}
    paths, definitions = {}, {}
    for at in range(count):
        members = {f"Part{n}": {**KINDS[n % 4], "description": f"Part {n} of thing {at}."} for n in range(18)}
        inner = {"$ref": f"#/definitions/Made.Up.Thing{max(0, at - 1)}"}
        members |= {
            "Inner": inner,
            "Many": {"type": "array", "items": inner},
            "State": {"type": "string", "enum": ["On", "Off"]},
        }
        definitions[f"Made.Up.Thing{at}"] = {"type": "object", "properties": members}
        definitions[f"Made.Up.Asked{at}"] = {"type": "object", "properties": {"Id": KINDS[0], "Note": KINDS[1]}}
        body = {
            "name": "request",
            "in": "body",
            "required": True,
            "schema": {"$ref": f"#/definitions/Made.Up.Asked{at}"},
        }
        paths[f"/api/v1/Agents/Made{at // 70}/Get{at}"] = {
            "post": {
                "tags": [f"Made{at // 70}_Agent"],
                "summary": f"Get thing {at}",
                "description": "What is there of it.",
                "operationId": f"v1Made{at // 70}Agent_GetThing{at}",
                "consumes": [*VALUES, "application/x-www-form-urlencoded"],
                "produces": VALUES,
                "parameters": [body, chosen, *headers],
                "responses": {"200": {"description": "OK", "schema": {"$ref": f"#/definitions/Made.Up.Thing{at}"}}},
            }
        }
    return {"swagger": "2.0", "info": {"title": "Made up", "version": "1"}, "paths": paths, "definitions": definitions}


def seconds(count: int) -> float:
    """Generate a package of that many operations; returns the processor time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "made.json")
        file.write_text(json.dumps(document(count)), encoding="utf-8")
        given = ("--document", str(file), "--package", "made", "--output", folder, "--strict")
        before = os.times()
        subprocess.run([sys.executable, HERE / "generate.py", *given], check=True, stdout=subprocess.DEVNULL)
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main(counts: list[int]) -> None:
    """Measure, and print a line for each count."""
    last = (0, 0.0)
    first = 0.0
    for count in counts:
        taken = seconds(count)
        each = taken / count * 1000
        first = first or each
        more = (taken - last[1]) / (count - last[0]) * 1000
        print(
            f"{count:>6,} operations: {taken:5.1f} s, {each:5.1f} ms each ({each / first:.2f} of the first), more {more:5.1f} ms"
        )
        last = (count, taken)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(COUNTS))
