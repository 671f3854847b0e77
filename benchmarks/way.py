"""Tell which of our files a warm `get_many` enters, and which objects it makes for one request.

    python benchmarks/way.py

A reader who follows a call enters as many files as it does: the target is 16 at most, and three objects.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

import superoffice._read_plan
import superoffice.settings
import superoffice.tickets
import superoffice_api.api.ticket.get_tickets
import superoffice_sandbox
from superoffice import BasicAuth, SuperOffice

OURS = ("superoffice/", "superoffice_api/", "superoffice_runtime/")
OBJECTS: tuple[tuple[Any, str], ...] = (  # the places where what stands for a request is made
    (superoffice.tickets, "ReadPlan"),
    (superoffice_api.api.ticket.get_tickets, "Request"),
    (superoffice.settings, "PreparedRequest"),
    (httpx, "Request"),
)


def entered(client: SuperOffice, ids: list[int]) -> list[str]:
    """Return the files of ours that a call enters."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename).as_posix()
        for part in OURS:
            if event == "call" and f"/{part}" in path:
                files.add(part + path.rpartition(f"/{part}")[2])

    sys.setprofile(note)
    try:
        client.tickets.get_many(ids)
    finally:
        sys.setprofile(None)
    return sorted(files)


def made(client: SuperOffice, ids: list[int]) -> Counter[str]:
    """Return which objects a call makes that stand for its request."""
    counts: Counter[str] = Counter()

    def counted(name: str, kind: Any) -> Any:
        def make(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return kind(*args, **kwargs)

        return make

    kept = [(module, name, getattr(module, name)) for module, name in OBJECTS]
    for module, name, kind in kept:
        setattr(module, name, counted(f"{module.__name__}.{name}", kind))
    try:
        client.tickets.get_many(ids)
    finally:
        for module, name, kind in kept:
            setattr(module, name, kind)
    return counts


def main() -> None:
    """Measure and print."""
    ids = [439, 829, 1234]
    with (
        superoffice_sandbox.start() as box,
        SuperOffice(box.site, auth=BasicAuth(box.user, box.password)) as client,
    ):
        client.tickets.get_many(ids)  # what is made once is made now
        files, objects = entered(client, ids), made(client, ids)
    print(f"{len(files)} files:", *files, sep="\n  ")
    print(f"{sum(objects.values())} objects:", *(f"{count} {name}" for name, count in objects.items()), sep="\n  ")


if __name__ == "__main__":
    main()
