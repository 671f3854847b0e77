"""A help desk to run the examples against, and their environment, as it is at a user's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

import superoffice_sandbox
from superoffice_sandbox import Sandbox

from .desk import COUNT, fill

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def desk() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=0) as desk:
        fill(desk)
        yield desk


def environment_of(desk: Sandbox) -> dict[str, str]:
    """Return the environment in which a program finds the desk, and in which a warning of its own is an error."""
    ours = "error::ResourceWarning,error:::__main__,error:::webhook_service"
    return {**os.environ, **desk.environ, "PYTHONWARNINGS": ours}


@pytest.fixture(autouse=True)
def quiet(desk: Sandbox) -> Iterator[None]:
    """Let no test find another's faults and requests."""
    desk.faults.clear()
    desk.requests.clear()
    yield
    desk.faults.clear()


@pytest.fixture
def environment(desk: Sandbox) -> dict[str, str]:
    return environment_of(desk)


@pytest.fixture
def ids(tmp_path: Path) -> Path:
    """Return a file of ids: all of the desk's, some of which are missing, and one that is not its."""
    file = tmp_path / "ids.txt"
    file.write_text("\n".join(map(str, [*range(1, COUNT + 1), 77777])))
    return file


class Run(Protocol):
    """Runs an example and gives what it printed."""

    def __call__(self, program: str, *arguments: object, given: str | None = None, status: int = 0) -> str: ...


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def run(program: str, *arguments: object, given: str | None = None, status: int = 0) -> str:
        command = [sys.executable, str(EXAMPLES / program), *map(str, arguments)]
        ended = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == status, ended.stderr
        return ended.stdout + ended.stderr

    return run
