"""The pipeline from the document to the generated package: it is exact, it tells, and it refuses what is broken.

Runs in the generators' environment (`nox -s generate -- --test`), on scratch copies.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .scratch import DOCUMENT, PACKAGE, ROOT, copy_to, edit, put, python, run


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A copy of everything that generation reads and writes."""
    return copy_to(tmp_path)


def test_generated_is_what_the_document_gives(scratch: Path) -> None:
    done = run(scratch, "--check")
    assert (done.returncode, done.stdout) == (0, "generated/ is what the document gives.\n"), done.stdout + done.stderr


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_output_is_the_same_for_every_hash_seed(scratch: Path, seed: str) -> None:
    shutil.rmtree(scratch / "generated")
    assert run(scratch, PYTHONHASHSEED=seed).returncode == 0
    made, there = (
        {
            path.relative_to(base): path.read_bytes()
            for path in (base / "generated").rglob("*.*")
            if "pyc" not in path.name
        }
        for base in (scratch, ROOT)
    )
    assert made == there
    assert made[Path(PACKAGE, "py.typed")] == b""


def new_description(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("description: Subject line.", "description: Subject of the first message."))


def hand_edit(scratch: Path) -> None:
    edit(scratch / PACKAGE / "client.py", ("rstrip", "strip"))


def deleted(scratch: Path) -> None:
    (scratch / PACKAGE / "dates.py").unlink()


def added(scratch: Path) -> None:
    (scratch / PACKAGE / "extra.py").write_text("x = 1\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (new_description, '+    """Subject of the first message."""'),
        (hand_edit, "-        self.base_url = base_url.strip"),
        (deleted, f"missing file: {PACKAGE}/dates.py"),
        (added, f"extra file, not from the document: {PACKAGE}/extra.py"),
    ],
)
def test_drift_is_told_with_a_diff(scratch: Path, change: Callable[[Path], None], said: str) -> None:
    change(scratch)
    done = run(scratch, "--check")
    assert done.returncode == 1
    assert said in done.stdout
    assert "Run `nox -s generate`" in done.stderr


def broken_template(scratch: Path) -> None:
    edit(scratch / "generator/templates/client/client.py.jinja", ("def _result(", "def _result"))


def undefined_name(scratch: Path) -> None:
    edit(scratch / "generator/templates/client/client.py.jinja", ("from .errors import UnexpectedStatus", ""))


def warning(scratch: Path) -> None:
    where = '      parameters:\n        - $ref: "#/components/parameters/Select"\n'
    spaced = "        - {name: '1 2', in: path, required: true, description: A blank., schema: {type: string}}\n"
    edit(scratch / DOCUMENT, ("Ticket/GetTickets:", "Ticket/{1 2}/GetTickets:"), (where, where + spaced))


def against_a_rule(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("description: Subject line.", "description: Subject line.\n          x-colour: red"))


def yaml_slip(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("openapi: 3.0.3\n", "openapi: 3.0.3\n  info: [\n"))


def no_paths(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("\npaths:\n", "\nx-paths:\n"))


def wrong_reference(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ('"#/components/parameters/Language"', '"#/components/parameters/Tongue"'))


def model_warning(scratch: Path) -> None:
    edit(scratch / "generator/pyproject.toml", ("msgspec.Struct", "msgspec.Strict"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (broken_template, "what came out is broken"),
        (undefined_name, "what came out is broken"),
        (warning, "openapi-python-client warned:\n  WARNING parsing POST /api/v1/Agents/Ticket/{1 2}/GetTickets"),
        (yaml_slip, "openapi/superoffice.yaml, line "),
        (no_paths, "has no `paths`; write it, a mapping"),
        (wrong_reference, "refers to #/components/parameters/Tongue, which is not there; mend the reference"),
        (against_a_rule, "Ticket.Title: has extensions that nothing reads: x-colour"),
        (model_warning, "datamodel-code-generator failed or warned"),
    ],
)
def test_what_is_broken_is_refused(scratch: Path, change: Callable[[Path], None], said: str) -> None:
    change(scratch)
    before = (scratch / PACKAGE / "client.py").read_bytes()
    done = run(scratch)
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr
    assert (scratch / PACKAGE / "client.py").read_bytes() == before


def test_descriptions_cannot_break_the_code(scratch: Path) -> None:
    nasty = "description: 'Quotes \"\"\" and '' and a backslash \\N{x} and {{ braces }} and {% tags %}.'"
    edit(scratch / DOCUMENT, ("description: Subject line.", nasty), ("description: Channel through which a ticket came in.", nasty),
         ("summary: Get several tickets by their ids", nasty.replace("description", "summary")))  # fmt: skip
    done = run(scratch)
    assert done.returncode == 0, done.stderr


READ = """
from superoffice_api.api.ticket import {name}
from superoffice_runtime import Response
print({name}.decode(Response(200, {{"content-type": "application/json"}}, b'{{"a": [1]}}')))
try:
    {name}.decode(Response(200, {{"content-type": "text/xml"}}, b"<a/>"))
except ValueError as error:
    print(error)
"""


@pytest.mark.parametrize("held", [{}, {"schema": {}}, {"schema": {"type": "object"}}], ids=["nothing", "any", "object"])
def test_json_of_any_shape_is_read(scratch: Path, held: Any) -> None:
    answer = {"description": "Anything.", "content": {"application/json": held}}
    said = {"operationId": "GetAny", "tags": ["Ticket"], "summary": "Get anything", "responses": {"200": answer}}
    put(scratch, ("paths", {"/api/v1/Any": {"get": said}}))
    made = run(scratch)
    assert made.returncode == 0, made.stderr
    done = python(scratch, "-c", READ.format(name="get_any"))
    assert done.stdout.splitlines() == ["{'a': [1]}", "The XML is a <a>, not a <value that XML cannot hold>."], (
        done.stderr
    )


SEND = """
import httpx, json
from superoffice import BasicAuth, Locale, SuperOffice, XsrfAuth
def answer(request):
    print(json.dumps([request.method, request.url.raw_path.decode(), dict(request.headers), request.content.decode()]))
    return httpx.Response(200, text="[]")
for auth in (BasicAuth("u", "p"), XsrfAuth("x", {"session": "s"})):
    options = dict(auth=auth, app_token="a", locale=Locale(language="sv", time_zone="NO"))
    with SuperOffice("https://x.example", transport=httpx.MockTransport(answer), **options) as client:
        client.tickets.get_many([439])
from superoffice_api.api.ticket import get_tickets
from superoffice_api.models import GetTicketsRequest
print(json.dumps(get_tickets.build(GetTicketsRequest(ticket_ids=[1]), select=["Title"]).target))
"""


def test_the_wire_follows_the_document_without_a_touch_of_the_overlays(scratch: Path) -> None:
    edit(
        scratch / DOCUMENT,
        ("  /api/v1/Agents/Ticket/GetTickets:\n    post:", "  /api/v2/Tickets/Read:\n    put:"),
        ("      name: SO-TimeZone\n", "      name: SO-Zone\n"),
        ("      name: X-XSRF-TOKEN\n", "      name: X-Forgery\n"),
        ("      name: SO-AppToken\n", "      name: SO-App\n"),
        ("      name: $select\n", "      name: $fields\n"),
    )
    made = run(scratch)
    assert made.returncode == 0, made.stderr
    done = python(scratch, "-c", SEND)
    assert done.returncode == 0, done.stderr
    basic, xsrf, target = map(json.loads, done.stdout.splitlines())
    assert basic[:2] == ["PUT", "/api/v2/Tickets/Read"]
    assert (basic[2]["so-zone"], basic[2]["so-language"], basic[2]["so-app"]) == ("NO, includeTZOffset", "sv", "a")
    assert xsrf[2]["x-forgery"] == "x"
    assert not {"so-timezone", "so-apptoken", "x-xsrf-token"} & (basic[2].keys() | xsrf[2].keys())
    assert target == "/api/v2/Tickets/Read?$fields=Title"


def test_what_hand_written_code_uses_is_told_with_the_place(scratch: Path) -> None:
    for name in ("overlays", "sandbox"):
        shutil.copytree(ROOT / name, scratch / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    assert run(scratch).returncode == 0
    edit(
        scratch / DOCUMENT,
        ("        Title:\n", "        Heading:\n"),
        ("operationId: GetTickets\n", "operationId: Read\n"),
    )
    done = run(scratch)
    assert done.returncode == 1
    for said in (
        r"sandbox/superoffice_sandbox/seed\.py:\d+ has the field Title, which is gone; change it there",
        r"overlays/superoffice/doctor/checks\.py:\d+ imports get_tickets from superoffice_api\.api\.ticket\.get_tickets, which",
    ):
        assert re.search(said, done.stderr), done.stderr
    assert (scratch / PACKAGE / "api/ticket/read.py").exists(), "so that the new name can be written"


def test_xml_names_follow_the_document(scratch: Path) -> None:
    edit(
        scratch / DOCUMENT,
        ("xml: {name: int}", "xml: {name: number}"),
        ("name: ArrayOfTicket", "name: Tickets"),
        ("x-entry: KeyValueOfstringFieldProperty", "x-entry: entry"),
        ("        name: Error\n", "        name: Failure\n"),
    )
    assert run(scratch).returncode == 0
    text = (scratch / PACKAGE / "shapes.py").read_text(encoding="utf-8")
    for said in ('{"TicketIds": "number"}', 'of="Ticket", item="Ticket"', '{"FieldProperties": "entry"}', '"Failure",'):
        assert said in text, said
    assert '"Tickets": Shape("Tickets",' in text


@pytest.mark.parametrize(
    "name", ["facts.py", "lint.py", "members.py", "models.py", "operations.py", "published.py", "shapes.py", "uses.py"]
)
def test_the_generators_modules_stay_small(name: str) -> None:
    assert len((ROOT / "generator" / name).read_text().splitlines()) < 200


def test_generated_files_say_so_in_their_first_line() -> None:
    for path in (ROOT / PACKAGE).rglob("*.py"):
        assert path.read_text().startswith("# Generated from openapi/superoffice.yaml. Do not edit"), path
