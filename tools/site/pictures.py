"""Pictures of what users see, made from what the commands and batches really print."""

from __future__ import annotations

import re
import shlex
from io import StringIO

from rich.console import Console

from superoffice import Locale, SuperOffice
from superoffice.cli.table import print_table
from superoffice_sandbox import start

COMMAND = "superoffice get 439 829 1234 --sandbox"


def pictures() -> tuple[str, str]:
    """Return the picture of a terminal, in SVG, and a table as a notebook shows it, in HTML."""
    ids = [int(word) for word in shlex.split(COMMAND) if word.isdecimal()]
    console = Console(record=True, force_terminal=True, width=92, file=StringIO())
    english = Locale(language="en")  # as the command has it
    with start() as box, SuperOffice.from_env(box.environ, locale=english) as client:
        console.print(f"$ {COMMAND}", highlight=False)
        print_table(client.tickets.get_many(ids), console)
        table = client.tickets.get_many(ids, select=["Title", "OwnedByName", "CreatedAt", "TimeToReply"])._repr_html_()
    svg = console.export_svg(title="superoffice")
    # Its fonts would be asked of another server; every system has one of its own.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code,", ""), table
