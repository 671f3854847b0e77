"""Hold `tools/api.txt` to the code, and tell what changed since the last release, and what of it breaks users.

    python -m tools.changes [--retake] [--root DIR]

What the last release promised is read from its git tag: its record of the API, its document and its typing tests.
Exits 0 where record, version and changelog follow, 1 where they do not, 2 where the comparison cannot be made.
"""

from __future__ import annotations

import argparse
import difflib
import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

import attrs

from tools import api, openapi_diff, typing_tests
from tools.changelog import VersionError, complaints, draft, needed, numbers, version_of
from tools.differences import Change, api_breaks, differences, package_breaks, python_breaks
from tools.distributions import git
from tools.flatten_openapi import flatten
from tools.normalize_openapi import UnreadableError, read
from tools.openapi_diff import VERSION

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT, TYPING = "openapi/superoffice.yaml", "tests/typing"
HARMLESS = "tools/harmless.toml"
"""Breaks since the last release that harm nobody: "place  what", as they are printed, and why. Often not there."""
RULES = {"Python": python_breaks, "command line": package_breaks, "installed": package_breaks}


class StaleError(Exception):
    """A difference is called harmless that is not there, or that does not break."""


class HistoryError(Exception):
    """The history that a release is looked up in is not here."""


def last_release(root: Path) -> str:
    """Return the tag of the last release before this commit; empty where there is none.

    A tag on the commit itself does not count, since a release is made from its tag.

    Raises:
        HistoryError: The folder is not a git repository, or one without its whole history.
    """
    try:
        top, shallow = git(root, "rev-parse", "--show-toplevel", "--is-shallow-repository").splitlines()
        if not root.samefile(top):
            raise HistoryError(f"{root} is not a git repository, but a folder in that of {top}.")
        if shallow == "true":
            raise HistoryError("This clone is shallow, so its releases are not all here: git fetch --unshallow --tags")
        here = {*git(root, "tag", "--points-at", "HEAD").split()}
        tags = [tag for tag in git(root, "tag", "--merged", "HEAD", "--list", "v*").split() if tag not in here]
    except subprocess.CalledProcessError as error:
        raise HistoryError(f"The last release is looked up in git's history: {error.stderr.strip()}") from error
    found = []
    for tag in tags:
        try:
            found.append((numbers(tag[1:]), tag))
        except VersionError:
            continue  # somebody's mark, and no release
    return max(found)[1] if found else ""


def released(root: Path, tag: str, folder: Path) -> None:
    """Put what a release promised into a folder, as it lay in its tree."""
    command = ["git", "archive", "--format=tar", tag, "--", api.FILE, DOCUMENT, TYPING]
    packed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if packed.returncode:
        raise HistoryError(f"{tag} does not have what it promised: {packed.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")


def since(root: Path, tag: str, *, typed: bool = True) -> tuple[list[Change], str]:
    """Return all changes of a source tree since a release, and what type checkers said of its typing tests."""
    with tempfile.TemporaryDirectory() as scratch:
        old = Path(scratch)
        released(root, tag, old)
        documents = old / DOCUMENT, root / DOCUMENT
        found = differences("API", flatten(read(documents[0])), flatten(read(documents[1])), api_breaks)
        same = documents[0].read_bytes() == documents[1].read_bytes()
        if not same and not any(change.breaks for change in found):  # it names whole bodies, a last resort
            found += openapi_diff.breaks(*documents)
        before, now = (api.read((folder / api.FILE).read_text(encoding="utf-8")) for folder in (old, root))
        for area, breaks in RULES.items():
            found += differences(area, before.get(area, {}), now.get(area, {}), breaks)
        broken, said = typing_tests.failures(old / TYPING, root) if typed else ([], "")
    return without_harm(found + broken, root), said


def without_harm(found: list[Change], root: Path) -> list[Change]:
    """Take the word of `tools/harmless.toml` that some breaks harm nobody.

    Raises:
        StaleError: Something is called harmless that does not break.
    """
    file = root / HARMLESS
    harmless = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if stale := harmless.keys() - {str(change) for change in found if change.breaks}:
        raise StaleError(f"{HARMLESS} names what does not break: {', '.join(sorted(stale))}")
    return [attrs.evolve(change, breaks=change.breaks and str(change) not in harmless) for change in found]


def table(changes: Iterable[Change]) -> str:
    """Write changes as a table, those of one area together, breaks first."""
    lines, area = [], ""
    for change in sorted(changes, key=lambda each: (each.area, not each.breaks, each.kind, each.where)):
        if change.area != area:
            area = change.area
            lines += ["", area]
        flag = "BREAKS" if change.breaks else ""
        lines.append(f"  {flag:6}  {change.kind:7}  {change}")
    return "\n".join(lines)


def stale(root: Path) -> str:
    """Return how the recorded API differs from what the code gives; empty where it does not."""
    kept, now = (root / api.FILE).read_text(encoding="utf-8"), api.record(root)
    lines = difflib.unified_diff(kept.splitlines(), now.splitlines(), api.FILE, "the code", n=0, lineterm="")
    return "\n".join(lines)


def report(root: Path) -> int:
    """Print what changed and what it asks for; returns the exit status."""
    now = version_of(root)
    numbers(now)
    if differing := stale(root):
        print(differing, flush=True)
        wanted = "Where the change is wanted, `nox -s changes -- --retake` records it."
        print(f"{api.FILE} is not what the code gives. {wanted}", file=sys.stderr)
        return 1
    print(f"{api.FILE} is what the code gives.")
    tag = last_release(root)
    if not tag:
        print("Nothing is released yet, so there is nothing to compare with.")
        return 0
    changes, said = since(root, tag)
    print(f"Compared with {tag}.")
    if changes:
        _tell(tag[1:], changes, said)
    else:
        print("Users see no difference.", flush=True)
    wrong = complaints(tag[1:], now, (root / "CHANGELOG.md").read_text(encoding="utf-8"), changes)
    if wrong:
        print("\n".join(wrong), file=sys.stderr, flush=True)
        return 1
    print("Version and changelog follow.")
    return 0


def _tell(old: str, changes: list[Change], said: str) -> None:
    """Print the changes since a version, what type checkers said, and what all of it asks for."""
    broken = sum(change.breaks for change in changes)
    print(table(changes))
    if said:
        print(f"\nThe typing tests of {old} against this code:\n{said.strip()}")
    counts = ", ".join(
        f"{sum(each.kind == kind for each in changes)} {kind}" for kind in ("added", "changed", "removed")
    )
    why = "it breaks users" if broken else "nothing breaks"
    print(f"\n{counts}; {broken} of them break users.")
    print(f"Found by tables of facts, openapi-diff {VERSION}, mypy and pyright.")
    print(f"The next version is {needed(old, changes)} or higher, since {why} (docs/understand/compatibility.md).")
    print(f"\nA draft for CHANGELOG.md:\n\n{draft(changes)}", flush=True)


def main() -> int:
    """Tell, or record the API as it is; returns the exit status."""
    parser = argparse.ArgumentParser(prog="nox -s changes --", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the source tree; here by default")
    parser.add_argument("--retake", action="store_true", help=f"write {api.FILE} as the code gives it")
    options = parser.parse_args()
    root: Path = options.root.resolve()
    try:
        if not options.retake:
            return report(root)
        (root / api.FILE).write_text(api.record(root), encoding="utf-8")
        print(f"{api.FILE} is what the code gives: read its diff before it is committed.")
        return 0
    except (UnreadableError, VersionError, StaleError, HistoryError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
