"""Tell what changed since the last release, what of it breaks users, and whether version and changelog follow.

    python -m tools.changes [--retake] [--root DIR] [--baseline DIR]

Exits 0 where they follow, 1 where they do not, 2 where the comparison cannot be made.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tools import openapi_diff, snapshot, typing_tests
from tools.changelog import VersionError, complaints, draft, needed, numbers, version_of
from tools.dialects import UnreadableError
from tools.differences import Change
from tools.openapi_diff import VERSION

ROOT = Path(__file__).resolve().parents[1]
BASELINE = "tools/baseline"


def since(baseline: Path, root: Path) -> tuple[list[Change], str]:
    """Give all changes of a source tree since a baseline, and what type checkers said of its typing tests."""
    with tempfile.TemporaryDirectory() as folder:
        now = Path(folder) / "now"
        snapshot.take(root, now)
        found = snapshot.compare(baseline, now)
        second = openapi_diff.breaks(baseline / snapshot.DOCUMENT, now / snapshot.DOCUMENT)
    if not any(change.area == "API" and change.breaks for change in found):
        found += second  # it names whole bodies, which is of use only where the table says nothing
    broken, said = typing_tests.failures(baseline / snapshot.TYPING, root)
    return snapshot.without_harm(found + broken, baseline), said


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


def report(baseline: Path, root: Path) -> int:
    """Print what changed and what it asks for; returns the exit status."""
    old, released = snapshot.about(baseline)
    now = version_of(root)
    changes, said = since(baseline, root)
    print(f"Compared with {old}{'' if released else ', which is not released yet'} ({BASELINE}).")
    if changes:
        _tell(old, changes, said)
    else:
        print("Nothing that users see is other.", flush=True)
    wrong = complaints(old, now, (root / "CHANGELOG.md").read_text(encoding="utf-8"), changes)
    if not wrong:
        print("Version and changelog follow.")
        return 0
    print("\n".join(wrong), file=sys.stderr, flush=True)
    if changes and not released:
        print(
            f"{old} is not released yet: `nox -s changes -- --retake` makes the present state what {old} will be.",
            file=sys.stderr,
        )
    return 1


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
    print(f"Found by tables of facts, griffe, openapi-diff {VERSION}, mypy and pyright.")
    print(f"The next version is {needed(old, changes)} or higher, since {why} (docs/understand/compatibility.md).")
    print(f"\nA draft for CHANGELOG.md:\n\n{draft(changes)}", flush=True)


def main() -> int:
    """Tell, or take a new baseline; returns the exit status."""
    parser = argparse.ArgumentParser(prog="nox -s changes --", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the source tree; here by default")
    parser.add_argument("--baseline", type=Path, help="the snapshot to compare with; the root's by default")
    parser.add_argument("--retake", action="store_true", help="before the first release: take the present state as it")
    options = parser.parse_args()
    root: Path = options.root.resolve()
    baseline: Path = (options.baseline or root / BASELINE).resolve()
    try:
        numbers(version_of(root))
        if options.retake:
            if (baseline / snapshot.FACTS).exists() and snapshot.about(baseline)[1]:
                print(f"{snapshot.about(baseline)[0]} is released: its baseline stays what it was.", file=sys.stderr)
                return 2
            snapshot.take(root, baseline)
            print(f"{baseline} is {version_of(root)} as it stands here.")
            return 0
        return report(baseline, root)
    except (UnreadableError, VersionError, snapshot.StaleError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
