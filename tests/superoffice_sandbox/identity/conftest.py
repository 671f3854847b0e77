"""One sandbox, with a new other side of sign-in for each test, as each issues, moves and sets things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import superoffice_sandbox
from superoffice_sandbox import Identity, Sandbox


@pytest.fixture(scope="session")
def own() -> Iterator[Sandbox]:
    with superoffice_sandbox.start(tickets=0) as own:
        yield own


@pytest.fixture
def box(own: Sandbox) -> Sandbox:
    own.identity = Identity(own.credentials, environment_url=own.site)
    own.requests.clear()
    return own
