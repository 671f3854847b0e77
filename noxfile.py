"""Every check of the project: `nox -l` lists the sessions, CONTRIBUTING says when to run which; options follow `--`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox

TOML = nox.project.load_toml("pyproject.toml")
PROJECT = TOML["project"]
PYTHONS = re.findall(r"Language :: Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
LOWEST, NEWEST = PYTHONS[0], PYTHONS[-1]
EXTRAS = "cli,export,keyring,sandbox,signin,truststore"
WORKERS = str(2 * (os.cpu_count() or 1))  # half of what tests take is waiting: for a process to start, for a response
SOURCES = (f"-e.[{EXTRAS}]", "-e./sandbox")
PINNED = ("--no-deps", "-r", "generator/requirements.txt")  # all that the generators run on

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False  # a run says which were not found
nox.options.download_python = "never"
nox.options.sessions = ["tests", "lint", "typing", "drift"]

if shutil.which("pyenv"):  # its shims answer only for activated versions
    found = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False).stdout.split()
    os.environ["PYENV_VERSION"] = ":".join(version for version in found if version.startswith("3."))


def needed(group: str) -> list[str]:
    """Return what a dependency group names, without our own packages."""
    return [name for name in nox.project.dependency_groups(TOML, group) if not name.startswith("superoffice-")]


def install_wheels(session: nox.Session, group: str, *options: str, extras: str = EXTRAS) -> list[Path]:
    """Install both built wheels with extras and a dependency group, compiled: what users get, not the sources."""
    dist = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    for project in (".", "sandbox"):
        session.run("uv", "build", "--quiet", "--wheel", "--out-dir", str(dist), project, external=True, silent=True)
    sandbox, sdk = wheels = sorted(dist.glob("*.whl"))
    ours = (f"superoffice-sdk[{extras}] @ {sdk.as_uri()}", f"superoffice-sandbox @ {sandbox.as_uri()}")
    compiled = {"UV_COMPILE_BYTECODE": "1"}  # else each of the many processes that tests start would compile it all
    session.install(*options, *ours, *needed(group), env=compiled)
    return wheels


def options(session: nox.Session, *known: str) -> tuple[set[str], list[str]]:
    """Return which of the known options are given, and what is handed on."""
    return {*known}.intersection(session.posargs), [each for each in session.posargs if each not in known]


def again(session: nox.Session, name: str, *given: str) -> None:
    """Run another session as a part of this one."""
    session.run(sys.executable, "-m", "nox", "-s", name, "--", *given, external=True)


def cover(session: nox.Session, settings: str, *given: str) -> None:
    """Run tests, and fail where they leave a branch untaken."""
    session.run("coverage", "erase", settings)
    session.run("coverage", "run", settings, "-m", "pytest", "-q", *given)
    session.run("coverage", "combine", settings, "--quiet")
    session.run("coverage", "report", settings, "--show-missing", "--skip-covered")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on the built wheels; --coverage, --lowest dependencies, --variants [--alone], --mutation."""
    flags, given = options(session, "--coverage", "--lowest", "--variants", "--mutation")
    if os.environ.get("CI") and not session.posargs:  # there one run serves two ends
        flags |= {LOWEST: {"--lowest"}, NEWEST: {"--coverage"}}.get(str(session.python), set())
    resolution = ("--resolution", "lowest-direct") if "--lowest" in flags else ("--upgrade",)
    install_wheels(session, "mutation" if "--mutation" in flags else "test", *resolution)
    ours = ("-n", WORKERS, "-m", "not long", *given)
    if "--mutation" in flags:
        session.run("python", "tests/mutation/score.py", *given)
    elif "--variants" in flags:
        session.run("python", "tools/variants.py", *ours)
    elif "--coverage" in flags:
        cover(session, "--rcfile=pyproject.toml", *ours)
    else:
        session.run("pytest", "-q", *ours)


@nox.session(python=NEWEST)
def long(session: nox.Session) -> None:
    """Run what takes longer than a normal run allows: more examples and calls, load, kills, mutation, cost."""
    install_wheels(session, "long")
    more = {"SUPEROFFICE_LONG": "1"}
    ours = "tests/superoffice"
    examples = (f"{ours}/test_properties.py", f"{ours}/test_hostile.py")
    session.run("pytest", "-q", "-n", "2", *examples, *session.posargs, env=more)
    session.run("pytest", "-q", "-n", "2", "-m", "long", f"{ours}/export/test_export_kills.py", *session.posargs)
    session.run("pytest", "-q", "-s", "tests/contract", *session.posargs, env=more)
    session.run("python", "tests/mutation/score.py")
    session.run("python", "benchmarks/guard.py")
    again(session, "spark")
    again(session, f"tests-{NEWEST}", "--variants", "--alone")
    again(session, "docs", "-m", "long")
    again(session, "tools", "-m", "long")


def suite(name: str, about: str, *commands: str) -> None:
    """Make a session that runs commands on the built wheels, with the dependency group of its name."""

    def run(session: nox.Session) -> None:
        install_wheels(session, name)
        for command in commands:
            session.run(*command.split(), *(session.posargs if command == commands[-1] else ()))

    run.__doc__ = about
    nox.session(run, python=NEWEST, name=name)


suite("browser", "Try the sandbox's pages in the system's Chromium.", "pytest -q tests/browser")
suite("contract", "Hold the sandbox to the document by stock tools, and under load.", "pytest -q -s tests/contract")
suite("examples", "Run what users do.", "mypy --strict examples", "pytest -q -n auto tests/programs tests/tables")
suite("guard", "Tell what takes a tenth more instructions than before, or `-- REVISION`.", "python benchmarks/guard.py")


@nox.session(python=NEWEST)
@nox.parametrize("version", ["4.0.*", "4.*"], ids=["lowest", "newest"])
def spark(session: nox.Session, version: str) -> None:
    """Read tickets on a real local Spark, which needs Java 17, and hold superoffice.spark to every branch and type."""
    install_wheels(session, "spark", f"pyspark=={version}", extras="cli,export,sandbox,spark")
    session.run("mypy", "--strict", "-p", "superoffice.spark")
    cover(session, "--rcfile=tests/spark/coverage.toml", "tests/spark", *session.posargs)


@nox.session(python=LOWEST)
def lint(session: nox.Session) -> None:
    """Check style, the document, and each word of pages, docstrings and comments."""
    session.install(*SOURCES, *needed("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("openapi-spec-validator", "openapi/superoffice.yaml")
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    redocly = ("npx", "--yes", "@redocly/cli@2.77.0", "lint", "--config", "openapi/redocly.yaml")
    session.run(*redocly, "openapi/superoffice.yaml", env=quiet)
    session.run("npx", "--yes", "cspell@10.4.1", "lint", "--no-progress")


@nox.session(python=LOWEST)
def typing(session: nox.Session) -> None:
    """Check types, strictly, against the installed wheels."""
    wheels = install_wheels(session, "typing")
    packages = ["superoffice", "superoffice_api", "superoffice_runtime", "superoffice_sandbox"]
    session.run("mypy", "--strict", *(option for name in packages for option in ("-p", name)))
    session.run("mypy", "--strict", "tests/typing")
    # pyright leaves installed packages out of its reports, so the wheels' files are checked from a copy of them.
    copy = Path(session.create_tmp()).resolve() / "installed"
    shutil.rmtree(copy, ignore_errors=True)
    for wheel in wheels:
        shutil.unpack_archive(wheel, copy, "zip")
    (copy / "superoffice" / "spark.py").unlink()  # what it imports is half typed, and not here
    shutil.copy("pyproject.toml", copy)
    session.run("pyright", "--project", str(copy), str(copy))
    session.run("pyright", "--project", "pyproject.toml", "tests/typing")


@nox.session(python=LOWEST)
def generate(session: nox.Session) -> None:
    """Make generated/, or a package of another --document; --test, --lock, --measure the generators, see --upstream."""
    flags, given = options(session, "--test", "--lock", "--upstream", "--measure")
    source = "generator/requirements.in"
    if "--lock" in flags:
        command = f"uv pip compile --quiet --universal --python-version {LOWEST} --no-header --no-annotate"
        files = ("--no-emit-find-links", "--output-file", PINNED[-1], source)
        session.run(*command.split(), *files, *given, external=True)
    elif "--upstream" in flags:
        newest = r"\b(openapi-python-client|datamodel-code-generator)==.*"
        pins = re.findall(r"^\w.*", re.sub(newest, r"\1", Path(source).read_text()), re.MULTILINE)
        session.install("--upgrade", "uv", *pins)
        session.run("python", "generator/upstream.py")
    elif "--test" in flags:
        session.install(*PINNED)
        session.install(*SOURCES, *needed("generation"))
        session.run("pytest", "-q", "-n", "auto", "generator/tests", *given)
    else:
        session.install(*PINNED)
        session.run("python", f"generator/{'measure' if '--measure' in flags else 'generate'}.py", *given)


@nox.session(python=PYTHONS)
def drift(session: nox.Session) -> None:
    """Fail with a diff where generated/ is not what the document gives."""
    session.install(*PINNED)
    session.run("python", "generator/generate.py", "--check", *session.posargs)


@nox.session(python=LOWEST)
def changes(session: nox.Session) -> None:
    """Hold tools/api.txt to the code, or --retake it; tell what changed since the last release, and what breaks."""
    session.install(*SOURCES, *needed("tools"))
    session.run("python", "-m", "tools.changes", *session.posargs)


@nox.session(python=LOWEST)
def compare(session: nox.Session) -> None:
    """Compare the document with one that SuperOffice publishes: `nox -s compare -- FILE`."""
    session.install("attrs>=23.2", "ruamel.yaml>=0.18")
    session.run("python", "-m", "tools.compare", *session.posargs)


@nox.session(python=LOWEST)
def tools(session: nox.Session) -> None:
    """Test the programs that tell changes, compare and release; `-- -m long`: our tests on an edited document."""
    session.install(*SOURCES, *needed("tools"))
    session.run("mypy", "--strict", "tools", "--exclude", "tools/site")  # `docs` has what the site needs
    made = Path(session.create_tmp()).resolve() / "generators"  # in an environment of their own, as ever
    session.run("uv", "venv", "--quiet", "--clear", "--python", LOWEST, str(made), external=True)
    session.run("uv", "pip", "install", "--quiet", "--python", str(made), *PINNED, external=True)
    python = {"SUPEROFFICE_GENERATORS": str(made / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))}
    ours = ("-n", "auto", "-m", "not long", "--doctest-modules", "tools")
    session.run("python", "-m", "pytest", "-q", *ours, *session.posargs, env=python)


@nox.session(python=LOWEST)
def docs(session: nox.Session) -> None:
    """Make the site in build/site, and check it; `-- -m long` asks axe-core of every page, --serve shows it."""
    session.install(*SOURCES, *needed("docs"))
    serve = "--serve" in session.posargs
    what = ("serve", "--watch", "overlays", "--watch", "tools", "--watch", "CHANGELOG.md") if serve else ("build",)
    session.run("python", "-m", "mkdocs", *what, "--strict", env={"NO_MKDOCS_2_WARNING": "1"})  # of one not used here
    if not serve:
        session.run("mypy", "--strict", "tools/site")
        checks = ("--doctest-modules", "tests/site", "tools/site")
        session.run("pytest", "-q", "-n", "2", "-m", "not long", *checks, *session.posargs)


@nox.session(python=NEWEST)
def release(session: nox.Session) -> None:
    """Make the release in dist/: `nox -s release -- X.Y.Z`; with --trial, see whether it would go, without `long`."""
    session.install(*SOURCES, *needed("release"))
    session.run("python", "-m", "tools.release", "ready", *session.posargs)
    session.run("python", "-m", "tools.changes")
    if "--trial" not in session.posargs:
        again(session, "long")
    session.run("python", "-m", "tools.release", "make", *session.posargs)


@nox.session(python=NEWEST)
def typescript(session: nox.Session) -> None:
    """Hold the TypeScript example to every conformance case, with the installed sandbox as the judge."""
    install_wheels(session, "node")
    session.run("npm", "ci", "--prefix", "examples/typescript", "--no-audit", "--no-fund")
    session.run("npm", "run", "build", "--prefix", "examples/typescript")
    session.run("python", "tools/typescript.py")


@nox.session(python=NEWEST)
def bench(session: nox.Session) -> None:
    """Measure against peers in interleaved runs; prints ratios and fails on none: `nox -s bench -- --only decode`."""
    _, wheel = install_wheels(session, "bench")
    peers = Path(session.create_tmp()).resolve() / "peers"
    session.run("python", "benchmarks/peers/make.py", str(peers))
    what = session.posargs or ["--publish"]
    session.run("python", "benchmarks/run.py", "--peers", str(peers), "--wheel", str(wheel), *what)
