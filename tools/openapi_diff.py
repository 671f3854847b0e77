"""The public comparison of two documents, npm's openapi-diff, as a second opinion beside our own table.

It judges paths, methods, statuses, and a JSON body as a whole, whichever part of it is other. Tried on our document,
0.24.1 says nothing of null, formats, enumerations, parameters, other media types, sign-in or extensions, which is why
it does not stand alone.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from tools.differences import Change
from tools.normalize_openapi import UnreadableError, read

VERSION = "0.24.1"


def breaks(old: Path, new: Path) -> list[Change]:
    """Return what openapi-diff calls breaking, as changes.

    Raises:
        UnreadableError: It found a document invalid, or could not be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "old.json", Path(folder) / "new.json"]
        for source, copy in zip((old, new), files, strict=True):
            copy.write_text(json.dumps(read(source), default=str), encoding="utf-8")
        command = ["npx", "--yes", f"openapi-diff@{VERSION}", *map(str, files)]
        with (Path(folder) / "told").open("w+", encoding="utf-8") as out:  # into a pipe it writes 64 KiB and no more
            run = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
            out.seek(0)
            text = out.read()
    if run.returncode not in (0, 1) or (run.returncode and "Breaking changes found" not in text):
        raise UnreadableError(f"openapi-diff could not compare the documents:\n{text}{run.stderr}")
    if not run.returncode:
        return []
    told = json.loads(text[text.index("{") :])
    found: dict[tuple[str, str], None] = {}
    for each in told["breakingDifferences"]:
        there = each["sourceSpecEntityDetails"] or each["destinationSpecEntityDetails"]
        found[(each["code"], there[0]["location"] if there else each["entity"])] = None
    return [Change("API", "changed", where, f"openapi-diff: {code}", True, where) for code, where in found]
