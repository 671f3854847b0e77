"""Cold start in a fresh process, what the core takes when installed, and the command line's help.

A process's own processor time and that of bare Python taken off it, so that neighbours count little. Peers import in
their own environment, beside bare Python there.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from harness import Figures, as_installed, interleaved, ratio
from setting import Setting

BARE = "bare Python"
SITE = "https://crm.example.com"
OURS = {
    BARE: "pass",
    "import httpx": "import httpx",
    "import httpx; httpx.Client()": "import httpx; httpx.Client()",
    "import superoffice": "import superoffice",
    "superoffice, client made": f"from superoffice import SuperOffice; SuperOffice({SITE!r})",
    "superoffice, first call": "import httpx; from superoffice import SuperOffice\n"
    f"t = httpx.MockTransport(lambda _: httpx.Response(200, json=[dict(TicketId=1)]))\n"
    f"SuperOffice({SITE!r}, transport=t).tickets.get(1)",
    "httpx + msgspec + models, first call": "import httpx, msgspec; from superoffice_api.models import Ticket\n"
    f"t = httpx.MockTransport(lambda _: httpx.Response(200, json=[dict(TicketId=1)]))\n"
    f"r = httpx.Client(transport=t).post({SITE!r}, json=dict(TicketIds=[1]))\n"
    "msgspec.json.Decoder(list[Ticket]).decode(r.content)",
    "superoffice --help": "from superoffice.cli.main import main; import sys; sys.argv[1:] = ['--help']; main()",
}
PEERS = {
    "bare Python of the peers": "pass",
    "stripe, client made": "import stripe; stripe.StripeClient('sk_test_1')",
    "openai, client made": "import openai; openai.OpenAI(api_key='k')",
    "githubkit, client made": "import githubkit; githubkit.GitHub('t')",
    "msgraph, client made": "from azure.identity import ClientSecretCredential\n"
    "from msgraph import GraphServiceClient; GraphServiceClient(ClientSecretCredential('t', 'c', 's'))",
}


def fresh(python: str, program: str) -> Callable[[], float]:
    """Make a candidate: a program in a fresh process, by its processor time; the round for nothing compiles."""
    command, environment = [python, "-c", program], as_installed()

    def run() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)  # os.times() counts in hundredths of a second
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run


def less(figures: Figures, bare: str) -> Figures:
    """Take bare Python's time off the others', round by round."""
    base = figures[bare]
    return {n: [a - b for a, b in zip(v, base, strict=True)] for n, v in figures.items() if n != bare}


def measure(setting: Setting) -> None:
    """Measure and report."""
    candidates = {name: fresh(sys.executable, program) for name, program in OURS.items()}
    if setting.peers is not None:
        candidates |= {name: fresh(setting.peers_python, program) for name, program in PEERS.items()}
    figures = interleaved(candidates, setting.rounds(31))
    own = less({name: figures[name] for name in OURS}, BARE)
    if setting.peers is not None:
        own |= less({name: figures[name] for name in PEERS}, "bare Python of the peers")
    report = setting.report
    report.table("cold start over bare Python, processor time", own, "import httpx", "ms", scale=1e3, digits=1)
    for name, base, bar in (
        ("import superoffice", "import httpx", 0.3),
        ("superoffice, client made", "import httpx; httpx.Client()", 0.7),
        ("superoffice, first call", "httpx + msgspec + models, first call", 1.1),
    ):
        report.bar(f"{name} ÷ {base}", ratio(own, name, base).middle, bar)
    for name in PEERS:
        if name in own:
            report.bar(f"superoffice, client made ÷ {name}", ratio(own, "superoffice, client made", name).middle, 1)
    report.bar("superoffice --help over bare Python, s", statistics.median(own["superoffice --help"]), 0.15)
    if setting.wheel is not None:
        report.bar("install size of the core with all it needs, MB", _installed(setting, setting.wheel), 8)


def _installed(setting: Setting, wheel: Path) -> float:
    """Return the megabytes of the core and its dependencies, as installed and not yet compiled."""
    target = setting.work / "installed"
    install = ["uv", "pip", "install", "--quiet", "--python", sys.executable, "--target", target, wheel]
    subprocess.run(install, check=True)
    return sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) / 1e6
