"""The version and the changelog: what changes ask of them, and whether they follow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tools.differences import Change, Kind

KINDS: tuple[Kind, ...] = ("added", "changed", "removed")
HEADINGS: dict[Kind, set[str]] = {
    "added": {"Added"},
    "changed": {"Changed", "Deprecated", "Fixed", "Security"},
    "removed": {"Removed"},
}
FILE, VERSION_FILE = "CHANGELOG.md", "overlays/superoffice/_version.py"


class VersionError(ValueError):
    """A version is not of our form; a pre-release is none of ours."""


def version_of(root: Path) -> str:
    """Return the version that a source tree says it is."""
    text = (root / VERSION_FILE).read_text(encoding="utf-8")
    (version,) = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    return str(version)


def numbers(version: str) -> tuple[int, int, int]:
    """Take a version `X.Y.Z` apart.

    Raises:
        VersionError: It is of another form.
    """
    found = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version)
    if found is None:
        raise VersionError(f"{version!r} is not a version of the form X.Y.Z")
    return int(found[1]), int(found[2]), int(found[3])


def needed(old: str, changes: Iterable[Change]) -> str:
    """Return the least version that may follow a release, by docs/understand/compatibility.md.

    Example:
        >>> gone = Change("Python", "removed", "superoffice.Ticket.title", "", True, "title")
        >>> needed("0.1.3", [gone]), needed("1.1.3", [gone]), needed("1.1.3", [])
        ('0.2.0', '2.0.0', '1.1.4')
    """
    major, minor, patch = numbers(old)
    found = list(changes)
    if any(change.breaks for change in found):
        return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
    return f"{major}.{minor + 1}.0" if major and found else f"{major}.{minor}.{patch + 1}"


def sections(text: str) -> dict[str, dict[str, list[str]]]:
    """Return the entries of a changelog, each on one line, by heading and by version."""
    found: dict[str, dict[str, list[str]]] = {}
    entries: list[str] = []
    version = ""
    for line in text.splitlines():
        if release := re.match(r"## \[(.+?)\]", line):
            version = release[1]
            found[version] = {}
        elif line.startswith("### ") and version:
            entries = found[version].setdefault(line[4:].strip(), [])
        elif line.startswith("- "):
            entries.append(line[2:].strip())
        elif line.startswith("  ") and entries:
            entries[-1] += " " + line.strip()
    return found


def complaints(old: str, now: str, text: str, changes: list[Change]) -> list[str]:
    """Return where the version and the changelog do not follow the changes since a release, a sentence each."""
    if numbers(now) < numbers(old):
        return [f"{VERSION_FILE} says {now}, and {old} was before it."]
    if not changes:
        return []
    least = needed(old, changes)
    found = []
    if numbers(now) < numbers(least):
        found.append(f"{VERSION_FILE} says {now}; what changed needs {least} at least.")
    told = sections(text)
    prepared = numbers(now) > numbers(old) and now in told and not any(told.get("Unreleased", {}).values())
    heading = now if prepared else "Unreleased"
    entries = told.get(heading, {})
    kinds = {change.kind for change in changes if change.name}
    found += [
        f"{FILE} has no entry under [{heading}] {' or '.join(sorted(HEADINGS[kind]))}."
        for kind in KINDS
        if kind in kinds and not any(entries.get(name) for name in HEADINGS[kind])
    ]
    breaking = [entry for each in entries.values() for entry in each if "**Breaking" in entry]
    code = plain("\n".join(part for entry in breaking for part in re.findall(r"`([^`]+)`", entry)))
    broken = {plain(change.name): change.name for change in changes if change.breaks and change.name}
    unnamed = [name for spelt, name in sorted(broken.items()) if not whole(spelt).search(code)]
    if unnamed or (any(change.breaks for change in changes) and not breaking):
        names = ", ".join(f"`{name}`" for name in unnamed) or "what is broken"
        found.append(f"{FILE} has no entry under [{heading}] that says **Breaking** and names {names}.")
    return found


def plain(name: str) -> str:
    """Return a name without case and underscores, so that `created_at` and `CreatedAt` are the same to a reader."""
    return name.replace("_", "").lower()


def whole(name: str) -> re.Pattern[str]:
    """Find a name where it is not a part of another: `title` in `Ticket.title`, not in `subtitle`."""
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")


def draft(changes: list[Change]) -> str:
    """Write the entries that the changes ask for, as a start: what a change is for, no program can say."""
    lines = []
    for kind in KINDS:
        grouped: dict[tuple[bool, str], list[Change]] = {}
        for change in changes:
            if change.kind == kind and change.name:
                grouped.setdefault((not change.breaks, _subject(change.name)), []).append(change)
        if grouped:
            lines += [f"### {kind.capitalize()}", ""]
            lines += [_entry(kind, each) for _, each in sorted(grouped.items())]
            lines.append("")
    return "\n".join(lines)


def _subject(name: str) -> str:
    """Return what a name is about: an object, for what is generated beside its class."""
    return plain(re.sub(r"(?<=\w)(FieldName|Fields|Members)$", "", name))


def _entry(kind: Kind, changes: list[Change]) -> str:
    named = [f"`{change.where}`" for change in changes if not change.what]
    told = [f"`{each.where}`: {_as_code(each.name, each.what)}" for each in changes if each.what]
    if named:
        verb = "is" if len(named) == 1 else "are"
        told.insert(0, f"{', '.join(named)} {verb} {'new' if kind == 'added' else 'gone'}")
    return f"- {'**Breaking:** ' if changes[0].breaks else ''}{'; '.join(dict.fromkeys(told))}."


def _as_code(name: str, what: str) -> str:
    """Write a name in a sentence as code, with the quotes about it."""
    return re.sub(rf"(['\"]?){whole(name).pattern}\1", r"`\g<0>`", what, count=1)
