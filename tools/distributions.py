"""Build the distributions of a commit so that anybody gets the same bytes, and look into them."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from pathlib import Path
from typing import Any

import attrs

CONSTRAINTS = "tools/build-constraints.txt"
PYPROJECT = "pyproject.toml"
ADDED = {"PKG-INFO", ".gitignore"}  # by hatch to an sdist, the second from whichever folder above has it
PROJECTS = (".", "sandbox")
"""Folders of the distributions: superoffice-sdk, and superoffice-sandbox, which always has the same version."""


class DistributionError(Exception):
    """A distribution is not what it has to be; the text says in what."""


@attrs.frozen
class Built:
    """The two files of a distribution, and the folder of its pyproject.toml in the source tree."""

    project: str
    sdist: Path
    wheel: Path


def git(root: Path, *command: str) -> str:
    """Return what git prints."""
    return subprocess.run(["git", *command], cwd=root, check=True, capture_output=True, text=True).stdout


def settings_of(root: Path, project: str = ".") -> dict[str, Any]:
    """Return what stands in a project's pyproject.toml."""
    return tomllib.loads((root / project / PYPROJECT).read_text(encoding="utf-8"))


def out_of_step(root: Path, version: str) -> list[str]:
    """Return a sentence for each place where a distribution names another version of itself or of the other one."""
    sdk, sandbox = (settings_of(root, project)["project"] for project in PROJECTS)
    ours = {f"{project['name']}=={version}" for project in (sdk, sandbox)}
    named = {
        "the extra sandbox of pyproject.toml": sdk["optional-dependencies"]["sandbox"],
        "sandbox/pyproject.toml": [f"{sandbox['name']}=={sandbox['version']}"],
        "what sandbox/pyproject.toml needs": [each for each in sandbox["dependencies"] if sdk["name"] in each],
    }
    return [f"{place} says {', '.join(said)}, not {version}." for place, said in named.items() if not ours & {*said}]


def build(
    root: Path, commit: str, folder: Path, pythons: tuple[str, ...] = ("3.11",), project: str = PROJECTS[0]
) -> Built:
    """Build sdist and wheel of a commit: in two clones, on two Pythons, and the wheel again from the sdist.

    The time of the commit stands for the time of building; `build-constraints.txt` holds the builder to its versions.

    Returns:
        The sdist and the wheel, in `folder`.

    Raises:
        DistributionError: Two of them are not byte for byte the same.
    """
    epoch = git(root, "show", "--no-patch", "--format=%ct", commit).strip()
    made: list[dict[str, Path]] = []
    for number, (mask, python) in enumerate(((0o022, pythons[0]), (0o077, pythons[-1])), 1):
        clone = folder / f"clone-{number}" / ("deeper" * number)
        clone.parent.mkdir(parents=True)
        old = os.umask(mask)  # who builds, and where, must not show
        try:
            git(root, "clone", "--quiet", "--no-hardlinks", str(root), str(clone))
            git(clone, "checkout", "--quiet", commit)
            what = ("--python", python, "--sdist", "--wheel", str(clone / project))
            made.append(_build(clone, folder / f"made-{number}", epoch, *what))
        finally:
            os.umask(old)
    (sdist,) = (path for name, path in made[0].items() if name.endswith(".tar.gz"))
    made.append(_build(clone, folder / "made-of-sdist", epoch, "--python", pythons[0], "--wheel", str(sdist)))
    for other in made[1:]:
        for name, path in other.items():
            if name not in made[0] or path.read_bytes() != made[0][name].read_bytes():
                raise DistributionError(f"{name} is not the same each time it is built: {path}, {made[0].get(name)}")
    (wheel,) = (path for name, path in made[0].items() if name.endswith(".whl"))
    return Built(project, sdist, wheel)


def _build(clone: Path, out: Path, epoch: str, *what: str) -> dict[str, Path]:
    constraints = ("--build-constraints", str(clone / CONSTRAINTS))
    subprocess.run(
        ["uv", "build", "--quiet", *constraints, "--out-dir", str(out), *what],
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
        cwd=clone,
        check=True,
    )
    return {path.name: path for path in out.iterdir() if path.suffix in (".gz", ".whl")}


def contents(root: Path, commit: str, built: Built) -> list[str]:
    """List a wheel, one file a line with its size, after holding both files of a distribution to the commit.

    Raises:
        DistributionError: They hold a file that the commit does not put there, or lack one.
    """
    tree = f"{commit}:./{built.project.strip('.')}"
    kept = git(root, "ls-tree", "-r", "--name-only", tree).splitlines()
    project = tomllib.loads(git(root, "show", f"{tree.removesuffix('/')}/{PYPROJECT}"))
    targets = project["tool"]["hatch"]["build"]["targets"]
    with zipfile.ZipFile(built.wheel) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
    about = re.compile(rf"{_stem(built.wheel)}\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt|licenses/LICENSE)")
    _same("wheel", {name for name in sizes if not about.fullmatch(name)}, placed(targets["wheel"], kept))
    left_out = tuple(name.lstrip("/") + "/" for name in targets.get("sdist", {}).get("exclude", ()))
    with tarfile.open(built.sdist) as archive:
        inside = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    _same("sdist", inside - ADDED, {name for name in kept if not name.startswith(left_out)} - ADDED)
    return [f"{size:>9,}  {name}" for name, size in sorted(sizes.items())]


def placed(settings: dict[str, Any], files: Iterable[str]) -> set[str]:
    """Return the names that a project's files have in its wheel, by hatch's settings of it.

    >>> settings = {"only-include": ["src/it", "cases"], "sources": {"src": "", "cases": "it/cases"}}
    >>> sorted(placed(settings, ["src/it/a.py", "src/other.py", "cases/b.json"]))
    ['it/a.py', 'it/cases/b.json']
    >>> sorted(placed({"packages": ["it"]}, ["it/a.py", "README.md"]))
    ['it/a.py']
    """
    included = tuple(f"{folder}/" for folder in settings.get("only-include") or settings["packages"])
    sources: dict[str, str] = settings.get("sources", {"": ""})
    return {
        f"{there}/{name.removeprefix(f'{here}/')}".lstrip("/")
        for name in files
        if name.startswith(included)
        for here, there in sources.items()
        if not here or name.startswith(f"{here}/")
    }


def _stem(wheel: Path) -> str:
    return re.escape("-".join(wheel.name.split("-")[:2]))


def _same(what: str, there: set[str], wanted: set[str]) -> None:
    if foreign := sorted(there - wanted):
        raise DistributionError(f"the {what} holds what the commit does not put there: {', '.join(foreign)}")
    if lacking := sorted(wanted - there):
        raise DistributionError(f"the {what} lacks {', '.join(lacking)}")


def check_metadata(root: Path, version: str, built: Built) -> None:
    """Hold a wheel's metadata to its pyproject.toml, and its packages to being typed.

    Raises:
        DistributionError: They differ.
    """
    project = settings_of(root, built.project)["project"]
    with zipfile.ZipFile(built.wheel) as archive:
        names = archive.namelist()
        (about,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        said = Parser().parsestr(archive.read(about).decode("utf-8"))
    wanted = {
        "Name": [project["name"]],
        "Version": [version],
        "Requires-Python": [project["requires-python"]],
        "License-Expression": [project["license"]],
        "Provides-Extra": sorted(project.get("optional-dependencies", ())),
        "Classifier": sorted(project["classifiers"]),
    }
    for name, values in wanted.items():
        if sorted(said.get_all(name, [])) != values:
            raise DistributionError(f"the wheel's {name} is {said.get_all(name)}, and should be {values}")
    for package in {name.partition("/")[0] for name in names if ".dist-info" not in name}:
        if f"{package}/py.typed" not in names:
            raise DistributionError(f"{package} has no py.typed, so type checkers would not read it")


def sums(folder: Path) -> str:
    """Return the SHA-256 of each file of a folder, as `sha256sum --check` reads them."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
