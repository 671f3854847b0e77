"""Our own clients keep every rule of the conformance cases, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import superoffice_sandbox
from superoffice_sandbox.conformance import load

from .runner import run, run_async

pytestmark = pytest.mark.off_document("what a client must cope with is not all in the document")
IDS = [case.id for case in load()]


@pytest.fixture(scope="module", params=["sync", "async"])
def judged(request: pytest.FixtureRequest) -> Iterator[tuple[bool, httpx.Client, dict[str, Any]]]:
    """A judge of its own for each client, and its cases as it hands them out."""
    with superoffice_sandbox.start(tickets=0) as box, httpx.Client(base_url=f"{box.site}/conformance") as judge:
        yield request.param == "async", judge, {case["id"]: case for case in judge.get("/cases").json()}


@pytest.mark.parametrize("id_", IDS)
def test_case(id_: str, judged: tuple[bool, httpx.Client, dict[str, Any]]) -> None:
    in_async, judge, cases = judged
    case = cases[id_]
    outcome = asyncio.run(run_async(case)) if in_async else run(case)
    verdict = judge.post(f"/{id_}/outcome", json=outcome).json()
    assert (verdict["verdict"], verdict["differences"]) == ("passed", []), case["title"]
