"""Each edit of the page on it, and every kind of endpoint, from the document to a call, without a touch of the overlays."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from .scratch import DOCUMENT, PACKAGE, PAGE, ROOT, copy_to, edit, put, python, run, types, walk_through

HERE = Path(__file__).parent
REX = {
    "Id": 1, "Class": "Dog", "Address1": "Kennel", "Weight": 4.5, "Born": "2026-11-03T08:30:00Z", "Tags": ["good", "boy"],
}  # fmt: skip
REX_XML = (
    "<Id>1</Id><Class>Dog</Class><Address1>Kennel</Address1><Weight>4.5</Weight><Born>2026-11-03T08:30:00Z</Born>"
    "<Tags><string>good</string><string>boy</string></Tags>"
)
NIL = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"'
XML = {
    "/api/v1/Pets": f"<ArrayOfPet><Pet>{REX_XML}</Pet></ArrayOfPet>",
    "/api/v1/Pets/count": "<int>7</int>",
    "/api/v1/Pets/byName": f"<ArrayOfKeyValueOfstringPet><KeyValueOfstringPet><Key>Rex</Key><Value>{REX_XML}</Value>"
    "</KeyValueOfstringPet></ArrayOfKeyValueOfstringPet>",
    "/api/v1/Agents/Pet/Find": f"<Pet>{REX_XML}</Pet>",
}
JSON: dict[str, Any] = {
    "/api/v1/Ticket/439/Status": {"Status": "Closed"},
    "/api/v1/Pets": [REX],
    "/api/v1/Pets/count": 7,
    "/api/v1/Pets/byName": {"Rex": REX},
    "/api/v1/Pets/born": {"Rex": REX["Born"], "Tom": None},
    "/api/v1/Agents/Pet/Find": REX,
}
QUERY = (
    "ids=1&ids=2&names=a%20b,c&kind=Dog&since=2026-11-03T08%3A30%3A00%2B00%3A00&on=2026-11-03&tame=true&weight=0.5"
    "&text=x&from=y"
)


class Server(ThreadingHTTPServer):
    """Keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.seen: list[Any] = []


class Answers(BaseHTTPRequestHandler):
    """Answers the new endpoints."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        self.server.seen.append((self.command, path, query, dict(self.headers), body))
        status, kind, content = self.content(path, body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that the library looks for

    def content(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        if "toys/" in path:
            if self.command == "GET":
                wrong = {"Error": True, "Message": "No picture."}
                error = ("application/json", json.dumps(wrong).encode())
                return (200, *error) if path.endswith("error") else (200, "image/png", b"\x89PNG")
            return (200, "application/json", body) if body else (204, "", b"")
        if path.endswith("CloseTicket"):
            return (502 if b"502" in body else 204), "application/json", b""
        if "xml" in self.headers["Accept"]:
            empty = path.endswith("Find") and b"<int>" not in body
            return 200, "application/xml", (f"<Pet {NIL}/>" if empty else XML[path]).encode()
        return 200, "application/json", json.dumps(None if body == b"[]" else JSON[path]).encode()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with every additive edit, regenerated."""
    scratch = copy_to(tmp_path_factory.mktemp("edited"))
    more = YAML(typ="safe").load((HERE / "edits/more.yaml").read_text())
    put(scratch, *walk_through(), *more.items())
    done = run(scratch)
    assert done.returncode == 0, done.stderr
    shutil.copy(HERE / "edits/program.py", scratch)
    return scratch


def test_contributing_has_all_the_edits() -> None:
    assert [where for where, _ in walk_through()] == [
        "components/schemas/Ticket/properties",
        "components/schemas/TicketOrigin/enum",
        "components/schemas",
        "components/schemas/Ticket/properties",
        "components/parameters",
        "GetTickets/parameters",
        "paths",
        "components/schemas",
    ]


def test_an_edit_that_was_made_for_good_is_no_other(tmp_path: Path) -> None:
    scratch = copy_to(tmp_path)
    put(scratch, *walk_through())
    once = (scratch / DOCUMENT).read_text()
    put(scratch, *walk_through())
    assert (scratch / DOCUMENT).read_text() == once
    with pytest.raises(AssertionError, match="components/schemas/Ticket/properties"):
        put(scratch, ("components/schemas/Ticket/properties", {"EscalatedAt": {"type": "string"}}))


def test_what_comes_out_is_typed(edited: Path) -> None:
    shutil.copy(ROOT / "tests/typing/api.py", edited / "as_before.py")
    packages = ("superoffice", "superoffice_api", "superoffice_runtime", "superoffice_sandbox")
    done = types(edited, *(f"-p{name}" for name in packages), "-mprogram", "-mas_before")
    assert done.returncode == 0, done.stdout


def test_what_comes_out_calls_a_server(edited: Path, server: Server) -> None:
    seen = server.seen
    seen.clear()
    done = python(edited, "-W", "error", "program.py", f"http://127.0.0.1:{server.server_port}")
    assert done.returncode == 0, done.stderr
    methods = {(method, path) for method, path, *_ in seen}
    assert {("GET", "/api/v1/Ticket/439/Status"), ("PUT", "/api/v1/Pets/1/toys/ball")} <= methods
    assert ("GET", "/api/v1/Pets/1/toys/a%2Fb%20%C3%BC") in methods
    assert ("DELETE", "/api/v1/Pets/1/toys/ball") in methods
    assert {query for _, path, query, *_ in seen if path == "/api/v1/Pets"} == {QUERY}
    status = [headers for _, path, _, headers, _ in seen if path.endswith("/Status")]
    assert {headers.get("SO-Language") for headers in status if "Authorization" in headers} == {"en", None}
    assert not any("SO-Language" in headers for _, path, _, headers, _ in seen if "Pet" in path)
    assert all(headers["Authorization"] == "Basic dTpw" for _, path, _, headers, _ in seen if "Pet" in path)
    bodies = {(path, headers.get("Content-Type"), body) for _, path, _, headers, body in seen}
    assert ("/api/v1/Agents/Pet/Find", "application/json", b"[1,2]") in bodies
    xml = b'<?xml version="1.0" encoding="utf-8"?>\n<ArrayOfint><int>1</int><int>2</int></ArrayOfint>'
    assert ("/api/v1/Agents/Pet/Find", "application/xml", xml) in bodies
    assert ("/api/v1/Pets/1/toys/ball", None, b"") in bodies
    assert [body for *_, body in seen].count(b'{"TicketId":502}') == 2, "once for each client: it may have been done"


WRITTEN = """
import re, sys
from pathlib import Path
from superoffice import SuperOffice
with SuperOffice(sys.argv[1]) as client:
    for block in re.findall("```python\\n(.*?)```", Path(sys.argv[2]).read_text(), re.DOTALL):
        exec(block)
"""


def test_the_page_runs_as_written(edited: Path, server: Server) -> None:
    site = f"http://127.0.0.1:{server.server_port}"
    done = python(edited, "-c", WRITTEN, site, str(ROOT / PAGE))
    assert (done.stdout, done.stderr) == ("Closed\n", "")


def test_what_was_there_keeps_its_names(edited: Path) -> None:
    there, now = (json.loads(python(scratch, "-c", NAMES).stdout) for scratch in (ROOT, edited))
    assert {name: set(names) - set(now[name]) for name, names in there.items()} == dict.fromkeys(there, set())


NAMES = """
import importlib, json
modules = ("facts", "fields", "flags", "models", "members", "dates", "api.ticket.get_tickets")
print(json.dumps({name: sorted(vars(importlib.import_module("superoffice_api." + name))) for name in modules}))
"""


def test_another_endpoint_changes_no_line_of_the_first(edited: Path) -> None:
    text = (edited / PACKAGE / "api/ticket/get_tickets.py").read_text()
    lines = set(text.splitlines()) - set((ROOT / PACKAGE / "api/ticket/get_tickets.py").read_text().splitlines())
    assert all("trace" in line.lower() or "call." in line for line in lines), lines


RENAMED = """
from superoffice import ProjectionError, TicketFields, TicketView, UnknownFieldError
from superoffice.select import selected_paths
try:
    class Brief(TicketView):
        title: str
except ProjectionError as error:
    print(error)
try:
    selected_paths(["Title"])
except UnknownFieldError as error:
    print(error)
print(TicketFields.heading)
"""


def test_renaming_and_removing_show_as_breaks(tmp_path: Path) -> None:
    scratch = copy_to(tmp_path)
    edit(
        scratch / DOCUMENT,
        ("        Title:\n", "        Heading:\n"),
        ('        - $ref: "#/components/parameters/Language"\n', ""),
        ("        - Fax\n", ""),
    )
    done = run(scratch)
    assert done.returncode == 0, done.stderr
    shutil.copy(ROOT / "tests/typing/api.py", scratch / "as_before.py")
    (scratch / "user.py").write_text("from superoffice import TicketOrigin\nFAX = TicketOrigin.FAX\n")
    said = types(scratch, "-mas_before", "-muser").stdout
    for found in (
        'error: "Ticket" has no attribute "title"',
        "error: List item 0 has incompatible type \"Literal['Title']\"",
        'Unexpected keyword argument "language" for "sync"',
        'user.py:2: error: "type[TicketOrigin]" has no attribute "FAX"',
    ):
        assert found in said, said
    done = python(scratch, "-c", RENAMED)
    said = done.stdout + done.stderr
    assert said.startswith("Brief.title: there is no such field"), said
    assert said.splitlines()[1].startswith("Ticket has no field 'Title'"), said
    assert said.splitlines()[2:] == ["Heading"]
