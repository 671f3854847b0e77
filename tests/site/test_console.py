"""What pages show of a terminal happens so: every command runs in a shell, and prints what stands below it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from superoffice_sandbox import Sandbox

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "start/first-ticket.md",
    "start/real-tenant.md",
    "guides/command-line.md",
    "guides/proxies-and-certificates.md",
    "understand/what-is-known.md",
)
ELSEWHERE = {  # what begins so, and why it is not run here
    "python3 -m venv": "the session has made its environment",
    ". .venv/bin/activate": "the session has made its environment",
    "pip install": "the session has installed it",
    "read -rs": "it waits for a person",
    "superoffice login": "it waits for a person",
    "export HTTPS_PROXY": "there is no such proxy",
}
LIMIT = 1200  # seconds for a page; slow neighbours have made ten commands take two minutes


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def commands(page: str) -> list[tuple[str, list[str]]]:
    """Give each command with the lines that it prints; none where the page shows none."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line.rstrip())
    return found


@pytest.mark.off_document("the doctor asks on purpose what the document does not have")
@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(page: str, box: Sandbox, tmp_path: Path) -> None:
    for name, program in re.findall(r"Save this as `(.*?)`:\n\n```python\n(.*?)^```", text(page), re.M | re.S):
        (tmp_path / name).write_text(program, encoding="utf-8")
    shown = [(command, lines) for command, lines in commands(page) if not command.startswith(tuple(ELSEWHERE))]
    mark = "@@@ next"
    script = "\n".join(f"echo '{mark}'\n{command}" for command, _ in shown)
    password = {"SUPEROFFICE_PASSWORD": box.password} if "read -rs SUPEROFFICE_PASSWORD" in text(page) else {}
    given = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", script.replace("https://crm.example.com", box.site)],
        cwd=tmp_path,
        env={**given, **password, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{given['PATH']}", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
    _, *printed = done.stdout.split(f"{mark}\n")
    assert len(printed) == len(shown), done.stdout
    for (command, lines), came in zip(shown, printed, strict=True):
        assert "Traceback" not in came, came
        if lines:
            assert _said(came.splitlines()) == _said(lines), command
        else:
            assert "Error" not in came, came


def _said(lines: list[str]) -> list[str]:
    """Leave out blank lines, and blanks with which a table fills the width of a terminal."""
    return [line.rstrip() for line in lines if line.strip()]


def test_what_is_not_run_is_on_a_page() -> None:
    every = [command for page in PAGES for command, _ in commands(page)]
    assert all(any(command.startswith(begin) for command in every) for begin in ELSEWHERE)
