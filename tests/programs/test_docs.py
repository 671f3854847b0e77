"""docs/examples.md shows what stands in the examples, and what they print."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import nbformat
import pytest

from superoffice_sandbox import Sandbox

from .conftest import EXAMPLES, environment_of

ROOT = EXAMPLES.parent
PAGE = (ROOT / "docs/examples.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"^```py\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TERMINALS = re.findall(r"^```console\n\$ (.*)\n((?:.*\n)*?)```", PAGE, re.MULTILINE)
INSTALL = re.findall(r"^\| \[(\S+)\]\(#.* \| ([^|]+) \|$", PAGE, re.MULTILINE)
PROGRAMS = [path for path in sorted(EXAMPLES.rglob("*")) if path.suffix in (".py", ".ipynb")]
VARIES = {  # what the log of a night shows that is another each time
    r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d,\d{3})?": "the day, and the moment",
    r"\d+ s(?=,)": "how long it takes",
}
SLOW = r"^.*: slow, .* ids\n"  # what the log says of calls that a busy machine makes slow


def source(program: Path) -> str:
    if program.suffix == ".ipynb":
        cells = nbformat.read(program, as_version=4).cells
        return "".join(f"{cell.source}\n" for cell in cells if cell.cell_type == "code")
    return program.read_text(encoding="utf-8")


@pytest.mark.parametrize("excerpt", EXCERPTS)
def test_excerpt(excerpt: str) -> None:
    assert [program.name for program in PROGRAMS if excerpt in source(program)]


def terminal(command: str, desk: Sandbox, folder: Path) -> subprocess.Popen[str]:
    """Return a command of the page, after its first one, which says where the tickets are."""
    begin = TERMINALS[0][0].replace("https://online3.superoffice.com/Cust12345", desk.site)
    script = f"{begin.replace('8A:...', '8A:sandbox-token')}\n{command.replace('/data', str(folder))}"
    for program in PROGRAMS:
        script = script.replace(f"python {program.name}", f"python {program}")
    given = {name: value for name, value in environment_of(desk).items() if not name.startswith("SUPEROFFICE_")}
    given["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{given['PATH']}"
    return subprocess.Popen(
        [str(shutil.which("bash")), "-c", script],
        cwd=folder,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def seen(text: str) -> str:
    text = re.sub(SLOW, "", text, flags=re.MULTILINE)
    for pattern in VARIES:
        text = re.sub(pattern, "…", text)
    return text


@pytest.mark.parametrize(("command", "shown"), [each for each in TERMINALS if each[1]])
def test_terminal(command: str, shown: str, desk: Sandbox, ids: Path, tmp_path: Path) -> None:
    assert ids.parent == tmp_path
    (tmp_path / "tickets").mkdir()
    printed, _ = terminal(command, desk, tmp_path).communicate(timeout=600)
    assert seen(printed.replace(str(tmp_path), "/data")) == seen(shown)


def test_service_starts(desk: Sandbox, tmp_path: Path) -> None:
    (command,) = (each for each, _ in TERMINALS if "uvicorn" in each)
    command = command.replace("uvicorn", "exec uvicorn")  # so that it is what gets the signal
    options = f"--app-dir {EXAMPLES} --port 0"  # another program may hold the usual port
    log = ""
    with terminal(f"{command} {options}", desk, tmp_path) as service:
        assert service.stdout is not None
        for line in service.stdout:
            log += line
            if "running on" in line:
                service.terminate()
    assert "Application shutdown complete" in log, log


def test_every_terminal_is_tried() -> None:
    assert len(TERMINALS) == PAGE.count("```console\n") == 4
    assert [command for command, shown in TERMINALS[1:] if not shown] == [TERMINALS[2][0]]  # which starts the service


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_every_program_is_shown(program: Path) -> None:
    assert f"/blob/main/{program.relative_to(ROOT).as_posix()})" in PAGE


def test_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\((\S+?)\)", PAGE)
    assert len(pictures) == 3
    assert all((ROOT / "docs" / picture).is_file() for picture in pictures)


def named(program: Path) -> list[str]:
    """Return what the page says to install for a program; a folder's line is for all in it."""
    (cell,) = (cell for name, cell in INSTALL if program.relative_to(EXAMPLES).as_posix().startswith(name))
    return [name.strip("'") for name in re.findall(r"`(\S+)`", cell)]


def imported(program: Path) -> set[str]:
    """Return what a program imports besides what comes with Python and our own."""
    statements = list(ast.walk(ast.parse(source(program))))
    modules = {alias.name for each in statements if isinstance(each, ast.Import) for alias in each.names}
    modules |= {each.module for each in statements if isinstance(each, ast.ImportFrom) and each.module}
    return {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"superoffice"}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_what_the_page_says_to_install_is_enough(program: Path) -> None:
    """What is named here is installed, and brings all that the program imports: by itself or by what it requires."""
    names = [name.partition("[")[0] for name in named(program)]
    required = [line for name in names for line in requires(name) or () if "extra ==" not in line]
    brought = {*names, *(re.split(r"[^\w.-]", line)[0] for line in required)}
    homes = packages_distributions()
    assert names[0] == "superoffice-sdk"
    assert [module for module in imported(program) if brought.isdisjoint(homes[module])] == []
    assert ("superoffice-sdk[export]" in named(program)) == bool(
        re.search(r"\.export\(|\.to_(arrow|pandas)\(", source(program))
    )
