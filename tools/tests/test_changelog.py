"""What the version and the changelog must say of changes, and what does not count as having said it."""

from __future__ import annotations

import pytest

from tools.changelog import VersionError, complaints, draft, numbers
from tools.differences import Change

TITLE = Change("Python", "removed", "superoffice.Ticket.title", "", True, "title")
ORIGIN = Change("API", "removed", "GetTickets 200[].Origin", "values no longer: Fax", True, "Fax")
OPTION = Change("command line", "removed", "superoffice get --csv-safe", "", True, "--csv-safe")
PARAMETER = Change("Python", "changed", "superoffice.Tickets.get", "ids: parameter was removed", True, "ids")
HEADER = Change("API", "removed", "GetTickets header Culture", "", True, "Culture")
PYTHON = Change("installed", "removed", "Python 3.11", "", True, "11")
NEW = Change("Python", "added", "superoffice.Ticket.mood", "", False, "mood")


def changelog(*entries: str, heading: str = "Removed") -> str:
    return f"## [Unreleased]\n\n### {heading}\n\n" + "".join(f"- {entry}\n" for entry in entries)


def test_a_version_never_falls() -> None:
    said = ["overlays/superoffice/_version.py says 0.0.9, and 0.1.0 was before it."]
    assert complaints("0.1.0", "0.0.9", changelog(), []) == said
    assert complaints("0.1.0", "0.1.0", changelog(), []) == []
    assert complaints("0.1.0", "0.1.1", changelog(), []) == []


@pytest.mark.parametrize("version", ["0.2.0.dev1", "0.2", "01.2.3", "0.2.0 "])
def test_another_form_is_no_version(version: str) -> None:
    with pytest.raises(VersionError, match=r"is not a version of the form X\.Y\.Z"):
        numbers(version)


@pytest.mark.parametrize(
    ("change", "entry", "names"),
    [
        (TITLE, "**Breaking**: `Ticket.title` is gone.", True),
        (TITLE, "**Breaking:** `Title` is gone.", True),
        (TITLE, "**Breaking**: the title is gone.", False),
        (TITLE, "**Breaking**: `Ticket.subtitle` is gone.", False),
        (TITLE, "**Breaking**: `Ticket.title_of` is gone.", False),
        (TITLE, "This is not breaking: `Ticket.title` is gone.", False),
        (TITLE, "`Ticket.title` is gone.", False),
        (OPTION, "**Breaking**: `superoffice get --csv-safe` is gone.", True),
        (OPTION, "**Breaking**: `--csv-safely` is gone.", False),
        (
            Change("API", "removed", "GetTickets header Culture", "", True, "Culture"),
            "**Breaking** `SO-Culture`.",
            False,
        ),
        (PYTHON, "**Breaking**: `Python 3.11` is gone.", True),
    ],
)
def test_a_break_is_named_whole_as_code_in_an_entry_that_says_breaking(change: Change, entry: str, names: bool) -> None:
    said = complaints("0.1.0", "0.2.0", changelog(entry), [change])
    asked = f"CHANGELOG.md has no entry under [Unreleased] that says **Breaking** and names `{change.name}`."
    assert said == ([] if names else [asked])


def test_one_name_in_another_entry_does_not_do() -> None:
    said = complaints("0.1.0", "0.2.0", changelog("**Breaking**: `Ticket.title`.", "`Fax` too."), [TITLE, ORIGIN])
    assert said == ["CHANGELOG.md has no entry under [Unreleased] that says **Breaking** and names `Fax`."]


def test_a_break_without_a_name_asks_for_an_entry_all_the_same() -> None:
    typing = Change("Python", "changed", "the typing tests, under mypy", "they fail", True, "")
    said = "CHANGELOG.md has no entry under [Unreleased] that says **Breaking** and names what is broken."
    assert complaints("0.1.0", "0.2.0", changelog("Something."), [typing]) == [said]
    assert complaints("0.1.0", "0.2.0", changelog("**Breaking**: something."), [typing]) == []


def test_the_draft_says_what_is_asked_for() -> None:
    literal = Change("Python", "removed", "superoffice.FieldName", "no longer: 'Id'", True, "Id")
    changes = [TITLE, ORIGIN, OPTION, PARAMETER, NEW, literal]
    assert complaints("0.1.0", "0.2.0", f"## [Unreleased]\n\n{draft(changes)}", changes) == []
    assert "- **Breaking:** `superoffice.Tickets.get`: `ids`: parameter was removed.\n" in draft(changes)
    assert "- **Breaking:** `superoffice.FieldName`: no longer: `'Id'`.\n" in draft(changes)
