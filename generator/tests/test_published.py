"""Published documents of every version and shape become one package that runs through our client."""

from __future__ import annotations

import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import measure
from facts import GenerationError
from normalize import NOT_DESCRIBED, Normalizer
from published import read, upgraded

from .scratch import DOCUMENT, ROOT, generator, python, types

Json = dict[str, Any]
HERE = Path(__file__).parent / "published"
FILES = [str(HERE / name) for name in ("animals.json", "shapes.yaml")]
ANIMAL = {"AnimalId": 7, "Name": "Rex", "State": "asleep", "Keeper": {"Name": "Ann"}}
REPORTS = {
    "1": ("application/json", b'{"free": {}, "x": 1}'),
    "2": ("application/pdf", b"%PDF"),
    "3": ("application/json", b""),
}


class Answers(BaseHTTPRequestHandler):
    """Answers the operations of both documents; what is sent is sent back."""

    protocol_version = "HTTP/1.1"
    seen: list[Any] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        self.seen.append((self.command, path, query, dict(self.headers), body))
        kind, content = self.content(path, body)
        self.send_response(204 if not content else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815 - the names that the library looks for

    def content(self, path: str, body: bytes) -> tuple[str, bytes]:
        if path.endswith("/Report"):
            return REPORTS[path.split("/")[-2][-1]]
        if path.endswith("/Picture"):
            return "image/png", b"" if body else b"\x89PNG"
        if path.endswith("/Row") and not body:
            return "application/json", b'[{"ticketId": 1, "x_custom": 5}]'
        if path.endswith("Entity"):
            return "application/json", body or b'{"Title": "Not yet"}'
        if path.endswith("/States"):
            return "application/json", b'{"Rex": [[1, 2], []]}'
        return "application/json", body or json.dumps([ANIMAL] if path.endswith("/Animal") else ANIMAL).encode()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the package `zoo`, and the program that uses it."""
    folder = tmp_path_factory.mktemp("made")
    done = generator("--document", *FILES, "--package", "zoo", "--output", str(folder / "generated"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(": 11 operations.\n")
    assert done.stderr == SKIPPED
    shutil.copy(HERE / "program.py", folder)
    return folder


SKIPPED = """\
skipped animals.json: POST /zoo/api/v1/Animal/States (v1Animal_Lost): Zoo.Services.Lost.Right: Zoo.Carriers.Right.Lost: \
refers to Nowhere, which is not there; mend the reference
skipped animals.json: DELETE /zoo/api/v1/Animal/States (v1Animal_Silent): has no response of success; write one of 200, \
or a default
skipped shapes.yaml: POST /api/v1/Text (textOnly): its body is sent as text/plain, which nothing writes; offer JSON, \
or bytes of one kind
skipped POST /zoo/api/v1/Animal (Merge): the parameter other.extra is of a kind that nothing writes; make it a text, \
a number, a date or a list of these, in path, query or header
"""


def test_strict_skips_nothing(tmp_path: Path) -> None:
    done = generator("--document", *FILES, "--package", "zoo", "--output", str(tmp_path), "--strict")
    assert done.returncode == 1
    assert done.stderr == f"{SKIPPED}4 operations cannot be generated, and --strict allows none\n"
    assert not list(tmp_path.iterdir())


def test_it_is_typed(made: Path) -> None:
    done = types(made, "-pzoo", "-mprogram")
    assert done.returncode == 0, done.stdout


def test_it_calls_a_server_through_our_client(made: Path) -> None:
    Answers.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = python(made, "-W", "error", "program.py", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert done.returncode == 0, done.stderr
    bodies = [
        (method, path, headers.get("Content-Type"), body) for method, path, _, headers, body in Answers.seen if body
    ]
    assert bodies[0] == (
        "PATCH",
        "/zoo/api/v1/Animal/7",
        "application/json",
        b'{"Name":"Tom","Born":null,"Friends":[{"Name":"Kim"}]}',
    )
    assert bodies[1] == ("PUT", "/zoo/api/v1/Animal/7/Picture", "image/png", b"\x89PNG")
    assert b'"named":{"name":null},"either":{"name":"Ann"},"unclear":{"anything":true}' in bodies[2][3]
    assert all(headers["Authorization"] == "Basic dTpw" for *_, headers, _ in Answers.seen)
    assert {query for _, path, query, *_ in Answers.seen if path.endswith("/Animal")} == {
        "kinds=a&kinds=b&names=c,d&body=e"
    }


def test_it_is_the_same_again(made: Path) -> None:
    given = ("--document", *FILES, "--package", "zoo", "--output", str(made / "generated"))
    for seed in ("0", "4242"):
        done = generator(*given, "--check", PYTHONHASHSEED=seed)
        assert (done.returncode, done.stdout) == (0, "generated/ is what the document gives.\n"), done.stdout


def test_xml_is_asked_only_of_what_has_a_shape_in_it(made: Path) -> None:
    api = made / "generated/zoo/api/animal"
    assert '"application/xml"' in (api / "get.py").read_text()
    assert '"application/xml"' not in (api / "states.py").read_text(), "a list of lists has none"


WRONG = [
    ("a: [", "line 2: is not YAML: "),
    ('{"a": }', "line 1: is not JSON: "),
    ("- a", 'is not an OpenAPI document; write `swagger: "2.0"` or `openapi: 3.0.3` in it'),
    ("openapi: 4.0.0", "is not an OpenAPI document"),
    ("openapi: 3.0.3\ninfo: {title: x}", "has no `paths`; write it, a mapping"),
    ("openapi: 3.0.3\ninfo: {title: x}\npaths: {}", "nothing of it can be generated"),
    ("\ud800", "cannot be read"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_no_document_is_told_without_a_traceback(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    done = generator("--document", str(file), "--package", "one", "--output", str(tmp_path / "out"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--package", "class"], "--package class is not a name of Python's"),
        (["--package", "docs", "--output", "."], "is not a generated package"),
        ([], "this would replace our own package"),
        (["--package", "zoo", "--document", "missing.json"], "missing.json: cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, given: list[str], said: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/__init__.py").write_text("by hand\n")
    where = [str(tmp_path) if each == "." else each for each in given]
    done = generator("--document", FILES[0], *where)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert (tmp_path / "docs/__init__.py").read_text() == "by hand\n"


# Single shapes: what a schema becomes.


def normalizer(schemas: Json | None = None, **paths: Any) -> Normalizer:
    document = {"info": {"title": "x"}, "paths": paths, "components": {"schemas": schemas or {}}}
    return Normalizer({"one.json": document}, read(ROOT / DOCUMENT))


TEXT: Json = {"type": "string"}
PAIR: Json = {"type": "object", "properties": {"a": TEXT}}
SHAPES: list[tuple[Json | bool, Json]] = [
    (True, {}),
    ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
    ({"type": ["string", "integer"]}, {"oneOf": [TEXT, {"type": "integer"}]}),
    ({"type": ["integer", "number"]}, {}),
    ({"anyOf": [TEXT, {"type": "null"}]}, {"type": "string", "nullable": True}),
    ({"type": "string", "format": "email", "maxLength": 3}, TEXT),
    ({"enum": [1, 2, None]}, {"type": "integer", "nullable": True}),
    ({"enum": [1, "a"]}, {}),
    ({"const": 5}, {"type": "integer"}),
    ({"enum": [{"a": 1}, [1]]}, {}),
    ({"type": "file"}, {}),
    ({"$ref": "#/components/schemas/Of%601~1Pair"}, {"$ref": "#/components/schemas/Pair"}),
    ({"allOf": [{**TEXT, "description": "x"}, TEXT]}, TEXT),
    ({"enum": ["a", "a", None]}, {"type": "string", "allOf": [{"$ref": "#/components/schemas/Hint"}], "nullable": True}),
    (PAIR, {"$ref": "#/components/schemas/Hint"}),
    ({**PAIR, "additionalProperties": TEXT}, {"type": "object"}),
    ({"additionalProperties": {"enum": ["a"]}}, {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/HintValue"}}),
    ({"type": "object", "additionalProperties": False}, {"type": "object"}),
    ({"items": TEXT}, {"type": "array", "items": TEXT, "xml": {"wrapped": True}}),
    ({"allOf": [PAIR, {"properties": {"b": TEXT}}]}, {"$ref": "#/components/schemas/Hint"}),
    ({"allOf": [TEXT]}, TEXT),
    ({"allOf": [{"$ref": "#/components/schemas/Kind"}, {"description": "Which."}]}, {"$ref": "#/components/schemas/Kind"}),
    ({"allOf": [PAIR, {"additionalProperties": True}]}, {"type": "object"}),
    ({"allOf": [{"type": "object"}, {"$ref": "#/components/schemas/Open"}]}, {"type": "object"}),
    ({"allOf": [TEXT, {"enum": ["a"]}]}, {}),
    ({"$ref": "#/components/schemas/Open"}, {"type": "object"}),
    ({"$ref": "#/components/schemas/Alias"}, {"type": "object", "allOf": [{"$ref": "#/components/schemas/Pair"}], "nullable": True}),
    ({"$ref": "#/components/schemas/Maybe"}, {"type": "string", "allOf": [{"$ref": "#/components/schemas/Maybe"}], "nullable": True}),
    ({"oneOf": [{"$ref": "#/components/schemas/Kind"}, TEXT]}, {}),
    ({"oneOf": [{"$ref": "#/components/schemas/Kind"}, PAIR]}, {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"$ref": "#/components/schemas/Hint2"}]}),
    ({"$ref": "#/components/schemas/Loop"}, {"type": "array", "items": {}, "xml": {"wrapped": True}}),
    ({"$ref": "#/components/schemas/Pair", "nullable": True}, {"type": "object", "allOf": [{"$ref": "#/components/schemas/Pair"}], "nullable": True}),
]  # fmt: skip
NAMED: Json = {
    "Pair": PAIR,
    "Of`1/Pair": {"allOf": [{"$ref": "#/components/schemas/Pair"}]},
    "Kind": {"enum": ["a", "b"]},
    "Maybe": {"enum": ["a", None]},
    "Open": {"allOf": [PAIR, {"additionalProperties": {}}]},
    "Alias": {"allOf": [{"$ref": "#/components/schemas/Pair"}], "nullable": True},
}
LOOP: Json = {"type": "array", "items": {"$ref": "#/components/schemas/Loop"}}


@pytest.mark.parametrize(("raw", "wanted"), SHAPES, ids=[str(raw) for raw, _ in SHAPES])
def test_a_shape_by_our_rules(raw: Json | bool, wanted: Json) -> None:
    assert normalizer({"Loop": LOOP, **NAMED}).schema(raw, "Hint") == wanted


def test_members_have_what_they_lack() -> None:
    made = normalizer({"a.b.Pair": {**PAIR, "required": ["a", "gone"]}, "Kind": {"enum": ["x"]}})
    ours = {
        "properties": {"pair": {"$ref": "#/components/schemas/a.b.Pair"}, "kind": {"$ref": "#/components/schemas/Kind"}}
    }
    made.schema(ours, "Hint")
    described = {"description": NOT_DESCRIBED, "nullable": True}
    assert made.made["Hint"]["properties"] == {
        "pair": {"type": "object", "allOf": [{"$ref": "#/components/schemas/Pair"}], **described},
        "kind": {"type": "string", "allOf": [{"$ref": "#/components/schemas/Kind"}], **described},
    }
    assert made.made["Pair"]["properties"] == {"a": {**TEXT, "description": NOT_DESCRIBED, "nullable": False}}
    assert made.made["Pair"]["required"] == ["a"]


def test_short_names_are_told_apart() -> None:
    names = dict.fromkeys(["A.B.Pet", "A.C.Pet", "A.Field", "lower`1", "A.B.Kind", "BKind", "Exception", "UUID"], PAIR)
    assert normalizer(names).names == {
        "A.B.Pet": "BPet",
        "A.C.Pet": "CPet",
        "A.Field": "FieldModel",
        "lower`1": "Lower",
        "A.B.Kind": "Kind",
        "BKind": "BKind",
        "Exception": "ExceptionModel",  # which openapi-python-client would call Exception_
        "UUID": "UUIDModel",
    }


def test_two_documents_with_one_schema() -> None:
    def document(schema: Json) -> Json:
        return {"info": {"title": "x"}, "paths": {}, "components": {"schemas": {"Pet": schema}}}

    ours = read(ROOT / DOCUMENT)
    assert Normalizer({"a": document(PAIR), "b": document(PAIR)}, ours).names == {"Pet": "Pet"}
    with pytest.raises(GenerationError, match="b: its schema Pet is another than in the files before it; make two"):
        Normalizer({"a": document(PAIR), "b": document(TEXT)}, ours)


def test_a_form_with_a_file_and_more_is_an_object() -> None:
    fields = [{"name": "image", "in": "formData", "type": "file"}, {"name": "note", "in": "formData", "type": "string"}]
    item = {"post": {"parameters": fields, "responses": {}}}
    made = upgraded({"swagger": "2.0", "info": {}, "paths": {"/a": item}})["paths"]["/a"]["post"]["requestBody"]
    assert list(made["content"]) == ["multipart/form-data"]
    fields.pop(0)
    made = upgraded({"swagger": "2.0", "info": {}, "paths": {"/a": item}})["paths"]["/a"]["post"]["requestBody"]
    assert list(made["content"]) == ["application/x-www-form-urlencoded"]


def test_arguments_of_one_name_are_told_apart() -> None:
    given = [{"name": name, "in": place} for place in ("path", "query") for name in ("id", "Id", "accept", "get")]
    made = normalizer(
        **{"/{id}/{Id}/{accept}/{get}": {"get": {"operationId": "get", "parameters": given, **OPERATION}}}
    )
    (operation,) = made.document()["paths"].popitem()[1].values()
    names = [each.get("x-name", each["name"]) for each in operation["parameters"]]
    assert names == ["id", "Id_path", "accept_path", "get_path", "id_query", "Id_query", "accept_query", "get_query"]


OPERATION: Json = {"responses": {"200": {"description": ""}}}


def sent(schema: Json) -> Json:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


SLIPS: Json = {
    "Odd": {"type": "object", "properties": {"a": {"enum": 5}}},
    "Odder": {"allOf": 5},
    "Self": {"allOf": [{"$ref": "#/components/schemas/Self"}, PAIR]},
}
REFUSED: list[tuple[Json, str]] = [
    (
        {"requestBody": {"$ref": "#/components/requestBodies/Gone"}},
        "refers to #/components/requestBodies/Gone, which is",
    ),
    (
        {"parameters": [{"$ref": "#/components/parameters/Gone"}]},
        "refers to #/components/parameters/Gone, which is not",
    ),
    (
        {"parameters": [{"$ref": "#/components/parameters/Loop"}]},
        "refers to #/components/parameters/Loop, which is itself",
    ),
    (
        {"parameters": [{"$ref": "https://x.example/y#/p"}]},
        "refers to https://x.example/y#/p, which is not in this file",
    ),
    ({"parameters": {"name": "a"}}, "its `parameters` is not a list; write one"),
    ({"parameters": [None]}, "has None where a mapping belongs; write one"),
    ({"parameters": [{"in": "query"}]}, "has a parameter without `name` or `in`; write both"),
    ({"responses": ["200"]}, "its `responses` is not a mapping; write one"),
    ({"requestBody": ["JSON"]}, "has ['JSON'] where a mapping belongs; write one"),
    ({"requestBody": {"content": ["JSON"]}}, "its `content` is not a mapping; write one"),
    ({"requestBody": {"content": {"text/json": "x"}}}, "its `text/json` is not a mapping; write one"),
    ({"tags": "animal"}, "its `tags` is not a list; write one"),
    (sent({"$ref": "#/components/schemas/Pair/properties/a"}), "refers to Pair/properties/a, a part of another schema"),
    (sent({"$ref": "other.yaml#/Pair"}), "refers to other.yaml#/Pair, which is not in this file; put it there"),
    (sent({"$ref": "#/components/schemas/Odd"}), "Odd.a: its `enum` is not a list; write one"),
    (sent({"$ref": "#/components/schemas/Odder"}), "Odder: its `allOf` is not a list; write one"),
    (sent({"properties": ["a"]}), "its `properties` is not a mapping; write one"),
    (sent({"oneOf": {"a": 1}}), "its `oneOf` is not a list; write one"),
    ({"parameters": [{"name": "a.b", "in": "path"}]}, "its path has the parameter a.b; name it with letters, digits"),
    ({"responses": {}}, "has no response of success; write one of 200, or a default"),
    (
        {"requestBody": {"content": {"multipart/form-data": {"schema": PAIR}}}},
        "its body is sent as multipart/form-data",
    ),
    (sent({"allOf": [LOOP["items"], PAIR]}), "refers to Loop, which is not there; mend the reference"),
    (sent({"$ref": "#/components/schemas/Self"}), "Self: refers to Self, which is itself; mend the reference"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_be_is_skipped_with_a_sentence(changes: Json, said: str) -> None:
    made = normalizer(SLIPS, **{"/a": {"post": {"operationId": "One", **OPERATION, **changes}, "get": OPERATION}})
    made.sources["one.json"]["components"]["parameters"] = {"Loop": {"$ref": "#/components/parameters/Loop"}}
    assert list(made.document()["paths"]["/a"]) == ["get"]
    assert made.skipped[0].startswith(f"one.json: POST /a (One): {said}"), made.skipped


def test_operations_of_one_name_and_place() -> None:
    one = {"operationId": "v1A_Get", "tags": ["a b"], **OPERATION}
    two = {"operationId": "v1B_Get", "tags": ["a b"], **OPERATION}
    document = {"info": {"title": "x"}, "paths": {"/a": {"get": one, "post": two}, "/b": None}}
    made = Normalizer({"one": document, "two": document}, read(ROOT / DOCUMENT))
    names = [each["operationId"] for item in made.document()["paths"].values() for each in item.values()]
    assert names == ["Get", "v1B_Get"]
    assert made.skipped == [
        f"two: {where}: is in the files twice; leave one out" for where in ("GET /a (v1A_Get)", "POST /a (v1B_Get)")
    ]


PAGE = ROOT / "docs/guides/rest-of-the-api.md"


def test_the_guide_goes_as_written(tmp_path: Path) -> None:
    """Run its command and its program, on a file with the names and the shapes of the published one."""
    text = PAGE.read_text(encoding="utf-8")
    (line,) = re.findall(r"^\$ nox -s generate -- (.*)$", text, re.MULTILINE)
    entity = {"type": "object", "properties": {"TicketId": {"type": "integer"}, "Title": TEXT}}
    definitions = {"SuperOffice.CRM.Services.TicketEntity": entity}
    schema = {"$ref": f"#/definitions/{next(iter(definitions))}"}
    number = {"name": "ticketEntityId", "in": "query", "required": True, "type": "integer"}
    tongue = {"name": "SO-Language", "in": "header", "required": False, "type": "string"}
    body = {"name": "entity", "in": "body", "required": True, "schema": schema}
    paths = {
        f"/api/v1/Agents/Ticket/{name}": {
            "post": {
                "operationId": f"v1TicketAgent_{name}",
                "tags": ["Ticket_Agent"],
                "parameters": given,
                "responses": {"200": {"description": "", "schema": schema}},
            }
        }
        for name, given in (("GetTicketEntity", [number, tongue]), ("SaveTicketEntity", [body]))
    }
    document = {"swagger": "2.0", "info": {"title": "x", "version": "1"}, "paths": paths, "definitions": definitions}
    given = line.replace("--output build", f"--output {tmp_path / 'generated'}").split()
    (tmp_path / given[1]).write_text(json.dumps(document), encoding="utf-8")
    given[1] = str(tmp_path / given[1])
    made = generator(*given)
    assert (made.returncode, made.stderr) == (0, "")
    (program,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    assert types(tmp_path, "program.py").returncode == 0
    Answers.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = {"SUPEROFFICE_SITE": f"http://127.0.0.1:{server.server_port}"}
        credentials = {"SUPEROFFICE_USER": "u", "SUPEROFFICE_PASSWORD": "p"}
        done = python(tmp_path, "program.py", **site, **credentials)
        server.shutdown()
    assert (done.stdout, done.stderr) == ("Not yet\nLogin button works again\n", "")
    assert [query for _, _, query, *_ in Answers.seen] == ["ticketEntityId=439", ""]
    assert [headers.get("SO-Language") for *_, headers, _ in Answers.seen] == ["en", None]


def test_growth_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    measure.main([1, 2])
    assert re.search(r"^ +2 operations: +[\d.]+ s", capsys.readouterr().out, re.MULTILINE)


def test_a_field_of_two_parts_is_what_both_say() -> None:
    number: Json = {"type": "object", "properties": {"a": {"type": "number", "readOnly": True}, "b": TEXT}}
    made = normalizer()
    made.schema({"allOf": [PAIR, {"properties": {"a": {**TEXT, "description": "Again."}}}]}, "Same")
    made.schema({"allOf": [PAIR, number]}, "Other")
    assert made.made["Same"]["properties"] == {"a": {**TEXT, "description": "Again.", "nullable": True}}
    assert made.made["Other"]["properties"]["a"] == {
        "description": NOT_DESCRIBED,
        "nullable": True,
        "x-read-only": True,
    }


def test_what_stands_in_the_place_of_operations() -> None:
    made = normalizer(
        **{
            "/a": [],
            "/b": {"$ref": "other.json"},
            "/c": {"get": 5},
            "/d": None,
            "/e": {"$ref": "#/paths/~1f"},
            "/f": {"get": OPERATION},
        }
    )
    assert list(made.document()["paths"]) == ["/e", "/f"]
    assert made.skipped == [
        "one.json: /b: refers to other.json, which is not in this file; put it there",
        "one.json: GET /c: is not a mapping; write one",
    ]


def test_operations_of_one_name_are_told_apart() -> None:
    item = {"get": {"operationId": "same", **OPERATION}, "put": {"operationId": "Same", **OPERATION}}
    paths = normalizer(**{"/a": item, "/b": item}).document()["paths"]
    assert [each["operationId"] for item in paths.values() for each in item.values()] == [
        "same",
        "put_Same",
        "get_same",
        "Same_put_b",
    ]


SWAGGER: list[tuple[Json, str]] = [
    ({"parameters": {}}, "its `parameters` is not a list; write one"),
    ({"parameters": [5]}, "has 5 where a mapping belongs; write one"),
    ({"parameters": [{"$ref": "#/parameters/Gone"}]}, "refers to #/parameters/Gone, which is not there; mend the reference"),
    ({"responses": {"200": {"$ref": "#/responses/Gone"}}}, "refers to #/responses/Gone, which is not there; mend the reference"),
    ({"consumes": "application/json"}, "its `consumes` is not a list; write one"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), SWAGGER, ids=[said for _, said in SWAGGER])
def test_a_slip_in_swagger_costs_its_operation(changes: Json, said: str) -> None:
    document = {"swagger": "2.0", "info": {}, "paths": {"/a": {"post": {**OPERATION, **changes}, "get": OPERATION}}}
    made = Normalizer({"one.json": upgraded(document)}, read(ROOT / DOCUMENT))
    assert list(made.document()["paths"]["/a"]) == ["get"]
    assert made.skipped == [f"one.json: POST /a (without an operationId): {said}"]


def test_odd_names_make_a_package_or_a_sentence(tmp_path: Path) -> None:
    """What would break the whole package: fields called like types, names that no generator writes, forms alone."""

    def form(fields: Json) -> Json:
        return {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"properties": fields}}}}}

    fields = {name: TEXT for name in ("str", "int", "None", "class", "1", "", "@a.b")} | {
        "date": {**TEXT, "format": "date"}
    }
    lists = {
        "type": "array",
        "items": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": ["integer", "null"]}}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {
            "/typed": {"post": {**OPERATION, **sent({"properties": {**fields, "list": lists}})}},
            "/lists": {"post": {**OPERATION, **sent(lists)}},
            "/quote": {"post": {**OPERATION, **sent({"properties": {'a"b': TEXT}})}},
            "/hide": {"post": {**OPERATION, **sent({"properties": {"toDict": TEXT}})}},
            "/form": {"post": {**OPERATION, **form({"a": TEXT, "b": {"type": "array", "items": TEXT}})}},
            "/nested": {"post": {**OPERATION, **form({"a": lists})}},
            "/{id}": {"get": {"parameters": [{"name": "id", "in": "path"}], **OPERATION}},
        },
        "components": {"schemas": {"OperationValues": PAIR}},
    }  # fmt: skip
    document["paths"]["/{id}"]["get"]["parameters"][0]["schema"] = TEXT  # type: ignore[index]
    (tmp_path / "odd.json").write_text(json.dumps(document))
    done = generator(
        "--document", str(tmp_path / "odd.json"), "--package", "odd", "--output", str(tmp_path / "generated")
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        'skipped POST /quote (post_quote): PostQuoteBody.a"b: no generated class can have a field of this name; rename it',
        "skipped POST /hide (post_hide): PostHideBody.toDict: no generated class can have a field of this name; rename it",
        "skipped POST /nested (post_nested): PostNestedBody.a: has a type that XML and forms cannot be told of",
    ]
    code = "import odd.api.default.post_form as it, odd.api.default.post_typed, odd.api.default.post_lists; from odd.models import *; print(it.build(PostFormBody(a='x', b=['y', 'z'])).content)"
    assert python(tmp_path, "-W", "error", "-c", code).stdout == "b'a=x&b=y&b=z'\n"
    assert (checked := types(tmp_path, "-podd")).returncode == 0, checked.stdout
