"""Have the sandbox judge the TypeScript client, which is built already: by each conformance case.

python tools/typescript.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples/typescript"


def main() -> int:
    """Run the client against the installed sandbox, and print what it says; returns its exit status."""
    command = [str(Path(sys.executable).parent / "superoffice"), "sandbox", "--tickets", "0", "--conformance"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as judge:
        try:
            assert judge.stdout  # noqa: S101 - it is a pipe
            site = judge.stdout.readline().strip()
            subprocess.run(["node", "dist/example.js", site], cwd=EXAMPLE, check=True)
            ended = subprocess.run(["node", "dist/conformance.js", site], cwd=EXAMPLE, check=False).returncode
            if ended not in (0, 1):  # 1: a rule is not kept, which the sandbox says more of
                return ended
            table, _ = judge.communicate(timeout=30)  # it ends with the last report
        finally:
            judge.kill()
    print(table if judge.returncode else table.splitlines()[-1])
    return judge.returncode


if __name__ == "__main__":
    raise SystemExit(main())
