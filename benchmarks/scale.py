"""The pipeline over documents of 10, 100 and 1,000 endpoints: how long it takes, and what users notice of it.

Each document is ours with made-up endpoints added, of four shapes and with objects of their own. For each size it
prints how long the whole generation takes (it compiles what it emits), how long mypy takes over all of it, strictly,
and how long `import superoffice` and the first use of GetTickets take beside those of our own package, in turns. Then
it says which bars are met: the seconds of 1,000 endpoints, linear growth, and an import that is no slower.

    python benchmarks/scale.py [SIZE ...]

Runs in the generators' environment with mypy and what the SDK runs on: `nox -s scale`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
from harness import as_installed
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "openapi/superoffice.yaml"
TURNS = 15
SECONDS, LARGEST = 60, 1_000  # the generation of so many endpoints may take so long
GROWTH = 1.1  # an endpoint among ten times as many may take so many times as long: more would not be linear
IMPORT_BAR = 1.05
IMPORT = "import superoffice"
FIRST_USE = "from superoffice import SuperOffice, TicketFields; SuperOffice('https://x.example').tickets"


def described(**schema: Any) -> dict[str, Any]:
    """Give a schema that the document's rules admit."""
    return {**schema, "nullable": True, "description": "Made up."}


def objects(name: str) -> dict[str, Any]:
    """Give what an endpoint takes and gives: two objects, one within the other, and an enumeration."""
    kind = {"allOf": [{"$ref": f"#/components/schemas/{name}Kind"}]}
    line = {"allOf": [{"$ref": f"#/components/schemas/{name}Line"}]}
    own = {
        "Title": described(type="string"),
        "Count": described(type="integer", format="int32"),
        "ChangedAt": described(type="string", format="date-time"),
        "Kind": described(type="string", **kind),
        "Line": described(type="object", **line),
        "Tags": described(type="array", items={"type": "string"}, xml={"wrapped": True}),
    }
    lines: dict[str, Any] = {f"Member{number}": described(type="string") for number in range(8)}
    return {
        f"{name}Entity": {"type": "object", "description": "Made up.", "properties": own},
        f"{name}Line": {**described(type="object"), "properties": lines},
        f"{name}Kind": {**described(type="string"), "enum": ["Unknown", "First", "Second"]},
    }


def endpoint(number: int, name: str) -> tuple[str, str, dict[str, Any]]:
    """Give an endpoint: its path, its method, and what the document says of it."""
    entity: dict[str, Any] = {"$ref": f"#/components/schemas/{name}Entity"}
    said: dict[str, Any] = {"operationId": f"Call{name}", "tags": [f"Part{number % 40}"], "summary": "Made up"}
    said["parameters"] = [{"$ref": "#/components/parameters/Language"}]
    failure = {"4XX": {"$ref": "#/components/responses/Failure"}}
    method = ("get", "get", "post", "put")[number % 4]
    path = f"/api/v1/Made/{name}"
    answer = entity
    if number % 4 == 0:
        path += "/{id}"
        number_of_it = {"type": "integer", "format": "int32"}
        said["parameters"].append(
            {"name": "id", "in": "path", "required": True, "description": "Which.", "schema": number_of_it}
        )
    elif number % 4 == 1:
        answer = {"type": "array", "items": entity}
        text = {"name": "text", "in": "query", "description": "Which.", "schema": {"type": "string"}}
        said["parameters"].append(text)
    else:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": entity}}}
    content = {"application/json": {"schema": answer}}
    said["responses"] = {"200": {"description": "Made up.", "content": content}, **failure}
    return path, method, said


def document(size: int) -> dict[str, Any]:
    """Add made-up endpoints to our document until it has so many."""
    found: dict[str, Any] = YAML(typ="safe").load(DOCUMENT.read_text(encoding="utf-8"))
    for number in range(size - len(found["paths"])):
        name = f"Thing{number}"
        path, method, said = endpoint(number, name)
        found["paths"][path] = {method: said}
        found["components"]["schemas"] |= objects(name)
    return found


def took(command: list[str], **options: Any) -> tuple[float, float]:
    """Run a command; returns its seconds, and those of a processor, which busy neighbours do not change much."""
    begun, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return time.perf_counter() - begun, used


def generated(size: int, folder: Path) -> tuple[float, float]:
    """Run the generation, which compiles what it emits."""
    source = folder / "document.json"
    source.write_text(json.dumps(document(size)), encoding="utf-8")
    command = [sys.executable, str(ROOT / "generator/generate.py")]
    return took([*command, "--document", str(source), "--output", str(folder / "generated")])


def environment(package: Path, name: str = "PYTHONPATH") -> dict[str, str]:
    """Put an emitted package and the overlays on Python's path, or mypy's."""
    return {**as_installed(), name: os.pathsep.join([str(package), str(ROOT / "overlays")])}


def type_checked(folder: Path) -> tuple[float, float]:
    """Check the types of everything emitted, strictly."""
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "mypy"), "-p", "superoffice_api"]
    return took(command, env=environment(folder / "generated", "MYPYPATH"), cwd=folder)


def started(package: Path, program: str) -> float:
    """Run a program in a new interpreter; returns the milliseconds that it takes there."""
    timed = f"import time; begun = time.perf_counter(); {program}; print(time.perf_counter() - begun)"
    run = subprocess.run(
        [sys.executable, "-c", timed], env=environment(package), check=True, capture_output=True, text=True
    )
    return float(run.stdout) * 1e3


def compared(folder: Path, program: str) -> tuple[float, float]:
    """Start a program on the emitted package and on ours, in turns; returns milliseconds, and how many times ours."""
    ours, large = [], []
    for _ in range(TURNS + 1):
        ours.append(started(ROOT / "generated", program))
        large.append(started(folder / "generated", program))
    here, there = statistics.median(ours[1:]), statistics.median(large[1:])  # the first turn compiles
    return there, there / here


@attrs.frozen
class Size:
    """What a number of endpoints took: seconds of the generation and of a processor for it, and the import ÷ ours."""

    endpoints: int
    seconds: float
    used: float
    imported: float


def measured(size: int, folder: Path) -> Size:
    """Generate so many endpoints, and print what that and its use take."""
    seconds, used = generated(size, folder)
    checked = type_checked(folder)
    (imported, ratio), (first, times) = compared(folder, IMPORT), compared(folder, FIRST_USE)
    print(
        f"{size:,} endpoints: generated in {seconds:.1f} s ({used:.1f} s of a processor, "
        f"{used / size * 1e3:.0f} ms for each); mypy --strict in {checked[0]:.1f} s ({checked[1]:.1f} s); "
        f"import superoffice {imported:.1f} ms, {ratio:.2f} of ours; first use {first:.1f} ms, {times:.2f} of ours",
        flush=True,
    )
    return Size(size, seconds, used, ratio)


def bars(sizes: list[Size]) -> Iterator[str]:
    """Say of each bar whether it is met; growth is told of a processor's time, which busy neighbours do not change."""
    for one in sizes:
        if one.endpoints == LARGEST:
            yield _bar(f"{one.endpoints:,} endpoints, seconds", one.seconds, SECONDS)
    for small, large in pairwise(sizes):
        ratio = (large.used / large.endpoints) / (small.used / small.endpoints)
        yield _bar(f"ms for each of {large.endpoints:,} ÷ of {small.endpoints:,}", ratio, GROWTH)
    for one in sizes:
        yield _bar(f"import superoffice with {one.endpoints:,} ÷ ours", one.imported, IMPORT_BAR)


def _bar(what: str, value: float, bar: float) -> str:
    return f"{what:44}{value:8.2f}  ≤ {bar:5.2f}  {'met' if value <= bar else 'missed'}"


def main() -> None:
    """Print a line for each size, and one for each bar."""
    sizes = []
    for size in map(int, sys.argv[1:] or ("10", "100", "1000")):
        with tempfile.TemporaryDirectory() as scratch:
            sizes.append(measured(size, Path(scratch)))
    print(*bars(sizes), sep="\n")


if __name__ == "__main__":
    main()
