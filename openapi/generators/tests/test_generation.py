"""The pipeline from the document to the emitted package: it is exact, it tells, and it refuses what is broken.

Runs in the generators' environment (`nox -s generation`), on scratch copies.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = "openapi/superoffice.yaml"
PACKAGE = "generated/superoffice_api"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A copy of everything that generation reads and writes."""
    shutil.copytree(ROOT / "openapi", tmp_path / "openapi", ignore=shutil.ignore_patterns("__pycache__", "tests"))
    shutil.copytree(ROOT / "generated", tmp_path / "generated", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(scratch: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "openapi/generators/generate.py", *options]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False, env=env)


def edit(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def test_generated_is_what_the_document_gives(scratch: Path) -> None:
    done = run(scratch, "--check")
    assert (done.returncode, done.stdout) == (0, "generated/ is what the document gives.\n"), done.stdout + done.stderr


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_output_is_the_same_for_every_hash_seed(scratch: Path, seed: str) -> None:
    shutil.rmtree(scratch / "generated")
    assert run(scratch, PYTHONHASHSEED=seed).returncode == 0
    assert run(ROOT, "--check", "--output", str(scratch / "generated")).returncode == 0
    files = {path.relative_to(scratch) for path in (scratch / "generated").rglob("*") if path.is_file()}
    assert all((scratch / name).read_bytes() == (ROOT / name).read_bytes() for name in files)
    assert scratch / PACKAGE / "py.typed" in [scratch / name for name in files]


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
    edit(scratch / "openapi/generators/templates/client/client.py.jinja", ("def _checked(", "def _checked"))


def undefined_name(scratch: Path) -> None:
    edit(scratch / "openapi/generators/templates/client/client.py.jinja", ("from .errors import UnexpectedStatus", ""))


def unexpected_warning(scratch: Path) -> None:
    schema = '            schema: {$ref: "#/components/schemas/GetTicketsRequest"}\n'
    edit(
        scratch / DOCUMENT,
        ("          text/json:\n" + schema, "          image/png:\n" + schema + "          text/json:\n" + schema),
    )


def warning_gone(scratch: Path) -> None:
    schema = '            schema: {$ref: "#/components/schemas/GetTicketsRequest"}\n'
    edit(scratch / DOCUMENT, ("          text/xml:\n" + schema, ""))


def inline_enumeration(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("description: Subject line.", "description: Subject line.\n          enum: [a, b]"))


def bare_reference(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("        Title:\n          type: string\n          nullable: true\n          description: Subject line.",
                              '        Title: {$ref: "#/components/schemas/TableRight"}'))  # fmt: skip


def unread_extension(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("description: Subject line.", "description: Subject line.\n          x-colour: red"))


def array_without_a_wrapper(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("xml: {wrapped: true}", "xml: {wrapped: false}"))


def attribute(scratch: Path) -> None:
    edit(
        scratch / DOCUMENT,
        ("description: Subject line.", "description: Subject line.\n          xml: {attribute: true}"),
    )


def no_type(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("        Title:\n          type: string\n", "        Title:\n"))


def odd_name(scratch: Path) -> None:
    edit(scratch / DOCUMENT, ("components/schemas/FieldRight", "components/schemas/field_right"), ("    FieldRight:\n      type: object\n      nullable", "    field_right:\n      type: object\n      nullable"))  # fmt: skip # noqa: E501


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (broken_template, "what came out is broken"),
        (undefined_name, "what came out is broken"),
        (
            unexpected_warning,
            "new: WARNING parsing POST /api/v1/Agents/Ticket/GetTickets within ticket. Unsupported content",
        ),
        (warning_gone, "gone: WARNING parsing POST"),
        (inline_enumeration, "make it a component"),
        (bare_reference, "Ticket.Title: a bare $ref"),
        (unread_extension, "Ticket.Title: has extensions that nothing reads: x-colour"),
        (array_without_a_wrapper, "GetTicketsRequest.TicketIds: is an array whose items would stand alone in XML"),
        (attribute, "Ticket.Title: says for XML what nothing reads: attribute"),
        (no_type, "Ticket.Title: has a type that XML and forms cannot be told of"),
        (odd_name, "the generators would call it FieldRight"),
    ],
)
def test_what_is_broken_is_refused(scratch: Path, change: Callable[[Path], None], said: str) -> None:
    change(scratch)
    before = (scratch / PACKAGE / "client.py").read_bytes()
    done = run(scratch)
    assert done.returncode == 1
    assert said in done.stderr
    assert (scratch / PACKAGE / "client.py").read_bytes() == before


def test_descriptions_cannot_break_the_code(scratch: Path) -> None:
    nasty = "description: 'Quotes \"\"\" and '' and a backslash \\N{x} and {{ braces }} and {% tags %}.'"
    edit(scratch / DOCUMENT, ("description: Subject line.", nasty), ("description: Channel through which a ticket came in.", nasty),
         ("summary: Get several tickets by their ids", nasty.replace("description", "summary")))  # fmt: skip
    done = run(scratch)
    assert done.returncode == 0, done.stderr


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
    edit(
        scratch / "openapi/generators/expected-warnings.txt",
        ("POST /api/v1/Agents/Ticket/GetTickets", "PUT /api/v2/Tickets/Read"),
    )
    made = run(scratch)
    assert made.returncode == 0, made.stderr
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(scratch / "generated"), str(ROOT / "overlays")])}
    done = subprocess.run(
        [sys.executable, "-c", SEND], capture_output=True, text=True, check=False, env=env, cwd=scratch
    )
    assert done.returncode == 0, done.stderr
    basic, xsrf, target = map(json.loads, done.stdout.splitlines())
    assert basic[:2] == ["PUT", "/api/v2/Tickets/Read"]
    assert (basic[2]["so-zone"], basic[2]["so-language"], basic[2]["so-app"]) == ("NO, includeTZOffset", "sv", "a")
    assert xsrf[2]["x-forgery"] == "x"
    assert not {"so-timezone", "so-apptoken", "x-xsrf-token"} & (basic[2].keys() | xsrf[2].keys())
    assert target == "/api/v2/Tickets/Read?$fields=Title"


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


@pytest.mark.parametrize("name", ["facts.py", "members.py", "shapes.py"])
def test_the_facts_emitter_stays_small(name: str) -> None:
    assert len((ROOT / "openapi/generators" / name).read_text().splitlines()) < 200


def test_emitted_files_say_so_in_their_first_line() -> None:
    for path in (ROOT / PACKAGE).rglob("*.py"):
        assert path.read_text().startswith("# Generated from openapi/superoffice.yaml. Do not edit"), path
