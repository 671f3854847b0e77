"""Published documents in three dialects, made from the endpoint's page: two that agree with ours, one that does not.

`swagger2.json` differs in what the first test lists; `openapi30.yaml` spells fields with small letters, which JSON
does not overlook; `openapi31.json` spells headers so, which HTTP does.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.compare import DOCUMENT, Row, compare
from tools.normalize_openapi import read
from tools.tests.conftest import ROOT

PUBLISHED = Path(__file__).parent / "published"
DIFFERENCES = [
    Row("header SO-Culture", "name", "string", "not there"),
    Row("200", "media types", "text/xml", "not there"),
    Row("200[].CreatedBy", "type", "integer", "string"),
    Row("200[].CreatedBy", "format", "int32", "not stated"),
    Row("200[].Author", "nullable", "yes", "no"),
    Row("200[].BaseStatus", "values", "not there", "Parked"),
    Row("200[].NumReplies", "format", "int32", "int64"),
    Row("200[].Sentiment", "name", "integer int32", "not there"),
    Row("header X-Trace", "name", "not there", "string"),
    Row("200[].Mood", "name", "not there", "string"),
]


def run(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.compare", str(file)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def rows(file: Path) -> list[Row]:
    (found,) = compare(read(DOCUMENT), read(file))
    return list(found.rows)


def test_swagger_2_with_namespaces_a_base_path_and_known_differences() -> None:
    (found,) = compare(read(DOCUMENT), read(PUBLISHED / "swagger2.json"))
    assert list(found.rows) == DIFFERENCES
    assert found.unsaid == ("required",)
    assert [row.place for row in found.explained] == [
        "200[].Slevel",
        "200[].BaseStatus",
        "200[].Origin",
        "200[].ReadStatus",
        "200 header: SO-TimeZone",
        "4XX",
        "5XX",
    ]
    done = run(PUBLISHED / "swagger2.json")
    assert done.returncode == 1
    assert done.stdout.startswith("GetTickets: 10 differences.\n  place              differs in   here")
    assert "\n  200[].CreatedBy    type         integer        string\n" in done.stdout
    assert "swagger2.json says of no field whether it is required; that was not compared.\n" in done.stdout


def test_openapi_3_0_with_servers_and_small_letters() -> None:
    assert rows(PUBLISHED / "openapi30.yaml") == [Row("", "case", "73 names, such as Activate", "activate")]


def test_openapi_3_1_that_says_the_same() -> None:
    done = run(PUBLISHED / "openapi31.json")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "GetTickets: no differences.")


def test_our_own_document_does_not_differ() -> None:
    (found,) = compare(read(DOCUMENT), read(DOCUMENT))
    assert (found.rows, found.explained, found.unsaid) == ((), (), ())


def test_where_null_is_never_spoken_of_it_is_not_compared(tmp_path: Path) -> None:
    text = (PUBLISHED / "swagger2.json").read_text(encoding="utf-8")
    file = tmp_path / "silent.json"
    file.write_text(re.sub(r',\s*"x-nullable": true', "", text), encoding="utf-8")
    (found,) = compare(read(DOCUMENT), read(file))
    assert found.unsaid == ("nullable", "required")
    assert list(found.rows) == [row for row in DIFFERENCES if row.what != "nullable"]


def changed(tmp_path: Path, change: str) -> Path:
    """Write the file of OpenAPI 3.1 with one thing other."""
    document: Any = json.loads((PUBLISHED / "openapi31.json").read_text(encoding="utf-8"))
    paths, schemas = document["paths"], document["components"]["schemas"]
    operation = paths["/v1/Agents/Ticket/GetTickets"]["post"]
    ticket = schemas["SuperOffice_Services_Ticket"]
    match change:
        case "no path":
            paths.clear()
        case "get":
            paths["/v1/Agents/Ticket/GetTickets"]["get"] = paths["/v1/Agents/Ticket/GetTickets"].pop("post")
        case "required parameter":
            operation["parameters"][0]["required"] = True
        case "request type":
            schemas["GetTicketsRequest"]["properties"]["TicketIds"]["items"] = {"type": "string"}
        case "never null":
            ticket["properties"]["TableRight"] = {"$ref": "#/components/schemas/SuperOffice_Security_TableRight"}
        case "nested":
            del schemas["SuperOffice_Security_FieldRight"]["properties"]["Reason"]
        case "not required":
            ticket["required"] = ["Title"]
        case "request media":
            del operation["requestBody"]["content"]["application/merge-patch+json"]
        case "known better":  # ours has evidence for an enumeration's values, but not for its place in a ticket
            del ticket["properties"]["BaseStatus"]
        case _:
            raise AssertionError(change)
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("no path", [Row("", "endpoint", "POST /api/v1/Agents/Ticket/GetTickets", "not there")]),
        ("get", [Row("", "endpoint", "POST /api/v1/Agents/Ticket/GetTickets", "not there")]),
        ("required parameter", [Row("query $select", "required", "no", "yes")]),
        (
            "request type",
            [
                Row("body.TicketIds[]", "type", "integer", "string"),
                Row("body.TicketIds[]", "format", "int32", "not stated"),
            ],
        ),
        ("never null", [Row("200[].TableRight", "nullable", "yes", "no")]),
        ("nested", []),
        ("not required", [Row("200[].TicketId", "required", "yes", "no"), Row("200[].Title", "required", "no", "yes")]),
        ("request media", [Row("body", "media types", "application/merge-patch+json", "not there")]),
        ("known better", [Row("200[].BaseStatus", "name", "string", "not there")]),
    ],
)
def test_each_kind_of_difference_is_found(tmp_path: Path, change: str, expected: list[Row]) -> None:
    (found,) = compare(read(DOCUMENT), read(changed(tmp_path, change)))
    assert list(found.rows) == expected
    if change == "nested":  # the fields of rights come from public material, as the document says
        assert Row("200[].FieldProperties{}.FieldRight.Reason", "name", "string", "not there") in found.explained


def with_schema(schema: Any) -> str:
    """Write a document whose response is the component A."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
    operation = {"responses": {"200": {"content": content}}}
    paths = {"/Agents/Ticket/GetTickets": {"post": operation}}
    return json.dumps({"openapi": "3.0.0", "paths": paths, "components": {"schemas": {"A": schema}}})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: [Errno 2]"),
        ("{", "is neither JSON nor YAML"),
        ("a: [", "is neither JSON nor YAML"),
        ("just words", "is not an API document: it has no `paths`"),
        ('{"paths": {}}', "says neither `swagger: 2.0` nor `openapi: 3.x`"),
        ('{"swagger": "1.2", "paths": {}}', "says neither `swagger: 2.0` nor `openapi: 3.x`"),
        (
            '{"openapi": "3.0.0", "paths": {"/Agents/Ticket/GetTickets": {"post": {"parameters": [{"$ref": "#/x"}]}}}}',
            "the reference #/x leads nowhere",
        ),
        ('{"openapi": "3.0.0", "paths": {"/x": null}}', "/x is null, where a document has its parts"),
        ('{"swagger": "2.0", "paths": {"/x": null}}', "/x is null, where a document has its parts"),
        ('{"openapi": "3.0.0", "paths": {"/x": {"get": null}}}', "/x get is null"),
        ('{"openapi": "3.0.0", "paths": {"/x": {"get": {"parameters": null}}}}', "/x get parameters is null"),
        ('{"openapi": "3.0.0", "paths": {"/x": {"parameters": {}}}}', "/x parameters is {}"),
        ('{"openapi": "3.0.0", "paths": {"/x": {"get": {"responses": []}}}}', "/x get responses is []"),
        (with_schema({"$ref": "#/components/schemas/A"}), "#/components/schemas/A leads back to itself"),
        (with_schema({"allOf": [{"$ref": "#/components/schemas/A"}]}), "#/components/schemas/A leads back to itself"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "published.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = run(file)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_swagger_2_file_need_not_say_media_types(tmp_path: Path) -> None:
    document: Any = json.loads((PUBLISHED / "swagger2.json").read_text(encoding="utf-8"))
    for said in (document, *(operation for item in document["paths"].values() for operation in item.values())):
        said.pop("consumes", None)
        said.pop("produces", None)
    file = tmp_path / "silent.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    (found,) = compare(read(DOCUMENT), read(file))
    assert list(found.rows) == [row for row in DIFFERENCES if row.what != "media types"]
    assert found.unsaid == ("required", "media types")
    said = "silent.json has bodies and responses of which it says no media type; that was not compared.\n"
    assert said in run(file).stdout


@pytest.mark.parametrize("name", ["swagger2.json", "openapi31.json"])
def test_a_path_may_refer_to_what_is_said_of_it(tmp_path: Path, name: str) -> None:
    document: Any = json.loads((PUBLISHED / name).read_text(encoding="utf-8"))
    shared = {str(at): item for at, item in enumerate(document["paths"].values())}
    referring: Any = {path: {"$ref": f"#/x-shared/{at}"} for at, path in enumerate(document["paths"])}
    document |= {"paths": {**referring, "x-more": None}, "x-shared": shared}
    file = tmp_path / "shared.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert rows(file) == rows(PUBLISHED / name)
