"""docs/guides/testing.md does what it says, and README.md's test passes."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import attrs
import httpx
import pytest

from superoffice_sandbox import Behaviour, start

ROOT = Path(__file__).parents[2]
README, TEXT = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/guides/testing.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = BLOCK.findall(TEXT)
TESTS = [snippet for snippet in (*SNIPPETS, *BLOCK.findall(README)) if "def test_" in snippet]
PROGRAMS = [snippet for snippet in SNIPPETS if "def test_" not in snippet]


def test_the_tests_pass_as_a_users_would(tmp_path: Path) -> None:
    for number, snippet in enumerate(TESTS):
        (tmp_path / f"test_page_{number}.py").write_text(snippet, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 passed" in done.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=[str(number) for number in range(len(PROGRAMS))])
def test_the_programs_run(program: str) -> None:
    out = StringIO()
    with redirect_stdout(out):
        exec(compile(program, "testing.md", "exec"), {"__name__": "__main__"})  # noqa: S102
    (said,) = re.findall(r"^\s*print\(.*  # (.*)$", program, re.MULTILINE)
    assert out.getvalue().strip() == said


def test_the_page_knows_every_choice() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", TEXT, re.MULTILINE))
    for field in attrs.fields(Behaviour):
        assert field.name in rows
        if isinstance(field.default, str):
            assert rows[field.name].startswith(f"`{field.default}`")


ROWS = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| ")]
CODE = [code for row in ROWS for cell in row for code in re.findall("`([^`]+)`", cell) if "." in code or "(" in code]
FAULTS = [code for code in CODE if code.startswith("box.fault")]
RUN = [code for code in CODE if code.startswith("box.")]
CHOICES = [(row[0].strip(" `"), value) for row in ROWS for value in re.findall("`([^`]+)`", row[1])]


@pytest.mark.parametrize("code", RUN)
def test_code_in_a_cell_of_a_table_runs(code: str) -> None:
    with start(tickets=1) as box, start(tickets=0) as other:
        eval(code, {"box": box, "other": other})  # noqa: S307 - our own page


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_of_the_table_strikes_the_next_call(code: str) -> None:
    with start(tickets=0) as box:

        def call() -> tuple[int, bytes] | None:
            url, auth = f"{box.site}/api/v1/Agents/Ticket/GetTickets", (box.user, box.password)
            try:
                response = httpx.post(url, json={"TicketIds": [439]}, auth=auth, timeout=1.5)
            except httpx.TransportError:
                return None
            return response.status_code, response.content

        right = call()
        eval(code, {"box": box})  # noqa: S307 - our own page
        assert call() != right


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, value in CHOICES if hasattr(Behaviour(), field)]
)
def test_a_value_in_the_table_of_behaviour_is_one(field: str, value: str) -> None:
    if isinstance(getattr(Behaviour(), field), str) and value not in EXAMPLES:
        assert getattr(Behaviour(**{field: value}), field) == value


EXAMPLES = {"0001-01-01T00:00:00", "Z", "+01:00", "+0100", "CreatedAt", "LastChanged", "$select"}


def test_the_tables_have_what_is_run() -> None:
    assert (len(FAULTS) >= 11, len(RUN) >= 26, len(CHOICES) >= 30) == (True, True, True)
