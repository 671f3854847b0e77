"""Real edits of a copy: of the document, regenerated, and of the overlays. What is told of them, and what breaks."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

import superoffice
import superoffice_runtime
import superoffice_sandbox
from tools import api, changes, openapi_diff
from tools.changelog import draft, needed
from tools.changes import HistoryError, StaleError, last_release, report, since
from tools.distributions import git
from tools.normalize_openapi import UnreadableError
from tools.tests.conftest import DOCUMENT, ROOT, Scratch, commit

Edits: TypeAlias = dict[str, tuple[tuple[str, str], set[tuple[str, str, bool]]]]
TITLE = "        Title:\n          type: string\n          nullable: true\n          description: Subject line.\n"
MOOD = "        Mood:\n          type: string\n          nullable: true\n          description: How they feel.\n"
INT = "          type: integer\n          format: int32\n"
ENDPOINT = """\
  /api/v1/Ticket/{ticketId}/Mood:
    get:
      operationId: GetTicketMood
      tags: [Ticket]
      summary: Get the mood of one ticket
      parameters:
        - name: ticketId
          in: path
          required: true
          description: Number of the ticket.
          schema: {type: integer, format: int32}
      responses:
        "200":
          description: The mood.
          content:
            application/json: {schema: {$ref: "#/components/schemas/TicketMood"}}
"""
OBJECT = """\
    TicketMood:
      type: object
      description: How they feel.
      properties:
        Word: {type: string, nullable: true, description: In a word.}
"""
LEVEL = "enum: [Unknown, Internal, External]\n"

# What an edit of the document is, what it puts in place of what, and how it is told: kind, place, whether it breaks.
ADDING: Edits = {
    "a field more": (
        (TITLE, TITLE + MOOD),
        {
            ("added", "GetTickets 200[].Mood", False),
            ("added", "superoffice.Ticket.mood", False),
            ("added", "superoffice.TicketFields.mood", False),
            ("added", "superoffice.TicketFieldName", False),
        },
    ),
    "an enumeration's value more": (
        ("        - Fax\n", "        - Fax\n        - Pigeon\n"),
        {("added", "GetTickets 200[].Origin", False), ("added", "superoffice.TicketOrigin.PIGEON", False)},
    ),
}
BREAKING: Edits = {
    "a field gone": (
        (TITLE, ""),
        {
            ("removed", "GetTickets 200[].Title", True),
            ("removed", "superoffice.Ticket.title", True),
            ("removed", "superoffice.TicketFields.title", True),
            ("removed", "superoffice.TicketFieldName", True),
        },
    ),
    "its example gone": (("          Title: Cannot access customer portal - Login button not working\n", ""), set()),
    "another type": (
        (f"        SaleId:\n{INT}", "        SaleId:\n          type: string\n"),
        {("changed", "GetTickets 200[].SaleId", True), ("added", "superoffice.Ticket.sale_id", True)},
    ),
    "its example": (("          SaleId: 0\n", "          SaleId: none\n"), set()),
    "null where none was": (
        (f"        TicketId:\n{INT}", f"        TicketId:\n{INT}          nullable: true\n"),
        {("changed", "GetTickets 200[].TicketId", True), ("added", "superoffice.Ticket.ticket_id", True)},
    ),
    "none where null was": (
        (f"        NumReplies:\n{INT}          nullable: true\n", f"        NumReplies:\n{INT}"),
        {("changed", "GetTickets 200[].NumReplies", False)},
    ),
    "an enumeration's value gone": (
        ("        - Fax\n", ""),
        {("removed", "GetTickets 200[].Origin", True), ("removed", "superoffice.TicketOrigin.FAX", True)},
    ),
    "a closed enumeration": (
        (f"{LEVEL}      x-open: true\n", LEVEL),
        {("changed", "GetTickets 200[].Slevel", True)},
    ),
    "a header renamed": (
        ("      name: SO-Culture\n", "      name: SO-Formats\n"),
        {("removed", "GetTickets header SO-Culture", True), ("added", "GetTickets header SO-Formats", False)},
    ),
    "a header less": (
        ('        - $ref: "#/components/parameters/AcceptLanguage"\n', ""),
        {
            ("removed", "GetTickets header Accept-Language", True),
            ("removed", "superoffice_api.api.ticket.get_tickets.build.accept_language", True),
        },
    ),
    "a header that must be sent": (
        ("      name: SO-TimeZone\n", "      name: SO-TimeZone\n      required: true\n"),
        {
            ("changed", "GetTickets header SO-TimeZone", True),
            ("changed", "superoffice_api.api.ticket.get_tickets.build.time_zone", True),
        },
    ),
    "another unit": (
        ("x-unit: minutes\n          x-clock: priority\n", "x-unit: seconds\n          x-clock: priority\n"),
        {("changed", "GetTickets 200[].TimeToReply", True), ("changed", "GetTickets 200[].TimeToClose", True)},
    ),
    "another sign-in header": (
        ("      name: SO-AppToken\n", "      name: SO-App\n"),
        {("changed", "sign-in AppToken", True)},
    ),
    "another path": (
        ("  /api/v1/Agents/Ticket/GetTickets:", "  /api/v2/Agents/Ticket/GetTickets:"),
        {("changed", "GetTickets", True)},
    ),
}


@pytest.mark.parametrize("edits", [ADDING, BREAKING], ids=["adding", "breaking"])
def test_edits_of_the_document_are_told(copied: Scratch, edits: Edits) -> None:
    copied.edit(DOCUMENT, *(edit for edit, _ in edits.values()))
    if edits is BREAKING:  # what cannot be null any more has to come
        copied.edit(DOCUMENT, ("required: [TicketId]", "required: [TicketId, NumReplies]"))
    copied.generate()
    found = copied.changes()
    told = {(change.kind, change.where, change.breaks) for change in found}
    for name, (_, expected) in edits.items():
        assert expected <= told, name
    if edits is ADDING:
        assert not any(change.breaks for change in found)
        assert (needed("0.1.0", found), needed("1.2.3", found)) == ("0.1.1", "1.3.0")
    else:
        assert (needed("0.1.0", found), needed("1.2.3", found)) == ("0.2.0", "2.0.0")


def test_an_endpoint_is_told_once_and_so_is_its_object(copied: Scratch) -> None:
    copied.edit(DOCUMENT, ("\npaths:\n", f"\npaths:\n{ENDPOINT}"), ("\n  schemas:\n", f"\n  schemas:\n{OBJECT}"))
    copied.generate()
    endpoint, entity = draft(copied.changes()).splitlines()[2:]
    assert endpoint == "- `GetTicketMood`, `superoffice_api.api.ticket.get_ticket_mood` are new."
    assert entity.startswith("- `superoffice_api.facts.TicketMoodFieldName`, ")


BATCH, VALUES = "overlays/superoffice/_batch.py", "overlays/superoffice/_values.py"
SERVER, GET = "sandbox/superoffice_sandbox/server.py", "overlays/superoffice/cli/get.py"
# What an edit is, its file, what it puts in place of what, and how it is told: kind, place, whether it breaks.
OVERLAYS = {
    "a parameter renamed": (
        BATCH,
        ("wire: bool", "raw: bool"),
        {
            ("removed", "superoffice.Batch.to_dicts.wire", True),
            ("added", "superoffice.Batch.to_dicts.raw", False),
        },
    ),
    "a parameter more that must be given": (
        BATCH,
        ("def from_env(cls)", "def from_env(cls, environ: str)"),
        {("added", "superoffice.Client.from_env.environ", True)},
    ),
    "parameters in another order": (
        BATCH,
        ("x: int, y: int, /", "y: int, x: int, /"),
        {("changed", "superoffice.Client.move.x", True), ("changed", "superoffice.Client.move.y", True)},
    ),
    "a parameter by its name alone": (
        BATCH,
        ("z: int", "*, z: int"),
        {("changed", "superoffice.Client.move.z", True)},
    ),
    "a private base's method that takes less": (
        BATCH,
        ("most: int = 3", "most: bool = 3"),
        {("removed", "superoffice.Batch.inherited.most", True), ("added", "superoffice.Batch.inherited.most", False)},
    ),
    "a result that may be something else": (
        BATCH,
        ("def first(self) -> int", "def first(self) -> int | None"),
        {("added", "superoffice.Batch.first", True)},
    ),
    "an attribute that is less": (
        BATCH,
        ("value: str | int", "value: str"),
        {("removed", "superoffice.Partial.value", False)},
    ),
    "an attribute gone that a constructor sets": (
        BATCH,
        ("self.asked", "self._asked"),
        {("removed", "superoffice.Batch.asked", True)},
    ),
    "an overload that takes less": (
        BATCH,
        ("select: str | bytes", "select: str"),
        {("removed", "superoffice.Client.get#2.select", True)},
    ),
    "no coroutine any more": (
        BATCH,
        ("async def close", "def close"),
        {("changed", "superoffice.Client.close", True)},
    ),
    "another default": (
        SERVER,
        ("'127.0.0.1'", "'localhost'"),
        {("changed", "superoffice_sandbox.start.host", True)},
    ),
    "a parameter that need not be given more": (
        SERVER,
        ("port: int = 0", "port: int = 0, *, seed: int = 1"),
        {("added", "superoffice_sandbox.start.seed", False)},
    ),
    "a value that must be given": (
        VALUES,
        ('user: str = "me"', "user: str"),
        {("changed", "superoffice.Basic.__init__.user", breaks) for breaks in (True, False)},
    ),
    "a private attribute's argument": (
        VALUES,
        ("_secret", "_key"),
        {
            ("removed", "superoffice.Basic.__init__.secret", True),
            ("added", "superoffice.Basic.__init__.key", False),
        },
    ),
    "an enumeration's value": (
        VALUES,
        ('RED = "red"', 'RED = "rouge"'),
        {("changed", "superoffice.Colour.RED", True)},
    ),
    "a field that must be given": (
        VALUES,
        ("default=None)\n", "default=None)\n    mood: str\n"),
        {("added", "superoffice.Row.mood", True)},
    ),
    "a base less": (VALUES, ("(ValueError, KeyError)", "(KeyError)"), {("removed", "superoffice.Wrong", True)}),
    "no longer exported": (
        "overlays/superoffice/__init__.py",
        ('"Partial", ', ""),
        {("removed", "superoffice.Partial", True)},
    ),
    "a name less": (
        "generated/superoffice_api/facts.py",
        ('"Id"', '"Number"'),
        {("removed", "superoffice_api.facts.Name", True), ("added", "superoffice_api.facts.Name", False)},
    ),
    "a fixture renamed": (
        "sandbox/superoffice_sandbox/plugin.py",
        ("def sandbox(", "def mock_server("),
        {("removed", "fixture sandbox", True), ("added", "fixture mock_server", False)},
    ),
    "other exit statuses": (
        "overlays/superoffice/cli/__init__.py",
        ("MISSING, FAILED = 1, 2", "MISSING, FAILED = 1, 4"),
        {("changed", "exit status FAILED", True)},
    ),
    "an option renamed": (
        GET,
        ("--csv-safe", "--safe-csv"),
        {("removed", "superoffice get --csv-safe", True), ("added", "superoffice get --safe-csv", False)},
    ),
    "an option's value less": (GET, ('["csv", "json"]', '["csv"]'), {("removed", "superoffice get --output", True)}),
    "a Python less": (
        "pyproject.toml",
        ('"Programming Language :: Python :: 3.11"', ""),
        {("removed", "Python 3.11", True)},
    ),
    "an extra less": ("pyproject.toml", ('fast = ["orjson"]', ""), {("removed", "extra fast", True)}),
}


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_edit_of_the_rest_is_told_and_no_other(small: Scratch, name: str) -> None:
    file, edit, expected = OVERLAYS[name]
    if name == "no longer exported":  # and what was in it is not told beside it
        small.edit(BATCH, ("value: str | int", "other: str | int"))
    small.edit(file, edit)
    assert {(change.kind, change.where, change.breaks) for change in small.changes()} == expected


def test_what_users_do_not_see_is_not_told(small: Scratch) -> None:
    small.edit(DOCUMENT, ("description: Subject line.", "description: Its subject line."))
    small.edit(BATCH, ("_hidden", "_veiled"), ("_Base", "_Root"))
    small.edit(VALUES, ('advice = "try again"', 'advice = "wait"'))
    small.edit("generated/superoffice_api/facts.py", ("from superoffice import Row\n", ""))
    assert changes.stale(small.root) == ""
    assert small.changes() == []


def test_the_record_is_of_public_names_a_line_each(small: Scratch) -> None:
    text = (small.root / api.FILE).read_text(encoding="utf-8")
    assert not [line for line in text.splitlines() if re.search(r"\._[a-z]|\b_[A-Z]", line)]
    for line in (
        "class superoffice.Row(Struct, kw_only=True)",
        "superoffice.Row.title: str | None = None",
        "def superoffice.Basic.__init__(user: str = 'me', secret: str = 'x') -> None",
        "class superoffice.Batch",
        "def superoffice.Batch.__init__(asked: int) -> None",
        "property superoffice.Batch.first: int",
        "async def superoffice.Client.close() -> None",
        "classmethod superoffice.Client.from_env() -> Client",
        "def superoffice.Client.get(ids: list[int], *, select: str | bytes) -> dict[str, int]",
        "superoffice_api.facts.Name: TypeAlias = Literal['Title', 'Id']",
        'superoffice get --output {"default": "csv", "takes": "choice", "values": ["csv", "json"]}',
        'exit status FAILED {"is": "2"}',
        "fixture sandbox {}",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize("package", [superoffice, superoffice_runtime, superoffice_sandbox])
def test_our_record_has_every_name_that_a_package_exports(package: ModuleType) -> None:
    recorded = api.read((ROOT / api.FILE).read_text(encoding="utf-8"))["Python"]
    assert {f"{package.__name__}.{name}" for name in package.__all__} <= recorded.keys()


def test_a_record_that_is_not_what_the_code_gives_fails_with_the_difference(small: Scratch) -> None:
    git(small.root, "tag", "--delete", "v0.1.0")
    told = small.report()
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("Nothing is released yet, so there is nothing to compare with.\n")
    small.edit(BATCH, ("wire: bool", "raw: bool"))
    told = small.report()
    assert told.returncode == 1
    assert "\n-def superoffice.Batch.to_dicts(*, wire: bool = False)" in told.stdout
    assert "\n+def superoffice.Batch.to_dicts(*, raw: bool = False)" in told.stdout
    assert "`nox -s changes -- --retake` records it" in told.stderr
    assert small.report("--retake").returncode == 0
    assert small.report().returncode == 0


def test_the_last_release_is_the_highest_version_before_this_commit(small: Scratch, tmp_path: Path) -> None:
    for tag in ("v0.10.0", "v0.9.0", "v0.11.0rc1", "v1", "vacation"):
        commit(small.root, tag)
    git(small.root, "switch", "--quiet", "--create", "other")
    commit(small.root, "v2.0.0")  # which main does not have
    git(small.root, "switch", "--quiet", "main")
    commit(small.root, "v0.11.0")  # a release is made from its tag
    assert last_release(small.root) == "v0.10.0"
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", small.root.as_uri(), str(clone))
    with pytest.raises(HistoryError, match="This clone is shallow"):
        last_release(clone)
    with pytest.raises(HistoryError, match="is not a git repository"):
        last_release(small.root / "openapi")
    with tempfile.TemporaryDirectory() as elsewhere, pytest.raises(HistoryError, match="not a git repository"):
        last_release(Path(elsewhere))


def test_a_release_without_a_record_cannot_be_compared(small: Scratch) -> None:
    git(small.root, "rm", "--quiet", api.FILE)
    commit(small.root, "v0.2.0")
    small.retake()
    commit(small.root)
    told = small.report()
    assert told.returncode == 2
    assert "v0.2.0 does not have what it promised" in told.stderr


def test_the_type_checkers_judge_what_users_wrote(small: Scratch) -> None:
    small.edit(BATCH, ("self.asked: int = asked", "self.asked: str = str(asked)"))
    small.retake()
    found, said = since(small.root, "v0.1.0")
    failing = {change.where for change in found if change.area == "Python" and change.breaks}
    assert failing >= {"the typing tests, under mypy", "the typing tests, under pyright"}
    assert "api.py" in said


def test_the_command_fails_until_version_and_changelog_follow(copied: Scratch) -> None:
    copied.edit(
        DOCUMENT, (TITLE, TITLE.replace("Title", "Subject")), ("          Title: Cannot", "          Subject: Cannot")
    )
    copied.generate()
    copied.retake()
    copied.edit("CHANGELOG.md", ("## [Unreleased]\n", "## [Unreleased]\n\n## [0.1.0] - 2027-01-01\n"))
    told = copied.report()
    assert told.returncode == 1
    assert "Compared with v0.1.0." in told.stdout
    assert "BREAKS  removed  superoffice.Ticket.title\n" in told.stdout
    assert "The next version is 0.2.0 or higher, since it breaks users" in told.stdout
    assert "- **Breaking:** `GetTickets 200[].Title`, `superoffice.Ticket.title`" in told.stdout
    assert "_version.py says 0.1.0; what changed needs 0.2.0 at least" in told.stderr
    assert "no entry under [Unreleased] that says **Breaking** and names `title`" in told.stderr

    copied.edit("overlays/superoffice/_version.py", ("0.1.0", "0.2.0"))
    entries = "\n### Added\n\n- `Ticket.subject`.\n"
    entries += "\n### Removed\n\n- **Breaking**: `Ticket.title` is now\n  `Ticket.subject`.\n"
    copied.edit("CHANGELOG.md", ("## [Unreleased]\n", f"## [Unreleased]\n{entries}"))
    followed = copied.report()
    assert followed.returncode == 0, followed.stdout + followed.stderr
    assert followed.stdout.endswith("Version and changelog follow.\n")


def test_a_version_never_falls_though_nothing_changed(small: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.changes.since", lambda *_: ([], ""))
    assert report(small.root) == 0
    small.edit("overlays/superoffice/_version.py", ("0.1.0", "0.0.9"))
    assert report(small.root) == 1


def test_a_version_of_another_form_is_said_in_a_sentence(small: Scratch) -> None:
    small.edit("overlays/superoffice/_version.py", ("0.1.0", "0.2.0.dev1"))
    told = small.report()
    assert (told.returncode, told.stderr) == (2, "'0.2.0.dev1' is not a version of the form X.Y.Z\n")


def test_what_is_called_harmless_is_no_break_and_must_be_one(small: Scratch) -> None:
    small.edit(SERVER, ("'127.0.0.1'", "'localhost'"), ("port: int = 0", "port: int = 1"))
    host = "superoffice_sandbox.start.host  default: '127.0.0.1' -> 'localhost'"
    broken = {str(change) for change in small.changes() if change.breaks}
    assert broken == {host, "superoffice_sandbox.start.port  default: 0 -> 1"}
    harmless = small.root / changes.HARMLESS
    harmless.write_text(f'"{host}" = "the same machine"\n', encoding="utf-8")
    assert {str(change) for change in small.changes() if change.breaks} == broken - {host}
    harmless.write_text('"superoffice_sandbox.start" = "not all of it"\n', encoding="utf-8")
    with pytest.raises(StaleError, match=re.escape("names what does not break: superoffice_sandbox.start")):
        small.changes()


def test_openapi_diff_gives_all_of_a_long_answer_and_refuses_an_invalid_document(tmp_path: Path) -> None:
    ours = ROOT / DOCUMENT
    other = tmp_path / "other.yaml"
    other.write_text(ours.read_text(encoding="utf-8").replace(TITLE, ""), encoding="utf-8")
    assert [change.what for change in openapi_diff.breaks(ours, other)] == ["openapi-diff: response.body.scope.add"]
    assert openapi_diff.breaks(ours, ours) == []
    other.write_text(ours.read_text(encoding="utf-8").replace("required: [TicketId]", "required: []"), encoding="utf-8")
    with pytest.raises(UnreadableError, match="schema validation failed"):
        openapi_diff.breaks(ours, other)
