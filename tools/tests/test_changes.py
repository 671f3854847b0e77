"""Real edits of a copy: of the document, regenerated, and of the overlays. What is told of them, and what breaks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeAlias

import pytest

from tools import breakages, openapi_diff, snapshot, surface
from tools.changelog import draft, needed
from tools.changes import report, since
from tools.dialects import UnreadableError
from tools.differences import Change
from tools.tests.conftest import DOCUMENT, ROOT, Scratch

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
    "a member more": (
        (TITLE, TITLE + MOOD),
        {
            ("added", "GetTickets 200[].Mood", False),
            ("added", "superoffice.Ticket.mood", False),
            ("added", "superoffice.Ticket.__init__", False),
            ("added", "superoffice.TicketFields.mood", False),
            ("added", "superoffice_api.facts.TicketFieldName", False),
        },
    ),
    "an enumeration's value more": (
        ("        - Fax\n", "        - Fax\n        - Pigeon\n"),
        {("added", "GetTickets 200[].Origin", False), ("added", "superoffice.TicketOrigin.PIGEON", False)},
    ),
}
BREAKING: Edits = {
    "a member gone": (
        (TITLE, ""),
        {
            ("removed", "GetTickets 200[].Title", True),
            ("removed", "superoffice.Ticket.title", True),
            ("removed", "superoffice.Ticket.__init__", True),
            ("removed", "superoffice.TicketFields.title", True),
            ("removed", "superoffice_api.facts.TicketFieldName", True),
        },
    ),
    "its example gone": (("          Title: Cannot access customer portal - Login button not working\n", ""), set()),
    "another type": (
        (f"        SaleId:\n{INT}", "        SaleId:\n          type: string\n"),
        {("changed", "GetTickets 200[].SaleId", True), ("changed", "superoffice.Ticket.sale_id", True)},
    ),
    "its example": (("          SaleId: 0\n", "          SaleId: none\n"), set()),
    "null where none was": (
        (f"        TicketId:\n{INT}", f"        TicketId:\n{INT}          nullable: true\n"),
        {("changed", "GetTickets 200[].TicketId", True), ("changed", "superoffice.Ticket.ticket_id", True)},
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
            ("removed", "superoffice_api.api.ticket.get_tickets.build", True),
        },
    ),
    "a header that must be sent": (
        ("      name: SO-TimeZone\n", "      name: SO-TimeZone\n      required: true\n"),
        {
            ("changed", "GetTickets header SO-TimeZone", True),
            ("changed", "superoffice_api.api.ticket.get_tickets.build", True),
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
def test_edits_of_the_document_are_told(scratch: Scratch, edits: Edits) -> None:
    scratch.edit(DOCUMENT, *(edit for edit, _ in edits.values()))
    if edits is BREAKING:  # what cannot be null any more has to come
        scratch.edit(DOCUMENT, ("required: [TicketId]", "required: [TicketId, NumReplies]"))
    scratch.generate()
    changes = scratch.changes()
    told = {(change.kind, change.where, change.breaks) for change in changes}
    for name, (_, expected) in edits.items():
        assert expected <= told, name
    if edits is ADDING:
        assert not any(change.breaks for change in changes)
        assert (needed("0.1.0", changes), needed("1.2.3", changes)) == ("0.1.1", "1.3.0")
    else:
        assert (needed("0.1.0", changes), needed("1.2.3", changes)) == ("0.2.0", "2.0.0")


CLOSES = '\n        """Close the connections; closing twice is harmless."""\n        '
MADE = "superoffice_api.api.ticket.get_ticket_mood"


def test_an_endpoint_is_told_once_and_so_is_its_object(scratch: Scratch) -> None:
    scratch.edit(DOCUMENT, ("\npaths:\n", f"\npaths:\n{ENDPOINT}"), ("\n  schemas:\n", f"\n  schemas:\n{OBJECT}"))
    scratch.generate()
    changes = scratch.changes()
    endpoint, entity = draft(changes).splitlines()[2:]
    assert endpoint == f"- `GetTicketMood`, `{MADE}` are new."
    assert entity.startswith("- `superoffice_api.facts.TicketMoodFieldName`, ")
    now = scratch.root.parent / "now"
    gone = breakages.changes(surface.load(now / snapshot.PYTHON), surface.load(scratch.baseline / snapshot.PYTHON))
    assert [each for each in gone if each.where.startswith(MADE)] == [
        Change("Python", "removed", MADE, "", True, "get_ticket_mood")
    ]


# What an edit of the rest is, its file, what it puts in place of what, and how it is told: area, kind, place, and
# whether it breaks.
OVERLAYS = {
    "a parameter renamed": (
        "overlays/superoffice/batch.py",
        ("def to_dicts(self, *, wire: bool = False)", "def to_dicts(self, *, raw: bool = False)"),
        {
            ("Python", "removed", "superoffice.TicketBatch.to_dicts", True),
            ("Python", "added", "superoffice.TicketBatch.to_dicts", False),
        },
    ),
    "an attribute gone that a constructor sets": (
        "overlays/superoffice/batch.py",
        ("self.requested", "self._requested"),
        {("Python", "removed", "superoffice.TicketBatch.requested", True)},
    ),
    "another default": (
        "overlays/superoffice_sandbox/server.py",
        ('host: str = "127.0.0.1"', 'host: str = "localhost"'),
        {("Python", "changed", "superoffice_sandbox.start", True)},
    ),
    "no longer exported": (
        "overlays/superoffice/__init__.py",
        ('    "Problem",\n', ""),
        {("Python", "removed", "superoffice.Problem", True)},
    ),
    "a value that must be given": (
        "overlays/superoffice/auth.py",
        ("    user: str =", "    realm: str\n    user: str ="),
        {
            ("Python", "added", "superoffice.BasicAuth.realm", False),
            ("Python", "changed", "superoffice.BasicAuth.__init__", True),
        },
    ),
    "an overload that takes less": (
        "overlays/superoffice/_tickets.py",
        ("select: Iterable[TicketFieldName | Field | RawField]", "select: Iterable[TicketFieldName | Field]"),
        {("Python", "changed", "superoffice.Tickets.get_many, overload 2", True)},
    ),
    "a base less": (
        "overlays/superoffice/errors.py",
        ("class ConfigurationError(SuperOfficeError, ValueError)", "class ConfigurationError(SuperOfficeError)"),
        {("Python", "changed", "superoffice.ConfigurationError", True)},
    ),
    "no coroutine any more": (
        "overlays/superoffice/_client.py",
        (
            f"async def close(self) -> None:{CLOSES}await self",
            f"def close(self) -> None:{CLOSES}self",
        ),
        {("Python", "changed", "superoffice.AsyncSuperOffice.close", True)},
    ),
    "a class's method that asks for an object": (
        "overlays/superoffice/_client.py",
        ("    @classmethod\n    def from_env(", "    def from_env("),
        {("Python", "changed", "superoffice.SuperOffice.from_env", True)},
    ),
    "a fixture renamed": (
        "overlays/superoffice_sandbox/pytest_plugin.py",
        ("def superoffice_sandbox(", "def superoffice_stand_in("),
        {
            ("installed", "removed", "fixture superoffice_sandbox", True),
            ("installed", "added", "fixture superoffice_stand_in", False),
        },
    ),
    "other exit statuses": (
        "overlays/superoffice/_cli/options.py",
        ("MISSING, WRONG, FAILED = 1, 2, 3", "MISSING, WRONG, FAILED = 1, 2, 4"),
        {("command line", "changed", "exit status options.FAILED", True)},
    ),
    "an option renamed": (
        "overlays/superoffice/_cli/get.py",
        ('"--csv-safe"', '"--safe-csv"'),
        {
            ("command line", "removed", "superoffice get --csv-safe", True),
            ("command line", "added", "superoffice get --safe-csv", False),
        },
    ),
    "a Python less": (
        "pyproject.toml",
        ('  "Programming Language :: Python :: 3.11",\n', ""),
        {("installed", "removed", "Python 3.11", True)},
    ),
    "an extra less": (
        "pyproject.toml",
        ('truststore = ["truststore>=0.10"]\n', ""),
        {("installed", "removed", "extra truststore", True)},
    ),
}


def test_edits_of_the_rest_are_told(scratch: Scratch) -> None:
    for file, edit, _ in OVERLAYS.values():
        scratch.edit(file, edit)
    told = {(change.area, change.kind, change.where, change.breaks) for change in scratch.changes()}
    for name, (_, _, expected) in OVERLAYS.items():
        assert expected <= told, name


def test_what_users_do_not_see_is_not_told(scratch: Scratch) -> None:
    scratch.edit(DOCUMENT, ("description: Subject line.", "description: Its subject line."))
    scratch.generate()
    scratch.edit("overlays/superoffice/_core.py", ("def checked_size", "def size_checked"))
    assert scratch.changes() == []


def test_the_type_checkers_judge_what_users_wrote(scratch: Scratch) -> None:
    scratch.edit("overlays/superoffice/batch.py", ("def aligned(self) -> list[", "def aligned(self) -> tuple["))
    changes, said = since(scratch.baseline, scratch.root)
    failing = {change.where for change in changes if change.area == "Python" and change.breaks}
    assert failing >= {"the typing tests, under mypy", "the typing tests, under pyright"}
    assert "api.py" in said


def test_the_command_fails_until_version_and_changelog_follow(scratch: Scratch) -> None:
    scratch.edit(
        DOCUMENT, (TITLE, TITLE.replace("Title", "Subject")), ("          Title: Cannot", "          Subject: Cannot")
    )
    scratch.generate()
    scratch.edit("CHANGELOG.md", ("## [Unreleased]\n", "## [Unreleased]\n\n## [0.1.0] - 2027-01-01\n"))
    told = scratch.report()
    assert told.returncode == 1
    assert "BREAKS  removed  superoffice.Ticket.title\n" in told.stdout
    assert "The next version is 0.2.0 or higher, since it breaks users" in told.stdout
    assert "- **Breaking:** `GetTickets 200[].Title`, `superoffice.Ticket.title`" in told.stdout
    assert "_version.py says 0.1.0; what changed needs 0.2.0 at least" in told.stderr
    assert "no entry under [Unreleased] that says **Breaking** and names `title`" in told.stderr

    scratch.edit("overlays/superoffice/_version.py", ("0.1.0", "0.2.0"))
    entries = "\n### Added\n\n- `Ticket.subject`.\n"
    entries += "\n### Removed\n\n- **Breaking**: `Ticket.title` is now\n  `Ticket.subject`.\n"
    scratch.edit("CHANGELOG.md", ("## [Unreleased]\n", f"## [Unreleased]\n{entries}"))
    followed = scratch.report()
    assert followed.returncode == 0, followed.stdout + followed.stderr
    assert followed.stdout.endswith("Version and changelog follow.\n")


def test_a_version_never_falls_though_nothing_is_other(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.changes.since", lambda *_: ([], ""))
    assert report(scratch.baseline, scratch.root) == 0
    scratch.edit("overlays/superoffice/_version.py", ("0.1.0", "0.0.9"))
    assert report(scratch.baseline, scratch.root) == 1


def test_a_version_of_another_form_is_said_in_a_sentence(scratch: Scratch) -> None:
    scratch.edit("overlays/superoffice/_version.py", ("0.1.0", "0.2.0.dev1"))
    for options in ([], ["--retake"]):
        told = scratch.report(*options)
        assert (told.returncode, told.stderr) == (2, "'0.2.0.dev1' is no version of the form X.Y.Z\n")


def test_what_is_called_harmless_is_no_break_and_must_be_one(scratch: Scratch) -> None:
    edits = (('host: str = "127.0.0.1"', 'host: str = "localhost"'), ("port: int = 0", "port: int = 1"))
    scratch.edit("overlays/superoffice_sandbox/server.py", *edits)
    changes = scratch.changes()
    host = "superoffice_sandbox.start  host: parameter default was changed: '127.0.0.1' -> 'localhost'"
    broken = {str(change) for change in changes if change.breaks}
    assert host in broken
    assert any(each.startswith("superoffice_sandbox.start  port: ") for each in broken)
    harmless = scratch.baseline / "harmless.toml"
    harmless.write_text(f'"{host}" = "the same machine"\n', encoding="utf-8")
    left = snapshot.without_harm(changes, scratch.baseline)
    assert {str(change) for change in left if change.breaks} == broken - {host}  # another break there is still told
    harmless.write_text('"superoffice_sandbox.start" = "not all of it"\n', encoding="utf-8")
    with pytest.raises(snapshot.StaleError, match=re.escape("names what is no break: superoffice_sandbox.start")):
        snapshot.without_harm(changes, scratch.baseline)


def test_only_an_unreleased_baseline_is_taken_again(scratch: Scratch) -> None:
    refused = scratch.report("--retake")
    assert (refused.returncode, refused.stderr) == (2, "0.1.0 is released: its baseline stays what it was.\n")
    snapshot.take(scratch.root, scratch.baseline)
    scratch.edit("overlays/superoffice/_cli/get.py", ('"--csv-safe"', '"--safe-csv"'))
    told = scratch.report()
    assert told.returncode == 1
    assert "0.1.0 is not released yet: `nox -s changes -- --retake`" in told.stderr
    assert scratch.report("--retake").returncode == 0
    assert scratch.changes() == []


def test_openapi_diff_gives_all_of_a_long_answer_and_refuses_an_invalid_document(tmp_path: Path) -> None:
    ours = ROOT / DOCUMENT
    other = tmp_path / "other.yaml"
    other.write_text(ours.read_text(encoding="utf-8").replace(TITLE, ""), encoding="utf-8")
    assert [change.what for change in openapi_diff.breaks(ours, other)] == ["openapi-diff: response.body.scope.add"]
    assert openapi_diff.breaks(ours, ours) == []
    other.write_text(ours.read_text(encoding="utf-8").replace("required: [TicketId]", "required: []"), encoding="utf-8")
    with pytest.raises(UnreadableError, match="schema validation failed"):
        openapi_diff.breaks(ours, other)
