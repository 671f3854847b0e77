"""The script on bare httpx and what became of it say the same."""

from __future__ import annotations

import pytest

from superoffice_sandbox import Sandbox

from .conftest import Run

IDS = (9, 5, 8, 1234, 77777, 9, *range(100, 230))


def test_both_print_the_same(run: Run) -> None:
    before, after = (run(f"migration/{name}.py", *IDS) for name in ("before", "after"))
    assert before == after
    assert before.count("\n") > len(IDS)
    assert "ticket 77777 was not found" in after


@pytest.mark.parametrize("name", ["before", "after"])
def test_both_try_again(run: Run, desk: Sandbox, name: str) -> None:
    desk.fault(status=429, retry_after=0)
    desk.fault("reset")
    assert "Cannot access customer portal" in run(f"migration/{name}.py", 1234)
