"""Make a release in dist/ from the commit that is checked out; publishing is left to .github/workflows/release.yml.

    python -m tools.release ready X.Y.Z        is this commit the release, by version, changelog and a clean tree?
    python -m tools.release make X.Y.Z [--trial]

`nox -s release -- X.Y.Z` runs them with `nox -s changes` and `nox -s long` between them.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import distributions, wheel_smoke_test
from tools.changelog import numbers, sections, version_of
from tools.changes import ROOT, HistoryError, last_release
from tools.distributions import PROJECTS, git
from tools.wheel_smoke_test import Wheels, environment


def head(root: Path) -> str:
    """Return the commit that is checked out."""
    return git(root, "rev-parse", "HEAD").strip()


def unfit(root: Path, version: str) -> list[str]:
    """Return what keeps the commit from being that release, a sentence each."""
    try:
        numbers(version)
    except ValueError as error:
        return [str(error)]
    found = []
    if changed := git(root, "status", "--porcelain").splitlines():
        found.append(f"The tree is not clean: {', '.join(line[3:] for line in changed[:5])}.")
    if (said := version_of(root)) != version:
        found.append(f"overlays/superoffice/_version.py says {said}, not {version}.")
    found += distributions.out_of_step(root, version)
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    told = sections(text)
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE):
        found.append(f"CHANGELOG.md has no heading `## [{version}] - YYYY-MM-DD`.")
    elif not any(told[version].values()):
        found.append(f"CHANGELOG.md says nothing under [{version}].")
    if any(told.get("Unreleased", {}).values()):
        found.append(f"CHANGELOG.md has entries under [Unreleased]: they belong to {version}, or to no release yet.")
    try:
        before = last_release(root)
    except HistoryError as error:
        return [*found, str(error)]
    if before and numbers(version) <= numbers(before[1:]):
        found.append(f"{version} does not follow {before}, the last release.")
    tagged = git(root, "tag", "--list", f"v{version}").strip()
    if tagged and git(root, "rev-parse", f"v{version}^{{commit}}").strip() != head(root):
        found.append(f"The tag v{version} is on another commit.")
    return found


def make(root: Path, version: str, *, trial: bool) -> None:
    """Build, look into, try and describe the release, and leave it in dist/."""
    commit = head(root)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        dist = folder / "dist"
        dist.mkdir()
        pythons = wheel_smoke_test.pythons(root)
        wheels = []
        for project in PROJECTS:
            built = distributions.build(root, commit, folder / "build" / project.strip("."), pythons, project)
            both = f"{built.sdist.name}, {built.wheel.name}"
            print(f"{both}: the same bytes from {pythons[0]}, {pythons[-1]} and the sdist.")
            listed = distributions.contents(root, commit, built)
            distributions.check_metadata(root, version, built)
            print(f"What {built.wheel.name} holds, all of it from the commit:", *listed, sep="\n")
            for path in (built.sdist, built.wheel):
                shutil.copy(path, dist)
            wheels.append(dist / built.wheel.name)
        subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *map(str, dist.iterdir())], check=True)
        promised = wheel_smoke_test.promised(root, wheels, version)
        (sdist,) = dist.glob(f"{wheels[0].name.split('-py3')[0]}.tar.gz")
        for python in pythons:
            print(f"Python {python}: {_tried(root, promised, python, sdist, folder / python)}", flush=True)
        _sbom(folder / pythons[-1] / "whole", root, dist / f"{wheels[0].name.split('-py3')[0]}.cdx.json", version)
        sums = distributions.sums(dist)
        (dist / "SHA256SUMS").write_text(sums, encoding="utf-8")
        shutil.rmtree(root / "dist", ignore_errors=True)
        shutil.copytree(dist, root / "dist")
    print(f"In {root / 'dist'}:\n{sums}", end="")
    if trial:
        print("A trial, without `nox -s long`: not to be published.")
        return
    print(f"Next: `git tag v{version} && git push origin v{version}` starts the publishing.")


def _tried(root: Path, wheels: Wheels, python: str, sdist: Path, folder: Path) -> str:
    folder.mkdir()
    wheel_smoke_test.alone(wheels, environment(wheels, python, folder / "alone"), folder)
    wheel_smoke_test.without_sandbox(environment(wheels, python, folder / "cli", ("cli",)), folder)
    wheel_smoke_test.whole(wheels, environment(wheels, python, folder / "whole", wheels.extras), folder)
    group = f"{root / 'pyproject.toml'}:test"
    programs = environment(wheels, python, folder / "tests", wheels.extras, group=group)
    unpacked = folder / "sdist"
    unpacked.mkdir()
    ended = wheel_smoke_test.suite(programs, sdist, unpacked)
    return f"imports alone, runs the README's examples, and of its tests {ended}"


def _sbom(environment: Path, root: Path, file: Path, version: str) -> None:
    """Write what the wheels run on, with all extras, as CycloneDX names it."""
    options = ["--mc-type", "library", "--pyproject", str(root / "pyproject.toml"), "--output-reproducible"]
    program = [sys.executable, "-m", "cyclonedx_py", "environment"]
    subprocess.run([*program, *options, "--output-file", str(file), str(environment)], check=True)
    bill = json.loads(file.read_text(encoding="utf-8"))
    about = bill["metadata"]["component"]
    purl = f"pkg:pypi/{about['name']}@{version}"
    about |= {"version": version, "purl": purl}  # pyproject.toml leaves the version to hatchling
    file.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    print(f"{file.name} names {len(bill['components'])} components.")


def main() -> int:
    """Run one of the steps; returns the exit status."""
    parser = argparse.ArgumentParser(prog="nox -s release --", description=(__doc__ or "").split("\n", 1)[0])
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("ready", "make"):
        step = steps.add_parser(name)
        step.add_argument("version", help="X.Y.Z, as _version.py says it")
        step.add_argument("--trial", action="store_true", help="without `nox -s long`; not to be published")
    parser.add_argument("--root", type=Path, default=ROOT, help="the source tree; here by default")
    options = parser.parse_args()
    root: Path = options.root.resolve()
    if wrong := unfit(root, options.version):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    if options.step == "make":
        try:
            make(root, options.version, trial=options.trial)
        except (
            distributions.DistributionError,
            wheel_smoke_test.SmokeTestError,
            subprocess.CalledProcessError,
        ) as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
