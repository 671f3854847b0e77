"""Instructions of decode, request building, a call and import, beside an earlier revision's wheel; says what grew.

    nox -s guard                    beside the last tag before this commit, or the first record of the API
    nox -s guard -- REVISION

Both wheels run under valgrind's callgrind, on the same Python and dependencies, so the counts depend on neither the
machine's pace nor its neighbours. Each program runs few and many times; the difference is what one time costs. Counts
still vary by a percent or two with addresses, so what grew by more than a tenth is told, and fails the session.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ALLOWED = 1.10
CLIENT = """
import json, httpx
from superoffice import SuperOffice
tickets = json.load(open(FILE))[:NUMBER]
content = json.dumps(tickets).encode()
transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
ids = [ticket["TicketId"] for ticket in tickets]
options = {"transport": transport, "calls_per_second": None}
try:
    client = SuperOffice("https://crm.example.com", batch_size=NUMBER, **options)
except TypeError:  # its name before the first release
    client = SuperOffice("https://crm.example.com", call_size=NUMBER, **options)
run = lambda: client.tickets.get_many(ids)
run()
"""
# What comes before the loop, what is run, and how many times more in the longer run.
PROGRAMS: dict[str, tuple[str, str, int]] = {
    "decode 1,000 tickets": (CLIENT.replace("NUMBER", "1000"), "run()", 3),
    "call for one ticket": (CLIENT.replace("NUMBER", "1"), "run()", 40),
    "build a request for 100 tickets": (
        "from superoffice_api.api.ticket.get_tickets import build\n"
        "from superoffice_api.models import GetTicketsRequest\n"
        "from superoffice_runtime import Request\n"
        "ids = list(range(1, 101))\n"
        "write = getattr(Request, 'write', bool)  # before the first release build() wrote it itself\n"
        "def run():\n"
        "    request = build(GetTicketsRequest(ticket_ids=ids), select=['Title'])\n"
        "    return request.target, write(request)\n"
        "run()",
        "run()",
        400,
    ),
    "import superoffice": ("", "import superoffice", 1),
    "make a client": ("", "from superoffice import SuperOffice; SuperOffice('https://crm.example.com')", 1),
    "first call in a process": (
        "",
        "import httpx; from superoffice import SuperOffice; "
        "answers = httpx.MockTransport(lambda _: httpx.Response(200, json=[{'TicketId': 1}])); "
        "SuperOffice('https://crm.example.com', transport=answers).tickets.get(1)",
        1,
    ),
}


def git(*arguments: str) -> str:
    """Ask git; an empty answer where it knows none."""
    asked = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def last_release() -> str:
    """Return the last tag before this commit, which may have one of its own: a release is made from its tag.

    Before the first release, it is the commit that first recorded the API.
    """
    first = ("log", "-1", "--diff-filter=A", "--format=%H", "--", "tools/api.txt")
    return git("describe", "--tags", "--abbrev=0", "HEAD^") or git(*first)


def installed(sources: Path, target: Path) -> Path:
    """Build a wheel and unpack it, compiled; its dependencies are those of this environment."""
    built = target / "wheel"
    subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", built, sources], check=True)
    install = ["uv", "pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--target", target / "site"]
    subprocess.run([*install, "--compile-bytecode", *built.glob("*.whl")], check=True)
    return target / "site"


def instructions(site: Path, program: str) -> int:
    """Count the instructions of a fresh process."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode or found is None:
        raise SystemExit(f"{program}\n{ran.stderr}")
    return int(found[1])


def cost(site: Path, data: Path, name: str) -> float:
    """Count what one time of a program costs, in thousands of instructions."""
    before, run, times = PROGRAMS[name]
    before = before.replace("FILE", repr(str(data)))
    loops = (f"{before}\nfor _ in range({number}):\n    {run}" for number in (0, times))
    least, most = (instructions(site, loop) for loop in loops)
    return (most - least) / times / 1e3


def main() -> None:
    """Count, print, and fail where something grew."""
    if shutil.which("valgrind") is None:
        raise SystemExit("The guard counts with valgrind, which is not here: apt-get install valgrind.")
    from decode import real

    revision = sys.argv[1] if len(sys.argv) > 1 else last_release()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "earlier").mkdir()
        archive = subprocess.run(["git", "archive", revision], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-x", "-C", work / "earlier"], input=archive, check=True)
        data = work / "tickets.json"
        data.write_text(json.dumps(real(1_000)))
        sites = [installed(work / "earlier", work / "was"), installed(ROOT, work / "is")]
        jobs: list[Any] = [(site, data, name) for name in PROGRAMS for site in sites]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            counts = list(pool.map(lambda job: cost(*job), jobs))
    print(f"thousands of instructions; was: {revision}\n{'':36}{'was':>12}{'is':>12}{'ratio':>8}")
    grown = []
    for name, was, now in zip(PROGRAMS, counts[::2], counts[1::2], strict=True):
        print(f"{name:36}{was:12,.0f}{now:12,.0f}{now / was:8.3f}")
        if now > was * ALLOWED:
            grown.append(f"{name} costs {now / was - 1:.0%} more than in {revision}")
    if grown:
        raise SystemExit("\n".join(grown))


if __name__ == "__main__":
    main()
