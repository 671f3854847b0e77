"""Whether `nox -s long` passed for the very commit that is checked out, with nothing beside it.

python -m tools.evidence state          prints the commit, or nothing where the tree is not clean
python -m tools.evidence record COMMIT  keeps that it passed, where COMMIT is still the state
python -m tools.evidence proven         exits 0 where there is such a record for the state, 1 where there is none
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tools.distributions import git

ROOT = Path(__file__).resolve().parents[1]
RECORD = "build/long.json"  # in .gitignore: evidence of this machine, for this machine


def state(root: Path) -> str:
    """Give the commit that is checked out; empty where something is changed or beside it."""
    return "" if git(root, "status", "--porcelain") else git(root, "rev-parse", "HEAD").strip()


def record(root: Path, commit: str) -> str:
    """Keep that a commit passed, if it is what is checked out since before; says what it did."""
    if not commit or commit != state(root):
        return "The tree is not clean, or is another commit by now: none is recorded as having passed."
    file = root / RECORD
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"commit": commit}) + "\n", encoding="utf-8")
    return f"{RECORD} keeps that {commit[:12]} passed."


def proven(root: Path) -> bool:
    """Say whether what is checked out is a clean commit that passed."""
    try:
        passed = json.loads((root / RECORD).read_text(encoding="utf-8"))["commit"]
    except (OSError, ValueError, KeyError):
        return False
    return bool(passed and passed == state(root))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["state"]:
            print(state(ROOT))
        case ["record", commit]:
            print(record(ROOT, commit))
        case ["proven"]:
            raise SystemExit(0 if proven(ROOT) else 1)
        case _:
            raise SystemExit(__doc__)
