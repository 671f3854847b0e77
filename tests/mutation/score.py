"""Changes a module in one place at a time, lets tests run, and tells which changes none of them noticed.

    python tests/mutation/score.py              all of targets.toml
    python tests/mutation/score.py batch _decode

cosmic-ray makes the changes, in a copy of the project.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COPIED = ("generated", "overlays", "sandbox", "tests", "pyproject.toml")
TOOLS = Path(sys.executable).parent


def run(*command: str, folder: Path, bytecode: bool = False) -> str:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(folder / name) for name in ("overlays", "generated", "sandbox")),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # loading them takes longer than the tests
        "PYTHONDONTWRITEBYTECODE": "" if bytecode else "1",  # that of one mutant must not serve for another
    }
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def changed(diff: str) -> str:
    """Name a change by its new line, or by what was taken away and what stands after it."""
    _, _, hunk = diff.partition("\n@@")
    lines = hunk.splitlines()[1:]
    new = [line[1:].strip() for line in lines if line.startswith("+")]
    if new:
        return " ".join(new)
    old = [number for number, line in enumerate(lines) if line.startswith("-")]
    return f"without {' '.join(lines[at][1:].strip() for at in old).strip()} before {lines[old[-1] + 1].strip()}"


def mutants(folder: Path, module: dict[str, Any], settings: dict[str, Any]) -> list[tuple[bool, str]]:
    """Make and try every mutant of a module; tells of each whether it was killed, and what was changed."""
    tests = [sys.executable, "-m", "pytest", "-q", "-x", *module["tests"]]
    config = {
        "module-path": module["path"],
        "timeout": settings["seconds"],
        "excluded-modules": [],
        "test-command": shlex.join(tests),
    }
    lines = ["[cosmic-ray]", *(f"{name} = {json.dumps(value)}" for name, value in config.items())]
    lines += ['[cosmic-ray.distributor]\nname = "local"', "[cosmic-ray.filters.operators-filter]"]
    lines += [f"exclude-operators = {json.dumps(settings['without'])}"]
    (folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    (folder / "session.sqlite").unlink(missing_ok=True)
    run(*tests, folder=folder, bytecode=True)  # without a change they must pass; compiling all takes half of each run
    for own in (folder / module["path"]).parent.glob(f"__pycache__/{Path(module['path']).stem}.*"):
        own.unlink()
    for tool, *arguments in (
        ("cosmic-ray", "init", "config.toml", "session.sqlite"),
        ("cr-filter-operators", "session.sqlite", "config.toml"),
        ("cosmic-ray", "exec", "config.toml", "session.sqlite"),
    ):
        run(str(TOOLS / tool), *arguments, folder=folder)
    found: list[tuple[bool, str]] = []
    for line in run(str(TOOLS / "cosmic-ray"), "dump", "session.sqlite", folder=folder).splitlines():
        _, result = json.loads(line)
        if result["worker_outcome"] == "skipped" or "exception_replacer.py" in (result["output"] or ""):
            continue  # the second: cosmic-ray 8.7 cannot replace an exception whose name has a dot
        if result["worker_outcome"] != "normal" or result["test_outcome"] not in ("killed", "survived"):
            raise RuntimeError(f"{module['path']}: a mutant was not tried: {result}")
        found.append((result["test_outcome"] == "killed", changed(result["diff"])))
    return found


def main(wanted: list[str]) -> int:
    settings = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))
    rows: list[tuple[str, int, int, int]] = []
    said: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder)
        for module in settings["module"]:
            name = Path(module["path"]).stem
            if wanted and name not in wanted:
                continue
            tried = mutants(folder, module, settings)
            survivors = [change for killed, change in tried if not killed]
            known = module.get("equivalent", {})
            rows.append((name, len(tried), len(survivors), sum(change in known for change in survivors)))
            said += [f"{name}: nothing noticed: {change}" for change in survivors if change not in known]
            said += [f"{name}: is noticed now: {change}" for change in known if change not in survivors]
            print(f"{name}: {len(tried)} tried", file=sys.stderr, flush=True)
    rows.append(("all", *(sum(row[at] for row in rows) for at in (1, 2, 3))))
    print(f"{'module':<12}{'mutants':>9}{'killed':>9}{'survived':>10}{'equivalent':>12}{'score':>8}")
    for name, all_, survived, equivalent in rows:
        score = 100 * (all_ - survived) / all_
        print(f"{name:<12}{all_:>9}{all_ - survived:>9}{survived:>10}{equivalent:>12}{score:>7.1f}%")
    print(*said, sep="\n")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
