"""What makes a commit a release: in a small project with a history of its own, and with our wheels in clean places."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import attrs
import pytest
from ruamel.yaml import YAML

from tools import distributions, release, wheel_smoke_test
from tools.changelog import version_of
from tools.distributions import DistributionError, git
from tools.tests.conftest import ROOT, commit, repository
from tools.tests.test_guard import GUARD
from tools.wheel_smoke_test import SmokeTestError, environment

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "tiny"
dynamic = ["version"]
requires-python = ">=3.11"
license = "MIT"
license-files = ["LICENSE"]
classifiers = ["Programming Language :: Python :: 3.11"]
optional-dependencies = { sandbox = ["tiny-sandbox==0.2.0"] }
[tool.hatch.version]
path = "overlays/superoffice/_version.py"
[tool.hatch.build.targets.wheel]
only-include = ["openapi/cases", "overlays/superoffice"]
[tool.hatch.build.targets.wheel.sources]
"openapi/cases" = "superoffice/cases"
"overlays" = ""
[tool.hatch.build.targets.sdist]
exclude = ["/.ci", "/sandbox"]
"""
SANDBOX = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "tiny-sandbox"
version = "0.2.0"
requires-python = ">=3.11"
license = "MIT"
license-files = ["LICENSE"]
classifiers = ["Programming Language :: Python :: 3.11"]
dependencies = ["tiny==0.2.0"]
[tool.hatch.build.targets.wheel]
packages = ["box"]
"""
PACKAGES = {".": {"superoffice", "superoffice_api", "superoffice_runtime"}, "sandbox": {"superoffice_sandbox"}}
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2027-01-01\n\n### Added\n\n- Something.\n"
HOOK = """
import time
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        with open(self.root + "/overlays/superoffice/built.py", "w") as file:
            file.write(f"AT = {time.time_ns()}")
        build_data["artifacts"].append("overlays/superoffice/built.py")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project, committed, that says it is 0.2.0."""
    root = tmp_path / "project"
    files = {
        "pyproject.toml": PROJECT,
        "LICENSE": "As you like.\n",
        "CHANGELOG.md": CHANGELOG,
        ".gitignore": "__pycache__/\nbuild/\ndist/\n",
        ".ci/run": "true\n",
        "tools/build-constraints.txt": (ROOT / "tools/build-constraints.txt").read_text(encoding="utf-8"),
        "openapi/cases/one.json": "{}",
        "openapi/other.json": "{}",
        "overlays/superoffice/__init__.py": "",
        "overlays/superoffice/py.typed": "",
        "overlays/superoffice/_version.py": '__version__ = "0.2.0"\n',
        "sandbox/LICENSE": "As you like.\n",
        "sandbox/pyproject.toml": SANDBOX,
        "sandbox/box/__init__.py": "",
        "sandbox/box/py.typed": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    repository(root)
    commit(root)
    return root


def test_a_clean_commit_whose_version_and_changelog_agree_is_a_release(project: Path) -> None:
    assert release.unfit(project, "0.2.0") == []
    git(project, "tag", "v0.2.0")
    assert release.unfit(project, "0.2.0") == []


@pytest.mark.parametrize(
    ("version", "edit", "said"),
    [
        ("0.2", None, "'0.2' is not a version of the form X.Y.Z"),
        ("0.3.0", None, "_version.py says 0.2.0, not 0.3.0."),
        ("0.2.0", ("- 2027-01-01", ""), "has no heading `## [0.2.0] - YYYY-MM-DD`."),
        ("0.2.0", ("- Something.\n", ""), "says nothing under [0.2.0]."),
        ("0.2.0", ("## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- More.\n"), "has entries under [Unreleased]"),
    ],
)
def test_what_does_not_agree_is_said(project: Path, version: str, edit: tuple[str, str] | None, said: str) -> None:
    if edit:
        assert edit[0] in CHANGELOG
        (project / "CHANGELOG.md").write_text(CHANGELOG.replace(*edit), encoding="utf-8")
        commit(project)
    assert any(said in each for each in release.unfit(project, version))


@pytest.mark.parametrize(("before", "fit"), [("0.1.9", True), ("0.2.0", False), ("0.2.1", False)])
def test_a_release_is_later_than_the_one_before(project: Path, before: str, fit: bool) -> None:
    git(project, "tag", f"v{before}")
    commit(project)
    said = [f"0.2.0 does not follow v{before}, the last release."]
    elsewhere = ["The tag v0.2.0 is on another commit."] if before == "0.2.0" else []
    assert release.unfit(project, "0.2.0") == ([] if fit else said + elsewhere)


def test_both_distributions_have_the_version(project: Path) -> None:
    file = project / "sandbox/pyproject.toml"
    file.write_text(SANDBOX.replace("0.2.0", "0.1.9"), encoding="utf-8")
    commit(project)
    assert release.unfit(project, "0.2.0") == [
        "sandbox/pyproject.toml says tiny-sandbox==0.1.9, not 0.2.0.",
        "what sandbox/pyproject.toml needs says tiny==0.1.9, not 0.2.0.",
    ]
    assert distributions.out_of_step(ROOT, version_of(ROOT)) == []


def test_neither_a_changed_tree_nor_a_tag_elsewhere_will_do(project: Path) -> None:
    git(project, "tag", "v0.2.0")
    (project / "more.py").write_text("", encoding="utf-8")
    assert release.unfit(project, "0.2.0") == ["The tree is not clean: more.py."]
    commit(project)
    assert "The tag v0.2.0 is on another commit." in release.unfit(project, "0.2.0")


def test_distributions_are_the_same_each_time_and_hold_the_commit_alone(project: Path, tmp_path: Path) -> None:
    (project / "overlays/superoffice/cache.py").write_text("", encoding="utf-8")  # there, but not committed
    built = distributions.build(project, release.head(project), tmp_path / "build")
    listed = distributions.contents(project, release.head(project), built)
    assert [line.split()[1] for line in listed] == [
        "superoffice/__init__.py",
        "superoffice/_version.py",
        "superoffice/cases/one.json",
        "superoffice/py.typed",
        "tiny-0.2.0.dist-info/METADATA",
        "tiny-0.2.0.dist-info/RECORD",
        "tiny-0.2.0.dist-info/WHEEL",
        "tiny-0.2.0.dist-info/licenses/LICENSE",
    ]
    distributions.check_metadata(project, "0.2.0", built)
    box = distributions.build(project, release.head(project), tmp_path / "sandbox", project="sandbox")
    listed = distributions.contents(project, release.head(project), box)
    assert [line.split()[1] for line in listed][:2] == ["box/__init__.py", "box/py.typed"]
    distributions.check_metadata(project, "0.2.0", box)
    with pytest.raises(DistributionError, match=re.escape("the wheel's Version is ['0.2.0'], and should be ['0.2.1']")):
        distributions.check_metadata(project, "0.2.1", built)

    with zipfile.ZipFile(built.wheel, "a") as archive:
        archive.writestr("tests/test_it.py", "")
    with pytest.raises(DistributionError, match=r"holds what the commit does not put there: tests/test_it\.py"):
        distributions.contents(project, release.head(project), built)
    later = commit(project)
    with pytest.raises(DistributionError, match="the wheel"):
        distributions.contents(project, later, built)


def test_a_build_that_is_another_each_time_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "hatch_build.py").write_text(HOOK, encoding="utf-8")
    (project / "pyproject.toml").write_text(PROJECT + "[tool.hatch.build.hooks.custom]\n", encoding="utf-8")
    with pytest.raises(DistributionError, match="is not the same each time it is built"):
        distributions.build(project, commit(project), tmp_path / "build")


def test_a_package_without_py_typed_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "overlays/superoffice/py.typed").unlink()
    built = distributions.build(project, commit(project), tmp_path / "build")
    with pytest.raises(DistributionError, match=re.escape("superoffice has no py.typed")):
        distributions.check_metadata(project, "0.2.0", built)


def test_checksums_are_those_that_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert distributions.sums(tmp_path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n"


def test_our_wheels_are_tried_in_clean_environments(tmp_path: Path) -> None:
    ours = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    wheels: list[Path] = []
    points: list[list[str]] = []
    for project in distributions.PROJECTS:
        out = tmp_path / f"built-{project}"
        subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", out, ROOT / project], check=True)
        wheels += out.glob("*.whl")
        with zipfile.ZipFile(wheels[-1]) as archive:
            inside = {name for name in archive.namelist() if ".dist-info/" not in name}
            (about,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
            points.append(re.findall(r"\[(.+)\]", archive.read(about).decode()))
        kept = [name.removeprefix(f"{project}/") for name in ours if project == "." or name.startswith(f"{project}/")]
        settings = distributions.settings_of(ROOT, project)["tool"]["hatch"]["build"]["targets"]["wheel"]
        assert inside == distributions.placed(settings, kept)
        assert {name.partition("/")[0] for name in inside} == PACKAGES[project]
    assert points == [["console_scripts"], ["pytest11"]]
    version = wheels[0].name.split("-")[1]
    promised = wheel_smoke_test.promised(ROOT, wheels, version)
    assert promised.pythons[0] == "3.11"
    assert {"cli", "sandbox"} <= set(promised.extras)
    bare = environment(promised, sys.executable, tmp_path / "bare")
    plain = environment(promised, sys.executable, tmp_path / "plain", ("cli",))
    full = environment(promised, sys.executable, tmp_path / "full", promised.extras)
    wheel_smoke_test.alone(promised, bare, tmp_path)
    wheel_smoke_test.without_sandbox(plain, tmp_path)
    wheel_smoke_test.whole(promised, full, tmp_path)
    with pytest.raises(SmokeTestError, match="AssertionError"):
        wheel_smoke_test.alone(attrs.evolve(promised, version="9.9.9"), bare, tmp_path)
    with pytest.raises(SmokeTestError, match="ended with 0"):
        wheel_smoke_test.alone(promised, full, tmp_path)
    with pytest.raises(SmokeTestError, match="ended with 0"):
        wheel_smoke_test.without_sandbox(full, tmp_path)
    with pytest.raises(SmokeTestError, match="ended with 2"):
        wheel_smoke_test.whole(promised, bare, tmp_path)


def test_the_workflow_publishes_what_was_made_and_may_do_no_more() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    workflow = YAML(typ="safe").load(text)
    assert workflow["permissions"] == {}
    jobs = workflow["jobs"]
    assert jobs["make"]["permissions"] == {"contents": "read"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert all(
        "run" not in step for step in jobs["publish"]["steps"]
    )  # what holds the right to publish runs no code of ours
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in uses)


def test_the_workflow_installs_what_the_long_checks_need_of_the_system() -> None:
    workflow = YAML(typ="safe").load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", "") for step in workflow["jobs"]["make"]["steps"]]
    (release_step,) = [at for at, run in enumerate(steps) if "nox -s release" in run]
    installed = {word for run in steps[:release_step] if "apt-get" in run for word in run.split()}
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8") + GUARD.read_text(encoding="utf-8")
    needed = set(re.findall(r"apt-get install ([\w-]+)", told)) - {"chromium"}  # the runner's image has Chrome
    assert needed == {"valgrind", "openjdk-17-jre-headless"}
    assert needed <= installed
