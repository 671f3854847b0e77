"""Print what the newest generators would change: the stock templates that ours shadow, and what is generated.

    python generator/upstream.py [PINNED]

Runs in an environment of the newest generators; PINNED is a folder with the pinned ones, which are installed where there is
none. Exits 1 where the newest would generate something else, or nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
STOCK = {
    "client": ("openapi_python_client", "openapi-python-client", "templates"),
    "models": ("datamodel_code_generator", "datamodel-code-generator", ""),
}
"""Folder of ours -> package, distribution, and where in the package its stock templates are."""
HEAD = re.compile(r"\{#-? Shadows (?:nothing|(?P<stock>\S+) \(sha256 (?P<sha256>[0-9a-f]{64})\)): ")


class Shadow(NamedTuple):
    """A template of ours, the stock template that it takes the place of, and what that was when ours was written."""

    ours: Path
    stock: Path
    sha256: str


def shadows() -> Iterator[Shadow]:
    """Read the heads of our templates; raises ValueError for one that does not say what it shadows."""
    for ours in sorted(HERE.glob("templates/*/**/*.jinja*")):
        if (head := HEAD.match(ours.read_text(encoding="utf-8"))) is None:
            raise ValueError(f"{ours} does not begin with what it shadows, and the sha256 of that")
        if head["stock"] is not None:
            package, _, folder = STOCK[ours.relative_to(HERE / "templates").parts[0]]
            yield Shadow(ours, Path(package, folder, head["stock"]), head["sha256"])


def installed(stock: Path) -> Path:
    """Find a stock template in this environment."""
    found = find_spec(stock.parts[0])
    if found is None or found.origin is None:
        raise SystemExit(f"{stock.parts[0]} is not installed here")
    return Path(found.origin).parent.joinpath(*stock.parts[1:])


def sha256(file: Path) -> str:
    """Return a file's hash; nothing where there is no file."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def pins() -> dict[str, str]:
    """Read which version of each generator is pinned."""
    lines = (HERE / "requirements.in").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def changed(pinned: Path) -> Iterator[str]:
    """Return which shadowed stock templates are others now, each with a diff against the pinned one's."""
    for shadow in shadows():
        now = installed(shadow.stock)
        if sha256(now) == shadow.sha256:
            continue
        ours = shadow.ours.relative_to(HERE.parent)
        if not now.exists():
            yield f"{shadow.stock}, which {ours} shadows, is gone."
            continue
        texts = [file.read_text(encoding="utf-8").splitlines() for file in (pinned / shadow.stock, now)]
        diff = difflib.unified_diff(*texts, "pinned", "newest", lineterm="")
        yield "\n".join([f"{shadow.stock}, which {ours} shadows, is another:", *diff])


def main(pinned: Path) -> int:
    """Compare; returns the exit status."""
    versions = {name: version(name) for _, name, _ in STOCK.values()}
    for name, newest in versions.items():
        same = ", which is the newest" if newest == pins()[name] else f", the newest is {newest}"
        print(f"{name}: {pins()[name]} is pinned{same}.")
    for said in changed(pinned):
        print(said)
    run = subprocess.run(
        [sys.executable, str(HERE / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    if run.returncode == 0:
        print("The newest generators make what is in generated/.")
        return 0
    wanted = run.stdout or f"They make nothing:\n{run.stderr}"
    print(f"The newest generators would change generated/.\n{wanted}")
    return 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        raise SystemExit(main(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as folder:
        both = [f"{name}=={pins()[name]}" for _, name, _ in STOCK.values()]
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        subprocess.run([*install, *both], check=True)
        raise SystemExit(main(Path(folder)))
