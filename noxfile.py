"""Every check of the project, as short sessions. `nox -l` lists them; CONTRIBUTING says when to run which."""

from __future__ import annotations

import functools
import json
import operator
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import nox

ROOT = Path(__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = [
    found[1]
    for line in PROJECT["classifiers"]
    if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line))
]
LOWEST, NEWEST = PYTHONS[0], PYTHONS[-1]
WORKERS = str(2 * (os.cpu_count() or 1))  # half of what tests take is waiting: for a process to start, for an answer

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False  # a run says which were not found
nox.options.download_python = "never"
nox.options.sessions = ["tests", "lint", "typing", "drift", "document"]

if shutil.which("pyenv"):  # its shims answer only for activated versions
    found = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False).stdout.split()
    os.environ["PYENV_VERSION"] = ":".join(version for version in found if version.startswith("3."))


def install_wheel(
    session: nox.Session, group: str, *options: str, extras: str = "cli,export,keyring,sandbox,signin"
) -> None:
    """Install the built wheel with extras and a dependency group, compiled: what users get, not the source folders."""
    dist = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("uv", "build", "--quiet", "--wheel", "--out-dir", str(dist), external=True, silent=True)
    (wheel,) = dist.glob("*.whl")
    needed = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), group)
    others = [name for name in needed if not name.startswith("superoffice-sdk")]
    compiled = {"UV_COMPILE_BYTECODE": "1"}  # else each of the many processes that tests start would compile it all
    session.install(*options, f"superoffice-sdk[{extras}] @ {wheel.as_uri()}", *others, env=compiled)


def run_tests(session: nox.Session, *options: str) -> None:
    """Run the tests, in parallel where that pays, from a folder that holds no sources."""
    session.run("pytest", "-q", "-n", WORKERS, "-m", "not long", *options, *session.posargs)


def measure_tests(session: nox.Session) -> None:
    """Run the tests, and fail where they leave a branch untaken."""
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", "-n", WORKERS, "-m", "not long", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--show-missing", "--skip-covered")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on the built wheel with the newest dependencies."""
    install_wheel(session, "test", "--upgrade")
    if os.environ.get("CI") and session.python == NEWEST and not session.posargs:
        measure_tests(session)  # one run serves both
    else:
        run_tests(session)


@nox.session(python=LOWEST)
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions of the dependencies that pyproject.toml admits."""
    install_wheel(session, "test", "--resolution", "lowest-direct")
    run_tests(session)


# Every other reading of what nobody documented, alone; the defaults are what every other session runs against.
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


@nox.session(python=NEWEST)
def readings(session: nox.Session) -> None:
    """Run the clients' tests against servers with other readings of what nobody documented; `-- alone`: one by one."""
    install_wheel(session, "test")
    suite = [
        f"tests/test_{name}.py" for name in ("clients", "emitted", "examples", "media", "select", "values", "views")
    ]
    for reading in ALONE if "alone" in session.posargs else MIXED:
        session.log(f"reading: {reading}")
        session.run("pytest", "-q", "-n", WORKERS, *suite, env={"SUPEROFFICE_READING": json.dumps(reading)})


@nox.session(python=NEWEST)
def long(session: nox.Session) -> None:
    """Run what takes longer than a normal run allows: more examples and calls, load, kills, mutation, cost."""
    install_wheel(session, "long")
    commit = tools_of_ours(session, "evidence", "state", silent=True)
    long = {"SUPEROFFICE_LONG": "1"}
    session.run("pytest", "-q", "-n", "2", "tests/test_properties.py", *session.posargs, env=long)
    session.run("pytest", "-q", "-n", "2", "-m", "long", "tests/test_export_kills.py", *session.posargs)
    session.run("pytest", "-q", "-s", "tests/contract", *session.posargs, env=long)
    session.run("python", "tests/mutation/score.py")
    session.run("python", "benchmarks/guard.py")
    session.run(sys.executable, "-m", "nox", "-s", "readings", "--", "alone", external=True)
    session.run(sys.executable, "-m", "nox", "-s", "spark", external=True)
    for name in ("docs", "tools"):
        session.run(sys.executable, "-m", "nox", "-s", name, "--", "-m", "long", external=True)
    if not session.posargs:  # all of it passed: evidence for a release of this commit
        tools_of_ours(session, "evidence", "record", str(commit).strip())


@nox.session(python=NEWEST)
def mutation(session: nox.Session) -> None:
    """Change select, reconcile, retry and decode in one place at a time, and see that the tests notice."""
    install_wheel(session, "mutation")
    session.run("python", "tests/mutation/score.py", *session.posargs)


@nox.session(python=NEWEST)
def contract(session: nox.Session) -> None:
    """Hold the sandbox to the document with schemathesis, and to its promises under load."""
    install_wheel(session, "contract")
    session.run("pytest", "-q", "-s", "tests/contract", *session.posargs)


@nox.session(python=NEWEST)
def browser(session: nox.Session) -> None:
    """Try the sandbox's page in the system's Chromium; SUPEROFFICE_PICTURES=folder keeps pictures of it."""
    install_wheel(session, "browser")
    session.run("pytest", "-q", "tests/browser", *session.posargs)


@nox.session(python=NEWEST)
def tables(session: nox.Session) -> None:
    """Have pyarrow, polars, pandas and duckdb take our tables and streams, and run what docs/guides/tables.md shows."""
    install_wheel(session, "tables")
    session.run("pytest", "-q", "-n", "auto", "tests/tables", *session.posargs)


@nox.session(python=NEWEST)
def examples(session: nox.Session) -> None:
    """Run the programs in examples/ as a user does; SUPEROFFICE_PICTURES=folder keeps pictures and the notebook."""
    install_wheel(session, "examples")
    session.run("mypy", "--strict", "examples")
    session.run("pytest", "-q", "-n", "auto", "tests/programs", *session.posargs)


@nox.session(python=NEWEST)
@nox.parametrize("version", ["4.0.*", "4.*"], ids=["lowest", "newest"])
def spark(session: nox.Session, version: str) -> None:
    """Read tickets on a real local Spark, which needs Java 17, and hold superoffice.spark to every branch and type."""
    install_wheel(session, "spark", f"pyspark=={version}", extras="cli,export,sandbox,spark")
    settings = "--rcfile=tests/spark/coverage.toml"
    session.run("mypy", "--strict", "-p", "superoffice.spark")
    session.run("coverage", "run", settings, "-m", "pytest", "-q", "tests/spark", *session.posargs)
    session.run("coverage", "combine", settings, "--quiet")
    session.run("coverage", "report", settings, "--show-missing")


@nox.session(python=NEWEST)
def coverage(session: nox.Session) -> None:
    """Fail where the tests leave a branch of the overlays untaken; with CI set, `tests` does so too."""
    install_wheel(session, "test")
    measure_tests(session)


@nox.session(python=LOWEST)
def lint(session: nox.Session) -> None:
    """Check style, and that imports follow the architecture's arrows."""
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "lint"), "-e.[cli,sandbox]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session(python=LOWEST)
def typing(session: nox.Session) -> None:
    """Check types, strictly, against the installed wheel."""
    install_wheel(session, "typing")
    packages = ["superoffice", "superoffice_api", "superoffice_runtime", "superoffice_sandbox"]
    session.run("mypy", "--strict", *(option for name in packages for option in ("-p", name)))
    session.run("mypy", "--strict", "tests/typing")
    site = session.run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", silent=True)
    # pyright leaves installed packages out of its reports, so the wheel's files are checked from a copy of them.
    copy = Path(session.create_tmp()).resolve() / "installed"
    shutil.rmtree(copy, ignore_errors=True)
    for name in packages:
        shutil.copytree(Path(str(site).strip()) / name, copy / name)
    (copy / "superoffice" / "spark.py").unlink()  # what it imports is half typed, and not here
    shutil.copy("pyproject.toml", copy)
    session.run("pyright", "--project", str(copy), str(copy))
    session.run("pyright", "--project", "pyproject.toml", "tests/typing")


def generators(session: nox.Session) -> None:
    session.install("--no-deps", "-r", "generator/requirements.txt")


@nox.session(python=LOWEST)
def generate(session: nox.Session) -> None:
    """Make generated/ from the document."""
    generators(session)
    session.run("python", "generator/generate.py", *session.posargs)


@nox.session(python=PYTHONS)
def drift(session: nox.Session) -> None:
    """Fail with a diff where generated/ is not what the document gives."""
    generators(session)
    session.run("python", "generator/generate.py", "--check", *session.posargs)


@nox.session(python=LOWEST)
def generation(session: nox.Session) -> None:
    """Test the generators' settings, templates and emitter, and that an edit of the document is enough."""
    generators(session)
    wanted = [names for extra, names in PROJECT["optional-dependencies"].items() if extra != "spark"]
    extras = [name for names in wanted for name in names]
    checkers = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "typing")
    mypy = [name for name in checkers if name.startswith("mypy")]
    session.install("pytest>=8.3", "pytest-xdist>=3.6", *mypy, *PROJECT["dependencies"], *extras)
    session.run("pytest", "-q", "-n", "auto", "generator/tests", *session.posargs)


@nox.session(python=LOWEST)
def upstream(session: nox.Session) -> None:
    """Say whether the newest generators would change generated/, and show how."""
    pins = [line for line in Path("generator/requirements.in").read_text().splitlines() if "==" in line]
    both = [pin for pin in pins if pin.startswith(("openapi-python-client", "datamodel-code-generator"))]
    others = [pin for pin in pins if pin not in both]
    session.install("--upgrade", *(pin.partition("==")[0] for pin in both), *others)
    pinned = Path(session.create_tmp()).resolve() / "pinned"
    shutil.rmtree(pinned, ignore_errors=True)
    session.run("uv", "pip", "install", "--quiet", "--no-deps", "--target", str(pinned), *both, external=True)
    session.run("python", "generator/upstream.py", str(pinned))


@nox.session(python=LOWEST)
def lock(session: nox.Session) -> None:
    """Pin everything the generators run on."""
    session.run(
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", LOWEST, "--no-header", "--no-annotate"),
        *("--no-emit-find-links", "--output-file", "generator/requirements.txt"),
        "generator/requirements.in",
        *session.posargs,
        external=True,
    )


@nox.session(python=LOWEST)
def document(session: nox.Session) -> None:
    """Lint the document with public linters; Node comes from PyPI, so that none need be installed."""
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "document"))
    session.run("openapi-spec-validator", "openapi/superoffice.yaml")
    session.run(
        *(
            "npx",
            "--yes",
            "@redocly/cli@2.77.0",
            "lint",
            "--config",
            "openapi/redocly.yaml",
            "openapi/superoffice.yaml",
        ),
        env={"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
    )


@nox.session(python=NEWEST)
def spelling(session: nox.Session) -> None:
    """Look up each word of the pages, docstrings and comments; cspell.json has those that no dictionary has."""
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "node"))
    session.run("npx", "--yes", "cspell@10.4.1", "lint", "--no-progress")


def tools_of_ours(session: nox.Session, program: str, *options: str, **settings: Any) -> object:
    """Run one of the project's own programs."""
    return session.run("python", "-m", f"tools.{program}", *options, **settings)


def install_tools(session: nox.Session, group: str = "tools") -> None:
    """Install what the project's own programs need, and the sources as they stand, for what is read from them."""
    needed = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), group)
    session.install(
        "-e.[cli,export,keyring,sandbox,signin]", *(name for name in needed if not name.startswith("superoffice-sdk"))
    )


@nox.session(python=LOWEST)
def changes(session: nox.Session) -> None:
    """Tell what changed since the last release, what breaks users, and whether version and changelog follow."""
    install_tools(session)
    tools_of_ours(session, "changes", *session.posargs)


@nox.session(python=LOWEST)
def compare(session: nox.Session) -> None:
    """Compare the document with one that SuperOffice publishes: `nox -s compare -- FILE`."""
    session.install("attrs>=23.2", "ruamel.yaml>=0.18")
    tools_of_ours(session, "compare", *session.posargs)


@nox.session(python=LOWEST)
def tools(session: nox.Session) -> None:
    """Test the programs that tell changes, compare and release; `-- -m long`: our tests on an edited document."""
    install_tools(session)
    session.run("mypy", "--strict", "tools", "--exclude", "tools/(baseline|site)")  # `docs` has what the site needs
    made = Path(session.create_tmp()).resolve() / "generators"  # in an environment of their own, as ever
    session.run("uv", "venv", "--quiet", "--clear", "--python", LOWEST, str(made), external=True)
    pinned = ("--no-deps", "-r", "generator/requirements.txt")
    session.run("uv", "pip", "install", "--quiet", "--python", str(made), *pinned, external=True)
    python = made / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = ("-q", "-n", "auto", "-m", "not long", "--doctest-modules", "tools", *session.posargs)
    session.run("python", "-m", "pytest", *options, env={"SUPEROFFICE_GENERATORS": str(python)})


@nox.session(python=LOWEST)
def docs(session: nox.Session) -> None:
    """Make the site in build/site, and check it; `-- -m long` asks axe-core of every page, `-- --serve` shows it."""
    install_tools(session, "docs")
    own = {"NO_MKDOCS_2_WARNING": "1"}  # which is about a version that is not used here
    if "--serve" in session.posargs:
        session.run("python", "-m", "mkdocs", "serve", "--strict", "--watch", "overlays", "--watch", "tools", env=own)
        return
    session.run("python", "-m", "mkdocs", "build", "--strict", env=own)
    session.run("mypy", "--strict", "tools/site")
    checks = ("--doctest-modules", "tests/site", "tools/site")
    session.run("pytest", "-q", "-n", "2", "-m", "not long", *checks, *session.posargs)


@nox.session(python=NEWEST)
def release(session: nox.Session) -> None:
    """Make the release in dist/: `nox -s release -- X.Y.Z`; with `--trial`, see whether it would go, without `long`."""
    install_tools(session, "release")
    tools_of_ours(session, "release", "ready", *session.posargs)
    tools_of_ours(session, "changes")
    proven = subprocess.run([sys.executable, "-m", "tools.evidence", "proven"], cwd=ROOT, check=False).returncode == 0
    if not proven and "--trial" not in session.posargs:
        session.run(sys.executable, "-m", "nox", "-s", "long", external=True)
    tools_of_ours(session, "release", "make", *session.posargs)


@nox.session(python=NEWEST)
def typescript(session: nox.Session) -> None:
    """Hold the TypeScript example to every conformance case, with the installed sandbox as the judge."""
    install_wheel(session, "node")
    session.chdir("examples/typescript")
    session.run("npm", "ci", "--no-audit", "--no-fund")
    session.run("npm", "run", "build")
    command = [str(Path(session.bin) / "superoffice"), "sandbox", "--tickets", "0", "--conformance"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as judge:
        try:
            site = judge.stdout.readline().strip()
            session.run("node", "dist/example.js", site)
            session.run("node", "dist/conformance.js", site, success_codes=[0, 1])
            table, _ = judge.communicate(timeout=30)  # it ends with the last report
        finally:
            judge.kill()
    print(table if judge.returncode else table.splitlines()[-1])
    if judge.returncode:
        session.error("the client does not keep every rule")


@nox.session(python=NEWEST)
def bench(session: nox.Session) -> None:
    """Measure against peers in interleaved runs; prints ratios and fails on none: `nox -s bench -- --only decode`."""
    install_wheel(session, "bench")
    (wheel,) = (Path(session.create_tmp()).resolve() / "dist").glob("*.whl")
    peers = Path(session.create_tmp()).resolve() / "peers"
    session.run("python", "benchmarks/peers/make.py", str(peers))
    what = session.posargs or ["--publish"]
    session.run("python", "benchmarks/run.py", "--peers", str(peers), "--wheel", str(wheel), *what)


@nox.session(python=NEWEST)
def guard(session: nox.Session) -> None:
    """Tell what takes a tenth more instructions than the last release's wheel, or `-- REVISION`; needs valgrind."""
    install_wheel(session, "guard")
    session.run("python", "benchmarks/guard.py", *session.posargs)


@nox.session(python=LOWEST)
def scale(session: nox.Session) -> None:
    """Measure the generation of 10, 100 and 1,000 endpoints, and what users notice of so many; fails on no time."""
    generators(session)
    checkers = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "typing")
    session.install(*(name for name in checkers if name.startswith("mypy")), *PROJECT["dependencies"])
    session.run("python", "benchmarks/scale.py", *session.posargs)
