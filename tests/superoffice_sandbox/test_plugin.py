"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import superoffice_sandbox

RUN = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]


def run(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    return subprocess.run([*RUN, *options, str(folder)], capture_output=True, text=True, check=False, cwd=folder)


def test_each_test_has_its_own_sandbox(tmp_path: Path) -> None:
    source = """
import pytest
SITES = []
pytestmark = pytest.mark.superoffice_sandbox(tickets=0, missing="null")

def test_one(superoffice_sandbox):
    superoffice_sandbox.add(ticket_id=1)
    assert superoffice_sandbox.store.count() == 4
    assert superoffice_sandbox.behaviour.missing == "null"

@pytest.mark.superoffice_sandbox(missing="default")
def test_two(superoffice_sandbox):
    assert superoffice_sandbox.store.count() == 3
    assert superoffice_sandbox.behaviour.missing == "default"
"""
    done = run(tmp_path, source, "--strict-markers")
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout


def test_the_tests_of_a_run_may_share_a_sandbox(tmp_path: Path) -> None:
    source = """
def test_one(superoffice_sandbox_session):
    assert superoffice_sandbox_session.store.count() == 23
    superoffice_sandbox_session.add(ticket_id=1_000_000)

def test_two(superoffice_sandbox_session, superoffice_sandbox):
    assert superoffice_sandbox_session.store.count() == 24
    assert superoffice_sandbox.store.count() == 23
"""
    done = run(tmp_path, source)
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout


def test_a_wrong_mark_is_told(tmp_path: Path) -> None:
    source = """
import pytest
@pytest.mark.superoffice_sandbox(missing="x")
def test_one(superoffice_sandbox): ...
@pytest.mark.superoffice_sandbox(nonsense=1)
def test_two(superoffice_sandbox): ...
@pytest.mark.superoffice_sandbox(tickets="many")
def test_three(superoffice_sandbox): ...
"""
    done = run(tmp_path, source)
    assert "3 errors" in done.stdout
    assert "tickets must be a number of tickets (got 'many')" in done.stdout
    assert "superoffice_sandbox mark: missing must be omit, null or default (got 'x')" in done.stdout
    assert "nonsense" in done.stdout


def test_it_imports_nothing_but_pytest(tmp_path: Path) -> None:
    source = """
import sys
def test_one():
    heavy = {"starlette", "uvicorn", "httpx", "msgspec", "attrs", "superoffice", "superoffice_api"}
    assert "superoffice_sandbox.pytest_plugin" in sys.modules
    assert not heavy & set(sys.modules)
"""
    others = ("hypothesispytest", "xdist", "schemathesis", "anyio", "pytest_httpx", "respx")
    done = run(tmp_path, source, *(option for name in others for option in ("-p", f"no:{name}")))
    assert done.returncode == 0, done.stdout


def test_without_the_extra_only_the_fixture_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys; sys.modules['starlette'] = None\n", encoding="utf-8")
    source = "def test_one(): ...\ndef test_two(superoffice_sandbox): ...\n"
    done = run(tmp_path, source)
    assert "1 passed, 1 error" in done.stdout
    assert "pip install 'superoffice-sdk[sandbox]'" in done.stdout


def test_starting_and_stopping_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    for _ in range(10):
        with superoffice_sandbox.start(tickets=0):
            pass
    assert not set(threading.enumerate()) - before
