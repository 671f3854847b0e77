"""What pages show of a terminal happens so: every command runs in a shell, and prints what stands below it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

import attrs
import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from superoffice import SuperOffice
from superoffice_sandbox import Sandbox

from ..support import person
from .conftest import ROOT

ELSEWHERE = {"docs/examples.md": "tests/programs/test_docs.py"}  # its programs need what is not here
LEFT_OUT = {  # what begins so is not run here, and why
    "python3 -m venv": "the session has made its environment",
    ". .venv/bin/activate": "the session has made its environment",
    "pip install": "the session has installed it",
    "nox -s generate": "generator/tests/test_published.py takes the line from the page and runs it",
    "nox -s tests": "it runs all of the tests; .ci/run takes the line from the README and runs it",
    "export HTTPS_PROXY": "there is no such proxy",
    "cd examples/typescript": "`nox -s typescript` has Node, builds the client and has it judged",
    "npm": "`nox -s typescript` has Node, builds the client and has it judged",
}
APART = {  # pages whose commands do not follow on each other, and what has a terminal of its own
    "docs/guides/sign-in.md": "block",  # other ways of signing in
    "docs/guides/export.md": "line",  # other ways to the same file
}
SIGNED_IN = (
    "docs/guides/export.md",
    "docs/guides/logging-and-metrics.md",
    "docs/guides/proxies-and-certificates.md",
)  # which leave that to other pages
STATUSES = {  # of commands that do not end with 0
    "superoffice get 439 77777 --select": 1,  # a ticket is missing
    "superoffice export": 1,  # so it is here: 77777 is in every file of ids
    "mypy late.py": 1,  # it finds the error
}
VARIES = {  # what a page shows that is another each time, or here
    "docs/guides/doctor.md": {r"127\.0\.0\.1:\d+": "a sandbox takes a free port"},
    "docs/guides/logging-and-metrics.md": {r"[\d-]{10} [\d:]{8},\d{3}": "the moment", r"\d\.\d{3} s": "the seconds"},
    "docs/guides/export.md": {
        r"[\d,]+(?= (tickets|(missing )?ids)\b)": "a million ids take 17 minutes at 10 calls a second",
        r"[\d.]+ [kM]B": "and their file is larger",
        r"(?<=\()(\d+:\d\d:\d\d|[\d.]+ s)(?=, )": "and they take longer",
    },
}
FILES = {
    "ids.txt": "439\n829\n1234\n77777\n77778\n",
    "customers.csv": "Name;TicketId\nSolberg;439\nNone;77777\n",
    "cases.tsv": "Solberg\t439\nNone\t77777\n",
}
STAND_INS = {  # for programs that are not on every machine
    "psql": "print(439, 77777, sep='\\n')",
    "sqlite3": "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as base:\n    base.execute(sys.argv[2])",
}
SLOW = re.compile(r"(: slow, .* ids|^\d+ slow calls?)$")  # said of calls that a busy machine makes slow
NEXT = "@@@ next"
# A server is stopped when it says that it is there; its port is a free one, as another program may hold 8080.
PRELUDE = """
serve() {
  "$@" --port 0 > served.txt 2>&1 &
  until grep -qs '^http://' served.txt; do kill -0 $! || return; sleep 0.1; done
  kill $!
  wait $! || true
}
"""
LIMIT = 1200  # seconds for a page; slow neighbours have made ten commands take two minutes


@attrs.define
class Command:
    """A line after a prompt, and the lines that the page shows below it: all that it prints, or some."""

    line: str
    shows: list[str] = attrs.Factory(list)
    some: bool = False

    @property
    def steps(self) -> list[str]:
        return [step.removeprefix(".venv/bin/").removesuffix(" &") for step in self.line.split(" && ")]

    @property
    def runs(self) -> str:
        """Return the steps that are run here."""
        steps = [step for step in self.steps if not step.startswith(tuple(LEFT_OUT))]
        return " && ".join(f"serve {step}" if is_server(step) else step for step in steps)


def is_server(step: str) -> bool:
    return step.startswith("superoffice sandbox ") and " load " not in step


def blocks(text: str) -> Iterator[list[Command]]:
    """Return the commands of each block; a block of text after one is some of what its last command prints."""
    found: list[Command] = []
    for kind, block in re.findall(r"^```(console|text)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if kind == "text":
            found[-1].shows, found[-1].some = block.splitlines(), True
            continue
        found = []
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Command(line.removeprefix("$ ")))
            else:
                found[-1].shows.append(line)
        yield found


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def terminals(page: str) -> list[list[Command]]:
    """Return the commands of a page, each list for a terminal of its own."""
    found = list(blocks(text(page)))
    if APART.get(page) == "block":
        return found
    commands = [command for block in found for command in block]
    return [[command] for command in commands] if APART.get(page) == "line" else [commands]


PAGES = {
    name: found
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if (name := page.relative_to(ROOT).as_posix()) not in ELSEWHERE and any(found := terminals(name))
}


@pytest.mark.off_document("the doctor asks on purpose what the document does not have")
@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(page: str, box: Sandbox, tmp_path: Path) -> None:
    bin_ = stand_ins(tmp_path)
    for number, commands in enumerate(PAGES[page]):
        folder = tmp_path / str(number)
        prepare(folder, page, box)
        run = [command for command in commands if command.runs]
        script = "\n".join(f"{command.runs}\necho '{NEXT}' $?" for command in run)
        environment = machine(folder, bin_, box) | (box.environ if page in SIGNED_IN else {})
        screen = shell(ours(script, folder, box), folder, environment, box)
        *printed, rest = re.split(rf"^{NEXT} (\d+)\n", screen, flags=re.MULTILINE)
        assert (len(printed), rest) == (2 * len(run), "")
        for command, came, status in zip(run, printed[::2], printed[1::2], strict=True):
            check(command, came, int(status), VARIES.get(page, {}))


def stand_ins(folder: Path) -> Path:
    """Make the programs that stand in for others, and give their folder."""
    (folder / "bin").mkdir()
    for name, program in STAND_INS.items():
        file = folder / "bin" / name
        file.write_text(f"#!{sys.executable}\n{program}\n", encoding="utf-8")
        file.chmod(stat.S_IRWXU)
    return folder / "bin"


def prepare(folder: Path, page: str, box: Sandbox) -> None:
    """Put into a folder what a page's reader has: the programs that it says to save, ids, tickets, a key."""
    folder.mkdir()
    for name, program in re.findall(r"Save this as `(.*?)`:\n\n```python\n(.*?)^```", text(page), re.M | re.S):
        (folder / name).write_text(program, encoding="utf-8")
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    write_parquet(Table.from_pydict({"ticket": Array([829, 77777], DataType.int64())}), folder / "warehouse.parquet")
    (folder / "key.xml").write_text(box.identity.system_user.private_key_xml(), encoding="utf-8")
    with SuperOffice.from_env(box.environ) as client:
        tickets = [ticket.to_dict(api_names=True) for ticket in client.tickets.get_many([439, 829])]
    (folder / "tickets.json").write_text(json.dumps(tickets, default=str), encoding="utf-8")


def machine(folder: Path, bin_: Path, box: Sandbox) -> dict[str, str]:
    """Return the environment of a person who has installed the package, and whose browser signs in by itself."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("SUPEROFFICE_")}
    path = (str(bin_), str(Path(sys.executable).parent), given["PATH"])
    browser = shlex.join([sys.executable, person.__file__, box.user, box.password, "allow"])
    return {
        **given,
        "PATH": os.pathsep.join(path),
        "COLUMNS": "80",
        "BROWSER": f"{browser} %s",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "XDG_STATE_HOME": str(folder / "state"),
    }


def ours(script: str, folder: Path, box: Sandbox) -> str:
    """Put what is here in the place of what a reader puts there: site, user, tenant, application."""
    user = box.identity.system_user
    for page, here in {
        "https://crm.example.com": box.site,
        "SUPEROFFICE_USER=...": f"SUPEROFFICE_USER={box.user}",
        "SUPEROFFICE_PASSWORD=...": f"SUPEROFFICE_PASSWORD={box.password}",
        "SUPEROFFICE_ENVIRONMENT=online": f"SUPEROFFICE_ENVIRONMENT={box.site}",
        "SUPEROFFICE_SYSTEM_USER_TOKEN=...": f"SUPEROFFICE_SYSTEM_USER_TOKEN={user.system_token}",
        "SUPEROFFICE_APP_TOKEN=...": f"SUPEROFFICE_APP_TOKEN={user.app_token}",
        "/run/secrets/superoffice.pem": str(folder / "key.xml"),
        "--environment sod": f"--environment {box.site}",
        "--client-id 1f0c...": f"--client-id {box.identity.client_id}",
    }.items():
        script = script.replace(page, here)
    return script


def shell(script: str, folder: Path, environment: dict[str, str], box: Sandbox) -> str:
    """Run a script at whose keyboard somebody types the password, and give all that is on the screen then."""
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", PRELUDE + script],
        cwd=folder,
        env=environment,
        input=f"{box.password}\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
    return done.stdout


def check(command: Command, came: str, status: int, varies: Iterable[str]) -> None:
    expected = next((status for part, status in STATUSES.items() if part in command.line), 0)
    printed, shown = seen(came, varies), seen("\n".join(command.shows), varies)
    assert "Traceback" not in came, came
    assert status == expected, f"{command.line}\n{came}"
    if command.some:
        rest = iter(printed)
        assert all(line in rest for line in shown), f"{command.line}\n{came}"  # in this order
    elif shown:
        assert printed == shown, command.line


def seen(printed: str, varies: Iterable[str]) -> list[str]:
    """Leave out blank lines, blanks with which a table fills the width of a terminal, slow calls, and what varies."""
    lines = [line.rstrip() for line in printed.splitlines() if line.strip() and not SLOW.search(line)]
    for pattern in varies:
        lines = [re.sub(pattern, "…", line) for line in lines]
    return lines


@pytest.mark.parametrize(
    ("came", "status", "right"),
    [
        ("a\nb 8080\n\nc\n", 0, True),
        ("a\nb 8080\nPOST /x: slow, 2.1 s for 3 ids\nc\n1 slow call\n", 0, True),
        ("a\nc\n", 0, False),
        ("a\nb 8080\nc\nd\n", 0, False),
        ("a\nb\nc\n", 0, False),
        ("a\nb 8080\nc\n", 1, False),
    ],
)
def test_all_that_is_printed_must_be_shown(came: str, status: int, right: bool) -> None:
    with nullcontext() if right else pytest.raises(AssertionError):
        check(Command("ls", ["a", "b 9090", "c"]), came, status, [r"\d+"])


def test_some_of_what_is_printed_may_be_shown() -> None:
    check(Command("ls", ["a", "c"], some=True), "a\nb\nc\n", 0, ())
    for shown in (["c", "a"], ["a", "d"]):
        with pytest.raises(AssertionError):
            check(Command("ls", shown, some=True), "a\nb\nc\n", 0, ())


def test_every_exception_is_needed() -> None:
    commands = [command for page in PAGES.values() for each in page for command in each]
    steps = [step for command in commands for step in command.steps]
    assert all(any(step.startswith(begin) for step in steps) for begin in LEFT_OUT)
    assert all(any(part in command.line for command in commands) for part in (*STATUSES, *FILES, *STAND_INS))
    assert all(re.search(varying, text(page)) for page, patterns in VARIES.items() for varying in patterns)
    assert set(APART).union(SIGNED_IN) <= set(PAGES)
    assert all("```console" in text(page) and (ROOT / test).is_file() for page, test in ELSEWHERE.items())
