"""Run the clients' tests against sandboxes with other variants of undocumented behaviour.

    python tools/variants.py [--alone] [PYTEST'S OPTIONS]

Several variants at once by default; `--alone` takes them one by one, which says more plainly what fails.
"""

from __future__ import annotations

import functools
import json
import operator
import os
import subprocess
import sys

TESTS = (
    *(f"tests/superoffice/test_{name}.py" for name in ("client", "select", "views")),
    *(f"tests/superoffice_api/test_{name}.py" for name in ("generated", "values")),
    "tests/superoffice_runtime/test_media.py",
    "tests/test_examples.py",
)
# Every variant, alone; the defaults are what every other run is against.
ALONE: list[dict[str, str]] = [
    *({"missing": value} for value in ("null", "default")),
    *({"unselected": value} for value in ("omit", "default")),
    *({"empty_date": value} for value in ("utc", "offset")),
    *({"error_shape": value} for value in ("typed", "agent")),
    *({"offsets": value} for value in ("always", "never")),
    *({"date_form": value} for value in ("compact", "ticks")),
]
# Together: each of those above is in one of the first two.
MIXED: list[dict[str, str]] = [
    functools.reduce(operator.or_, ALONE[::2]),
    functools.reduce(operator.or_, ALONE[1::2]),
    {"duplicates": "once", "unknown_select": "error", "stamps": "utc", "invalid_ids": "missing", "no_ids": "null"},
    {"missing": "null", "unselected": "omit", "empty_date": "offset", "base_zone": "US-NY", "app_token": "required"},
]


def main(*given: str) -> int:
    """Run them all; returns how many variants failed."""
    failed = 0
    command = [sys.executable, "-m", "pytest", "-q", *(each for each in given if each != "--alone"), *TESTS]
    for variant in ALONE if "--alone" in given else MIXED:
        print(f"variant: {variant}", flush=True)
        env = {**os.environ, "SUPEROFFICE_BEHAVIOUR": json.dumps(variant)}
        failed += subprocess.run(command, env=env, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
